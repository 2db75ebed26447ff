//! Change points by least penalised cost.

use super::super::check::{at_least, not_negative};
use super::super::error::TrendError;
use super::costs::{Cost, Costs};

/// What a further change point has to gain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Penalty {
    /// A number.
    Manual(f64),
    /// ln n for each parameter of a segment and for its place: 2 ln n for a mean.
    Bic,
}

/// How change points are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// The best of all segmentations, by dynamic programming with pruning.
    Pelt,
    /// The best split, then the best split of a part, and so on, up to `most` splits: fast, not always the best.
    BinarySegmentation { most: usize },
    /// One change point at most.
    AtMostOne,
}

/// Change points found.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangePoints {
    /// Last position of each segment but the last, counted from 1, rising.
    pub positions: Vec<usize>,
    pub penalty: f64,
    /// Cost of the segments without penalty.
    pub cost: f64,
}

/// Finds where a series changes its mean, its mean and variance, or its rate.
///
/// # Definition
/// Minimises Σ cost(segments) + penalty · (number of change points) over segments of `min_segment` or more values.
///
/// # Errors
/// Fewer values than `min_segment`, a segment length of 0 (1 with a variance), values that are not finite, negative counts, a negative
/// penalty.
///
/// # Agreement
/// R `changepoint` 2.3 (`cpt.mean`, `cpt.meanvar`), exact.
///
/// # References
/// Killick, Fearnhead and Eckley (2012), JASA 107. Scott and Knott (1974), Biometrics 30. Jackson et al. (2005), IEEE Signal Processing
/// Letters 12.
///
/// # Examples
/// ```
/// use opros::analysis::trend::breaks::{Cost, Penalty, Search, change_points};
/// let found = change_points(&[0.0, 0.1, 0.0, 5.0, 5.1], Cost::Mean, Penalty::Manual(1.0), 1, Search::Pelt)?;
/// assert_eq!(found.positions, [3]);
/// # Ok::<(), opros::analysis::trend::TrendError>(())
/// ```
pub fn change_points(
    values: &[f64],
    cost: Cost,
    penalty: Penalty,
    min_segment: usize,
    search: Search,
) -> Result<ChangePoints, TrendError> {
    let n = values.len();
    at_least("values in a segment", min_segment, cost.n_parameters())?;
    at_least("values", n, min_segment)?;
    let penalty = match penalty {
        Penalty::Manual(penalty) => not_negative("the penalty", penalty)?,
        Penalty::Bic => (cost.n_parameters() + 1) as f64 * libm::log(n as f64),
    };
    let costs = Costs::new(values, cost)?;
    let positions = match search {
        Search::Pelt => pelt(&costs, penalty, min_segment),
        Search::BinarySegmentation { most } => split(&costs, penalty, min_segment, most),
        Search::AtMostOne => split(&costs, penalty, min_segment, 1),
    };
    let mut ends = positions.clone();
    ends.push(n);
    let mut from = 0;
    let cost = ends
        .iter()
        .map(|to| {
            let cost = costs.of(from, *to);
            from = *to;
            cost
        })
        .sum();
    Ok(ChangePoints { positions, penalty, cost })
}

fn pelt(costs: &Costs, penalty: f64, min_segment: usize) -> Vec<usize> {
    let n = costs.n();
    // Best penalised cost of the first t values and the last change before t.
    let mut best = vec![f64::INFINITY; n + 1];
    let mut last = vec![0; n + 1];
    best[0] = -penalty;
    // Candidates with the end from which they are out of the question.
    let mut candidates: Vec<(usize, usize)> = vec![(0, usize::MAX)];
    for t in min_segment..=n {
        candidates.retain(|(_, out_from)| t < *out_from);
        for (s, _) in candidates.iter().filter(|(s, _)| t - s >= min_segment) {
            let total = best[*s] + costs.of(*s, t) + penalty;
            if total < best[t] {
                best[t] = total;
                last[t] = *s;
            }
        }
        // A start that is worse than t by now stays worse once t itself may end a segment.
        for (s, out_from) in &mut candidates {
            if *out_from == usize::MAX && t - *s >= min_segment && best[*s] + costs.of(*s, t) > best[t] {
                *out_from = t + min_segment;
            }
        }
        candidates.push((t, usize::MAX));
    }
    let mut positions = Vec::new();
    let mut t = last[n];
    while t > 0 {
        positions.push(t);
        t = last[t];
    }
    positions.reverse();
    positions
}

