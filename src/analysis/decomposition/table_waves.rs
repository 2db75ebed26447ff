//! Printed tables of groups, wave after wave.

use super::error::{DecompositionError, same_length};
use super::kitagawa::{Kitagawa, KitagawaPart};
use super::product::split_product;
use super::standardization::Averaging;
use super::ways::{Output, pairs, way};
use crate::estimate::wald_interval;
use crate::numeric::dual::Dual;

/// A group of a wave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaveCell {
    /// Share of the whole, in 0..=1.
    pub share: f64,
    /// The answer's share within the group; anything where the share is 0.
    pub rate: f64,
    /// Sampling variance of the rate, where it is known.
    pub variance: Option<f64>,
}

/// Where the shares of the groups come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Composition {
    /// From a count of the population: without sampling error.
    Known,
    /// From a sample of so many people, divided by the design effect; without it, errors are not known.
    Sampled { effective_base: Option<f64> },
}

/// The groups of a wave, in the order of all other waves.
#[derive(Debug, Clone, PartialEq)]
pub struct WaveTable {
    pub cells: Vec<WaveCell>,
    pub composition: Composition,
}

/// A change between two waves, by their positions; later less earlier.
#[derive(Debug, Clone, PartialEq)]
pub struct TableChange {
    pub from: usize,
    pub to: usize,
    pub split: Kitagawa,
}

/// Splits the changes of a share over printed tables into composition and rates: each wave against the one before, and the last
/// against the first where there are more than two.
///
/// # Definition
/// Between two waves with shares p, q and rates r, s of the groups: Σ pᵏrᵏ − Σ qᵏsᵏ = Σ (pᵏ − qᵏ)(rᵏ + sᵏ)/2 + Σ (rᵏ − sᵏ)(pᵏ + qᵏ)/2.
/// A group that one wave lacks is all composition: it takes the other wave's rate. Longer ways as [`Averaging`] says: the sum
/// of the steps, or for all pairs of n waves the part from i to j = (2·part(i, j) + Σ_k [part(i, k) + part(k, j)])/n over other waves k.
/// By the delta method, with the variances of the rates as given, multinomial shares on the effective base where they are of a
/// sample and no error where they are known, and independent waves. A part has a standard error only where every number that it
/// depends on has one.
///
/// # Shapes and units
/// Shares and rates in 0..=1; shares of a wave add up to 1 within rounding and are divided by their sum.
///
/// # Errors
/// Fewer than two waves, tables of other lengths, shares or rates outside 0..=1, shares that do not add up to 1 within 0.05,
/// negative variances, bases not above 0, a level outside 0..1.
///
/// # References
/// Kitagawa (1955), "Components of a difference between two rates", JASA 50. Das Gupta (1993), *Standardization and Decomposition of
/// Rates*, U.S. Bureau of the Census, P23-186, equations 6.11 and 6.12 (many populations).
pub fn kitagawa_waves(
    waves: &[WaveTable],
    averaging: Averaging,
    level: f64,
) -> Result<Vec<TableChange>, DecompositionError> {
    if waves.len() < 2 {
        return Err(DecompositionError::TooFew { what: "tables", got: waves.len(), needed: 2 });
    }
    if !(level > 0.0 && level < 1.0) {
        let (what, expected) = ("the level".to_owned(), "a number between 0 and 1");
        return Err(DecompositionError::OutOfRange { what, got: level, expected });
    }
    let k = waves[0].cells.len();
    for wave in waves {
        same_length("another table", wave.cells.len(), k)?;
        check(wave)?;
    }
    let n_parameters = 2 * k * waves.len();
    let finish = |part: &Output| {
        let variances: Option<f64> = waves.iter().enumerate().map(|(w, wave)| variance(wave, w, &part.gradient)).sum();
        let se = variances.map(|variance| variance.max(0.0).sqrt());
        let interval = se.and_then(|se| wald_interval(part.value, se, f64::INFINITY, level));
        KitagawaPart { estimate: part.value, se, interval }
    };
    let change = |(from, to): (usize, usize)| {
        let nothing = || (0..k).map(|_| Output::zero(n_parameters)).collect::<Vec<_>>();
        let mut by_group = [nothing(), nothing()];
        for (a, b, factor) in way(waves.len(), from, to, averaging) {
            let (before, after) = (parameters(&waves[a], 0), parameters(&waves[b], 1));
            for g in 0..k {
                let (mut x, mut y) = (after[g].clone(), before[g].clone());
                match (x[0].value == 0.0, y[0].value == 0.0) {
                    (true, _) => x[1] = y[1].clone(),
                    (false, true) => y[1] = x[1].clone(),
                    (false, false) => {}
                }
                for (parts, effect) in by_group.iter_mut().zip(split_product(&x, &y)) {
                    parts[g].add(&effect, factor, [a, b], 2 * k);
                }
            }
        }
        let [composition, rates] = by_group;
        let (of_composition, of_rates) = (Output::sum(&composition, n_parameters), Output::sum(&rates, n_parameters));
        let split = Kitagawa {
            gap: finish(&Output::sum([&of_composition, &of_rates], n_parameters)),
            composition: finish(&of_composition),
            rates: finish(&of_rates),
            composition_by_group: composition.iter().map(finish).collect(),
            rates_by_group: rates.iter().map(finish).collect(),
        };
        TableChange { from, to, split }
    };
    Ok(pairs(waves.len()).into_iter().map(change).collect())
}

