//! Change per ten years from all polls of a series.

use std::collections::BTreeMap;

use super::{Point, joint_flags, span};
use crate::analysis::interval;
use crate::analysis::result::{Evidence, Figures, ResultRecord, Unit};
use crate::analysis::work::pollster_name;
use crate::study::Study;
use crate::study::definition::AnswersAnalysis;

/// The slope of an answer over the polls of which the standard error is known.
pub(super) fn record(analysis: &AnswersAnalysis, answer: &str, points: &[Point<'_>], study: &Study) -> ResultRecord {
    let usable: Vec<&Point<'_>> = points.iter().filter(|point| point.variance.is_some_and(|v| v > 0.0)).collect();
    let levels = levels(&usable);
    let record = ResultRecord::new(&analysis.id, &["slope", answer], Unit::SharePerDecade, Evidence::Published)
        .with("measure", "slope")
        .with("question", &analysis.question)
        .with("answer", answer)
        .flags(joint_flags(usable.iter().copied()))
        .rests_on(usable.iter().flat_map(|point| &point.record.origins))
        .figures(figures(&usable, &levels, study));
    match span(&usable) {
        Some(span) => record.at(span),
        None => record,
    }
}

/// The level that each poll belongs to: polls of one pollster with one wording, office and mode share it.
fn levels(points: &[&Point<'_>]) -> Vec<usize> {
    let mut heads: Vec<&Point<'_>> = Vec::new();
    points
        .iter()
        .map(|point| match heads.iter().position(|head| head.key.is_same_as(point.key)) {
            Some(level) => level,
            None => {
                heads.push(point);
                heads.len() - 1
            }
        })
        .collect()
}

fn figures(points: &[&Point<'_>], levels: &[usize], study: &Study) -> Figures {
    if points.len() < 3 {
        let n_polls = points.len();
        return Figures::not_estimable(format!("a slope needs three polls with a standard error, there are {n_polls}"));
    }
    let observations: Vec<Observation> = points
        .iter()
        .zip(levels)
        .map(|(point, &level)| Observation {
            level,
            time: point.time,
            estimate: point.estimate,
            weight: 1.0 / point.variance.unwrap_or(f64::INFINITY),
        })
        .collect();
    let Some(line) = weighted_line(&observations) else {
        let mut pollsters: Vec<&str> =
            points.iter().map(|point| pollster_name(&study.definition.pollster, point.pollster)).collect();
        pollsters.dedup();
        return Figures::not_estimable(format!(
            "too few polls within one pollster, wording, office and mode for a slope ({})",
            pollsters.join(", ")
        ));
    };
    let (slope, se) = (line.slope * 10.0, line.se * 10.0);
    let interval = interval::symmetric(slope, se, Some(line.degf)).map(|limits| limits.by("weighted least squares, t"));
    Figures {
        estimate: Some(slope),
        se: Some(se),
        degf: Some(line.degf),
        n: points.iter().map(|point| point.record.estimate.n).sum(),
        ..Figures::default()
    }
    .limits(interval)
    .against_zero()
}

/// One poll: which level it belongs to, when, how much, and with what weight.
pub(in crate::analysis) struct Observation {
    pub level: usize,
    pub time: f64,
    pub estimate: f64,
    pub weight: f64,
}

/// A slope per year with its standard error and degrees of freedom.
pub(in crate::analysis) struct Line {
    pub slope: f64,
    pub se: f64,
    pub degf: f64,
}

/// Common slope of a series with a level of its own for each pollster, wording, office and mode.
///
/// # Definition
///
/// Weighted least squares with weights w = 1/se² on y = a_g + b·t: with t and y centred at the weighted means of
/// their level g, b = Σ w·t·y / Σ w·t², Q = Σ w·(y − b·t)², degf = k − g − 1 for k polls and g levels,
/// se² = max(1, Q/degf) / Σ w·t². Where polls scatter more than their sampling errors, Q/degf widens the error;
/// where they scatter less, nothing is taken away.
///
/// # References
///
/// Birge (1932), "The calculation of errors by the method of least squares", Physical Review 40; Thompson and Sharp
/// (1999), "Explaining heterogeneity in meta-analysis", Statistics in Medicine 18.
pub(in crate::analysis) fn weighted_line(observations: &[Observation]) -> Option<Line> {
    let mut means: BTreeMap<usize, (f64, f64, f64)> = BTreeMap::new();
    for o in observations {
        let (weight, time, estimate) = means.entry(o.level).or_default();
        *weight += o.weight;
        *time += o.weight * o.time;
        *estimate += o.weight * o.estimate;
    }
    let degf = observations.len() as f64 - means.len() as f64 - 1.0;
    if degf < 1.0 {
        return None;
    }
    let centred: Vec<(f64, f64, f64)> = observations
        .iter()
        .filter_map(|o| {
            let (weight, time, estimate) = means.get(&o.level)?;
            Some((o.weight, o.time - time / weight, o.estimate - estimate / weight))
        })
        .collect();
    let spread: f64 = centred.iter().map(|(w, t, _)| w * t * t).sum();
    if spread <= 0.0 {
        return None;
    }
    let slope = centred.iter().map(|(w, t, y)| w * t * y).sum::<f64>() / spread;
    let q: f64 = centred.iter().map(|(w, t, y)| w * (y - slope * t).powi(2)).sum();
    Some(Line { slope, se: ((q / degf).max(1.0) / spread).sqrt(), degf })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(usize, f64, f64)], weight: f64) -> Option<Line> {
        let observations: Vec<Observation> =
            points.iter().map(|&(level, time, estimate)| Observation { level, time, estimate, weight }).collect();
        weighted_line(&observations)
    }

    #[test]
    fn three_points_on_a_line() {
        // t centred: −1, 0, 1; Σ w t² = 2·w.
        let fitted = line(&[(0, 2001.0, 0.4), (0, 2002.0, 0.5), (0, 2003.0, 0.6)], 5000.0).unwrap();
        assert!((fitted.slope - 0.1).abs() < 1e-12);
        assert!((fitted.se - (1.0 / 10_000.0_f64).sqrt()).abs() < 1e-12);
        assert_eq!(fitted.degf, 1.0);
    }

    #[test]
    fn scatter_beyond_sampling_widens_the_error() {
        // y = 0, 0.3, 0: slope 0, residuals −0.1, 0.2, −0.1, Q = w·0.06, degf 1; se² = 0.06·w/(2·w) = 0.03.
        let fitted = line(&[(0, 1.0, 0.0), (0, 2.0, 0.3), (0, 3.0, 0.0)], 1000.0).unwrap();
        assert!((fitted.slope).abs() < 1e-15);
        assert!((fitted.se - 0.03_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_step_between_levels_is_no_slope() {
        let points = [(0, 1.0, 0.2), (0, 2.0, 0.2), (1, 3.0, 0.6), (1, 4.0, 0.6)];
        let fitted = line(&points, 1000.0).unwrap();
        assert!(fitted.slope.abs() < 1e-12);
        assert_eq!(fitted.degf, 1.0);
    }

    #[test]
    fn too_few_polls_or_one_date_have_no_slope() {
        assert!(line(&[(0, 1.0, 0.2), (0, 2.0, 0.3)], 1000.0).is_none());
        assert!(line(&[(0, 1.0, 0.2), (0, 2.0, 0.3), (1, 3.0, 0.3)], 1000.0).is_none());
        assert!(line(&[(0, 1.0, 0.2), (0, 1.0, 0.3), (0, 1.0, 0.3)], 1000.0).is_none());
    }
}