fn split(costs: &Costs, penalty: f64, min_segment: usize, most: usize) -> Vec<usize> {
    let mut ends = vec![0, costs.n()];
    let mut smallest_gain = f64::INFINITY;
    for _ in 0..most {
        let mut found: Option<(usize, f64)> = None;
        for pair in ends.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let whole = costs.of(from, to);
            for t in from + min_segment..(to + 1).saturating_sub(min_segment) {
                let gain = whole - costs.of(from, t) - costs.of(t, to);
                if found.is_none_or(|(_, best)| gain > best) {
                    found = Some((t, gain));
                }
            }
        }
        let Some((t, gain)) = found else { break };
        // A split counts by the smallest gain on the way to it.
        smallest_gain = smallest_gain.min(gain);
        if smallest_gain < penalty {
            break;
        }
        let at = ends.partition_point(|end| *end < t);
        ends.insert(at, t);
    }
    ends[1..ends.len() - 1].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;

    // Pruning never loses the best segmentation: compare with all of them.
    #[test]
    fn pelt_equals_trying_everything() {
        let mut stream = Stream::named(4, "segments");
        for round in 0..40 {
            let y: Vec<f64> = (0..11).map(|i| f64::from(u8::from(i > 5)) * 2.0 + stream.normal()).collect();
            let min_segment = 1 + round % 3;
            for cost in [Cost::Mean, Cost::MeanAndVariance] {
                let min_segment = min_segment.max(cost.n_parameters());
                let costs = Costs::new(&y, cost).unwrap();
                let mut best = (f64::INFINITY, vec![]);
                for mask in 0..1_u32 << 10 {
                    let cuts: Vec<usize> = (0..10).filter(|b| mask >> b & 1 == 1).map(|b| b as usize + 1).collect();
                    let ends: Vec<usize> = [vec![0], cuts.clone(), vec![11]].concat();
                    if ends.windows(2).all(|w| w[1] - w[0] >= min_segment) {
                        let total =
                            ends.windows(2).map(|w| costs.of(w[0], w[1])).sum::<f64>() + 2.5 * cuts.len() as f64;
                        if total < best.0 - 1e-12 {
                            best = (total, cuts);
                        }
                    }
                }
                let found = change_points(&y, cost, Penalty::Manual(2.5), min_segment, Search::Pelt).unwrap();
                let total = found.cost + 2.5 * found.positions.len() as f64;
                assert!((total - best.0).abs() < 1e-9, "{round} {cost:?} {found:?} {best:?}");
            }
        }
    }

    #[test]
    fn constant_and_short_series() {
        let flat = change_points(&[3.0; 9], Cost::Mean, Penalty::Bic, 2, Search::Pelt).unwrap();
        assert!(flat.positions.is_empty() && flat.cost.abs() < 1e-12);
        let one = change_points(&[3.0], Cost::Mean, Penalty::Manual(1.0), 1, Search::AtMostOne).unwrap();
        assert!(one.positions.is_empty());
        assert!(change_points(&[], Cost::Mean, Penalty::Bic, 1, Search::Pelt).is_err());
        assert!(change_points(&[1.0, 2.0], Cost::MeanAndVariance, Penalty::Bic, 1, Search::Pelt).is_err());
        assert!(change_points(&[1.0, f64::NAN], Cost::Mean, Penalty::Bic, 1, Search::Pelt).is_err());
        assert!(change_points(&[1.0, 2.0], Cost::Mean, Penalty::Manual(-1.0), 1, Search::Pelt).is_err());
    }

    #[test]
    fn counts_change_their_rate() {
        let counts = [1.0, 0.0, 2.0, 1.0, 1.0, 9.0, 12.0, 8.0, 11.0];
        let found = change_points(&counts, Cost::Poisson, Penalty::Bic, 2, Search::Pelt).unwrap();
        assert_eq!(found.positions, [5]);
    }
}