fn check(table: &WaveTable) -> Result<(), DecompositionError> {
    if table.cells.is_empty() {
        return Err(DecompositionError::TooFew { what: "groups", got: 0, needed: 1 });
    }
    let check = |what: String, got: f64, is_good: bool, expected| match is_good {
        true => Ok(()),
        false => Err(DecompositionError::OutOfRange { what, got, expected }),
    };
    if let Composition::Sampled { effective_base: Some(n) } = table.composition {
        check("the effective base".to_owned(), n, n > 0.0 && n.is_finite(), "a number above 0")?;
    }
    for (g, cell) in table.cells.iter().enumerate() {
        let is_share = |value: f64| (0.0..=1.0).contains(&value);
        check(format!("the share of group {}", g + 1), cell.share, is_share(cell.share), "a share from 0 to 1")?;
        if cell.share > 0.0 {
            check(format!("the rate of group {}", g + 1), cell.rate, is_share(cell.rate), "a share from 0 to 1")?;
        }
        if let Some(variance) = cell.variance.filter(|_| cell.share > 0.0) {
            let is_good = variance >= 0.0 && variance.is_finite();
            check(format!("the variance of group {}", g + 1), variance, is_good, "0 or more; a base above 0")?;
        }
    }
    let total: f64 = table.cells.iter().map(|cell| cell.share).sum();
    check("the sum of shares".to_owned(), total, (total - 1.0).abs() <= 0.05, "1, within rounding")
}

/// Share and rate of each group as parameters of one of two tables: those of a table lie together, shares first.
fn parameters(table: &WaveTable, which: usize) -> Vec<[Dual; 2]> {
    let k = table.cells.len();
    let total: f64 = table.cells.iter().map(|cell| cell.share).sum();
    let (start, n) = (2 * which * k, 4 * k);
    let cell = |(g, cell): (usize, &WaveCell)| {
        let rate = if cell.share > 0.0 { cell.rate } else { 0.0 };
        [Dual::parameter(cell.share / total, start + g, n), Dual::parameter(rate, start + k + g, n)]
    };
    table.cells.iter().enumerate().map(cell).collect()
}

/// What a wave adds to the variance of a number with this gradient; none where it is not known.
fn variance(table: &WaveTable, wave: usize, gradient: &[f64]) -> Option<f64> {
    let k = table.cells.len();
    let slope = |i: usize| gradient.get(2 * wave * k + i).copied().unwrap_or(0.0);
    let total: f64 = table.cells.iter().map(|cell| cell.share).sum();
    let (mut sum, mut mean, mut square) = (0.0, 0.0, 0.0);
    for (g, cell) in table.cells.iter().enumerate() {
        let p = cell.share / total;
        mean += p * slope(g);
        square += p * slope(g) * slope(g);
        if cell.share > 0.0 && slope(k + g) != 0.0 {
            sum += slope(k + g) * slope(k + g) * cell.variance?;
        }
    }
    let spread = (square - mean * mean).max(0.0);
    match table.composition {
        Composition::Known => Some(sum),
        Composition::Sampled { effective_base } if spread > 0.0 => Some(sum + spread / effective_base?),
        Composition::Sampled { .. } => Some(sum),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(cells: &[(f64, f64)], variance: Option<f64>, composition: Composition) -> WaveTable {
        let cell = |&(share, rate): &(f64, f64)| WaveCell { share, rate, variance };
        WaveTable { cells: cells.iter().map(cell).collect(), composition }
    }

    fn three(variance: Option<f64>) -> Vec<WaveTable> {
        let tables = [[(0.6, 0.2), (0.4, 0.5)], [(0.5, 0.3), (0.5, 0.5)], [(0.3, 0.25), (0.7, 0.65)]];
        tables.map(|cells| wave(&cells, variance, Composition::Known)).to_vec()
    }

    #[test]
    fn steps_add_up_to_the_whole_way() {
        let changes = kitagawa_waves(&three(None), Averaging::Consecutive, 0.95).unwrap();
        let [first, second, whole] = &changes[..] else { panic!("{changes:?}") };
        assert_eq!((whole.from, whole.to), (0, 2));
        // By hand: 0.32 to 0.40 to 0.53; composition (−0.1)(0.25) + (0.1)(0.5) = 0.025, then (−0.2)(0.275) + 0.2·0.575 = 0.06.
        assert!((first.split.gap.estimate - 0.08).abs() < 1e-15 && (second.split.gap.estimate - 0.13).abs() < 1e-15);
        assert!((first.split.composition.estimate - 0.025).abs() < 1e-15);
        assert!((second.split.composition.estimate - 0.06).abs() < 1e-15);
        assert!((whole.split.composition.estimate - 0.085).abs() < 1e-15);
        assert!((whole.split.gap.estimate - 0.21).abs() < 1e-15);
        assert_eq!(whole.split.gap.se, None);
    }

    /// Das Gupta's many-population formula, written out: part(0, 2) = (2·P02 + P01 + P12)/3.
    #[test]
    fn all_pairs_by_hand() {
        let way = |averaging| kitagawa_waves(&three(None), averaging, 0.95).unwrap();
        let direct = kitagawa_waves(&[three(None)[0].clone(), three(None)[2].clone()], Averaging::Consecutive, 0.95);
        let direct = direct.unwrap()[0].split.composition.estimate;
        let found = way(Averaging::AllPairs)[2].split.clone();
        assert!((found.composition.estimate - (2.0 * direct + 0.025 + 0.06) / 3.0).abs() < 1e-15);
        assert!((found.gap.estimate - 0.21).abs() < 1e-15);
        let steps: f64 = way(Averaging::AllPairs)[..2].iter().map(|change| change.split.rates.estimate).sum();
        assert!((steps - found.rates.estimate).abs() < 1e-15, "parts of steps add up whatever the way");
    }

    #[test]
    fn known_shares_have_no_error_and_a_missing_one_is_missed() {
        let waves = three(Some(0.0004));
        let whole = kitagawa_waves(&waves, Averaging::Consecutive, 0.95).unwrap()[2].clone();
        // The gap is Σ pr of the last less that of the first: the wave between cancels.
        let variance = 0.0004 * (0.6 * 0.6 + 0.4 * 0.4 + 0.3 * 0.3 + 0.7 * 0.7_f64);
        assert!((whole.split.gap.se.unwrap() - variance.sqrt()).abs() < 1e-12);
        let mut gone = waves.clone();
        gone[1].cells[0].variance = None;
        let whole = kitagawa_waves(&gone, Averaging::Consecutive, 0.95).unwrap()[2].clone();
        assert_eq!(whole.split.rates.se, None);
        assert!(kitagawa_waves(&waves[..1], Averaging::Consecutive, 0.95).is_err());
    }

    #[test]
    fn simulated_tables_scatter_as_the_errors_say() {
        use crate::numeric::stream::Stream;
        let mut draws = Stream::named(12, "kitagawa_waves");
        let truth = [[(0.6, 0.2), (0.4, 0.5)], [(0.5, 0.3), (0.5, 0.5)], [(0.3, 0.25), (0.7, 0.65)]];
        let n = 400.0;
        let (mut inside, n_runs) = (0, 1000);
        let exact: Vec<WaveTable> = truth.iter().map(|cells| wave(cells, None, Composition::Known)).collect();
        let want = kitagawa_waves(&exact, Averaging::AllPairs, 0.95).unwrap()[2].split.composition.estimate;
        for _ in 0..n_runs {
            let sample = truth.map(|cells| {
                let mut counts = [[0.0; 2]; 2];
                for _ in 0..400 {
                    let group = usize::from(draws.uniform() >= cells[0].0);
                    counts[group][0] += 1.0;
                    counts[group][1] += f64::from(u8::from(draws.uniform() < cells[group].1));
                }
                let cell = |[size, yes]: [f64; 2]| {
                    let rate = yes / size;
                    WaveCell { share: size / n, rate, variance: Some(rate * (1.0 - rate) / size) }
                };
                let composition = Composition::Sampled { effective_base: Some(n) };
                WaveTable { cells: counts.map(cell).to_vec(), composition }
            });
            let found = kitagawa_waves(&sample, Averaging::AllPairs, 0.95).unwrap()[2].split.composition;
            let interval = found.interval.unwrap();
            inside += usize::from(interval.low <= want && want <= interval.high);
        }
        let share = f64::from(u32::try_from(inside).unwrap()) / f64::from(n_runs);
        println!("coverage {share} of 0.95, Monte Carlo error {:.3}", (0.95 * 0.05 / f64::from(n_runs)).sqrt());
        assert!((share - 0.95).abs() < 0.025, "{share}");
    }
}
