//! Stimson's dyad ratios.

use super::super::check::{all_finite, at_least};
use super::super::error::TrendError;
use super::recursion::{Issues, smooth};
use crate::numeric::moments::Moments;
use crate::numeric::sum::dot;

/// A share that a question had in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Code of the question, from 0; another wording is another question.
    pub item: usize,
    /// Period, from 0.
    pub period: usize,
    pub value: f64,
    /// Base; weighs readings of one question in one period.
    pub n: f64,
}

/// What happens to the last reading of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LastReading {
    #[default]
    Used,
    /// Readings that share item and period with the last of the list are left out, as the R package `DyadRatios` up to 1.4 does by an
    /// oversight; for comparison with it only.
    LeftOut,
}

/// Which way an item goes with the mood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// An item that correlates negatively is turned around, as Stimson does. Of two readings every item correlates with 1 or −1, so an
    /// item asked twice always agrees with the others.
    #[default]
    ByCorrelation,
    /// All items are meant to run with the mood; one that runs against it counts for nothing.
    Declared,
}

/// Settings of the extraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DyadRatios {
    /// Exponential smoothing of each pass, with a weight that the series chooses.
    pub is_smoothed: bool,
    pub last_reading: LastReading,
    pub direction: Direction,
}

impl Default for DyadRatios {
    fn default() -> DyadRatios {
        DyadRatios { is_smoothed: true, last_reading: LastReading::Used, direction: Direction::ByCorrelation }
    }
}

/// How an item goes with the mood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemLoading {
    pub item: usize,
    /// Correlation with the mood over the periods in which it was asked.
    pub loading: f64,
    pub mean: f64,
    /// Population form.
    pub sd: f64,
    pub n_periods: usize,
}

/// The common movement of the items.
#[derive(Debug, Clone, PartialEq)]
pub struct Mood {
    /// One value a period, in the units of the items: mean and deviation are those of the items, weighted by validity.
    pub mood: Vec<f64>,
    /// Of items that were asked in two periods or more and moved.
    pub items: Vec<ItemLoading>,
    /// Items that could not be used.
    pub dropped: Vec<usize>,
    pub iterations: usize,
    /// Σ share of periods asked, the variance there is to explain.
    pub total_variance: f64,
    /// Σ share of periods asked · loading².
    pub variance_explained: f64,
    /// Correlation of the forward with the backward pass.
    pub reliability: f64,
    /// Weights of the present in both passes, if smoothed.
    pub alphas: Option<(f64, f64)>,
}

impl DyadRatios {
    /// Extracts one mood from readings of many items, each comparable only with itself.
    ///
    /// # Definition
    /// Items are standardised to mean 100 and deviation 10. A forward pass starts at 100; every later period is the mean, over all
    /// earlier periods, of Σ v·(value now/value then)·mood then / Σ v over the items asked in both; a backward pass starts from the
    /// last forward value. Both may be smoothed exponentially. The mood is their mean, put on the scale of the items. Validities v are
    /// squared correlations of the items with the mood; the passes repeat until no correlation, weighted by the share of periods
    /// asked, moves by more than 0.001 (doubled each time that the movement grows, fifty passes at most). Items that run against the
    /// mood enter by the inverse ratio, or with validity 0 where their [`Direction`] is declared.
    ///
    /// # Shapes and units
    /// Readings in any order; values of one item and period are averaged with weights `n`. Periods run from 0 to the last in use.
    ///
    /// # Errors
    /// No reading, values that are not finite or bases not above 0, fewer than three periods, no item that was asked twice and moved,
    /// passes that do not settle or lead to a constant.
    ///
    /// # Agreement
    /// R `DyadRatios` 1.4 with [`LastReading::LeftOut`] and readings sorted by item and period, 1e-3.
    ///
    /// # References
    /// Stimson (1991), *Public Opinion in America*; (2018), Bulletin of Sociological Methodology 137–138.
    pub fn extract(&self, readings: &[Reading]) -> Result<Mood, TrendError> {
        const PASSES: usize = 50;
        let (mut issues, mut items, dropped) = self.issues(readings)?;
        let n = issues.n_periods;
        for (values, item) in issues.values.iter_mut().zip(&items) {
            for v in values {
                *v = 100.0 + 10.0 * (*v - item.mean) / item.sd;
            }
        }
        let k = items.len();
        let (mut validity, mut signs, mut before) = (vec![1.0; k], vec![1.0; k], vec![1.0; k]);
        let (mut mean, mut sd) = (0.0, 1.0);
        let (mut tolerance, mut last_move) = (0.001, f64::INFINITY);
        let shares: Vec<f64> = (0..k).map(|v| issues.n_asked(v) as f64 / n as f64).collect();
        for iterations in 1..=PASSES {
            let mut forward = issues.pass(false, 100.0, &validity, &signs);
            let alpha_1 = self.smoothed(&mut forward);
            let mut backward = issues.pass(true, forward[n - 1], &validity, &signs);
            let alpha_2 = self.smoothed(&mut backward);
            let mut mood: Vec<f64> = forward.iter().zip(&backward).map(|(a, b)| 0.5 * (a + b)).collect();
            rescale(&mut mood, mean, sd)?;
            let loadings: Vec<f64> = issues.values.iter().map(|values| correlation(values, &mood)).collect();
            let movement = (0..k)
                .filter(|v| issues.n_asked(*v) > 3)
                .map(|v| (loadings[v] - before[v]).abs() * shares[v])
                .fold(0.0, f64::max);
            for ((validity, sign), loading) in validity.iter_mut().zip(&mut signs).zip(&loadings) {
                match self.direction {
                    Direction::Declared => *validity = loading.max(0.0) * loading.max(0.0),
                    Direction::ByCorrelation => {
                        *validity = loading * loading;
                        if *loading != 0.0 {
                            *sign = loading.signum();
                        }
                    }
                }
            }
            before.clone_from(&loadings);
            let weight: f64 = validity.iter().sum();
            if weight <= 0.0 {
                return Err(TrendError::NotIdentified { what: "a common movement of the items" });
            }
            mean = validity.iter().zip(&items).map(|(v, item)| v * item.mean).sum::<f64>() / weight;
            sd = validity.iter().zip(&items).map(|(v, item)| v * item.sd).sum::<f64>() / weight;
            if movement > last_move {
                tolerance *= 2.0;
            }
            last_move = movement;
            // The first round has no scale of the items yet.
            if movement <= tolerance && iterations > 1 {
                for (item, loading) in items.iter_mut().zip(&loadings) {
                    item.loading = *loading;
                }
                return Ok(Mood {
                    total_variance: shares.iter().sum(),
                    variance_explained: dot(&shares, &validity),
                    reliability: correlation(&forward, &backward),
                    alphas: alpha_1.zip(alpha_2),
                    mood,
                    items,
                    dropped,
                    iterations,
                });
            }
        }
        Err(TrendError::NoConvergence { what: "the mood", iterations: PASSES })
    }

    fn smoothed(&self, pass: &mut Vec<f64>) -> Option<f64> {
        self.is_smoothed.then(|| {
            let (smoothed, alpha) = smooth(pass);
            *pass = smoothed;
            alpha
        })
    }

    /// Items by period with their means and deviations, and the items left out.
    fn issues(&self, readings: &[Reading]) -> Result<(Issues, Vec<ItemLoading>, Vec<usize>), TrendError> {
        at_least("readings", readings.len(), 1)?;
        for reading in readings {
            all_finite("a reading", &[reading.value])?;
            super::super::check::positive("the base of a reading", reading.n)?;
        }
        let n_items = readings.iter().map(|r| r.item + 1).max().unwrap_or(0);
        let n_periods = readings.iter().map(|r| r.period + 1).max().unwrap_or(0);
        at_least("periods", n_periods, 3)?;
        if n_periods > LONGEST {
            let got = n_periods as f64;
            return Err(TrendError::OutOfRange { what: "the number of periods", got, expected: "5,000 or fewer" });
        }
        let left_out = match (self.last_reading, readings.last()) {
            (LastReading::LeftOut, Some(last)) => Some((last.item, last.period)),
            _ => None,
        };
        let mut sums = vec![vec![(0.0, 0.0); n_periods]; n_items];
        for r in readings.iter().filter(|r| Some((r.item, r.period)) != left_out) {
            let (sum, weight) = &mut sums[r.item][r.period];
            *sum += r.value * r.n;
            *weight += r.n;
        }
        let mut found = Issues { n_periods, values: Vec::new() };
        let (mut items, mut dropped) = (Vec::new(), Vec::new());
        for (item, sums) in sums.into_iter().enumerate() {
            let values: Vec<f64> =
                sums.into_iter().map(|(sum, weight)| if weight > 0.0 { sum / weight } else { f64::NAN }).collect();
            let asked: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
            let moments = Moments::of(&asked);
            let sd = moments.population_variance().unwrap_or(0.0).sqrt();
            // The R package drops items that deviate by less than 0.001.
            if asked.len() < 2 || sd < 1e-12 * moments.mean.abs().max(f64::MIN_POSITIVE) {
                dropped.push(item);
                continue;
            }
            items.push(ItemLoading { item, loading: 0.0, mean: moments.mean, sd, n_periods: asked.len() });
            found.values.push(values);
        }
        at_least("items that were asked in two periods and moved", items.len(), 1)?;
        Ok((found, items, dropped))
    }
}

/// Every period is compared with every other.
const LONGEST: usize = 5_000;

/// Puts a series on a scale.
fn rescale(series: &mut [f64], mean: f64, sd: f64) -> Result<(), TrendError> {
    let moments = Moments::of(series);
    let own = moments.sample_variance().unwrap_or(0.0).sqrt();
    if !(own > 0.0 && own.is_finite()) {
        return Err(TrendError::Constant { what: "the mood", statistic: "its scale" });
    }
    for value in series {
        *value = (*value - moments.mean) * sd / own + mean;
    }
    Ok(())
}

/// The correlation over the periods in which both are known; 0 where one of them does not vary there.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (x, y): (Vec<f64>, Vec<f64>) =
        a.iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan()).map(|(a, b)| (*a, *b)).unzip();
    let (mx, my) = (Moments::of(&x), Moments::of(&y));
    let cross: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx.mean) * (y - my.mean)).sum();
    let scale = (mx.m2 * my.m2).sqrt();
    if scale > 0.0 { (cross / scale).clamp(-1.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three items of one mood, one of them turned around, asked with gaps.
    fn readings() -> Vec<Reading> {
        let mood = |t: usize| libm::sin(t as f64 / 3.0);
        let mut out = Vec::new();
        for item in 0..3 {
            for period in (0..20).filter(|p| (p + item) % 3 != 0) {
                let factor = [5.0, 8.0, -6.0][item];
                out.push(Reading { item, period, value: 50.0 + factor * mood(period), n: 1000.0 });
            }
        }
        out
    }

    #[test]
    fn items_of_one_mood_load_fully_and_the_turned_one_negatively() {
        let settings = DyadRatios { is_smoothed: false, ..DyadRatios::default() };
        let mood = settings.extract(&readings()).unwrap();
        assert!(mood.items[0].loading > 0.9 && mood.items[1].loading > 0.9 && mood.items[2].loading < -0.9);
        assert!(mood.variance_explained / mood.total_variance > 0.8 && mood.reliability > 0.9);
    }

    #[test]
    fn an_item_against_its_declared_direction_counts_for_nothing() {
        let declared = DyadRatios { is_smoothed: false, direction: Direction::Declared, ..DyadRatios::default() };
        let with = declared.extract(&readings()).unwrap();
        let mut others = readings();
        others.retain(|reading| reading.item != 2);
        let without = declared.extract(&others).unwrap();
        assert!(with.items[2].loading < -0.9);
        for (a, b) in with.mood.iter().zip(&without.mood) {
            assert!((a - b).abs() < 1.5, "{a} {b}");
        }
        let turned: Vec<Reading> = readings().into_iter().filter(|reading| reading.item == 2).collect();
        assert!(declared.extract(&turned).is_ok(), "alone it is the mood itself");
    }

    #[test]
    fn readings_of_one_period_are_averaged_by_base() {
        let mut twice = readings();
        let mut once = readings();
        let first = once[0];
        once[0].value = first.value + 1.5;
        twice[0].n = 250.0;
        twice.push(Reading { value: first.value + 2.0, n: 750.0, ..first });
        let settings = DyadRatios::default();
        assert_eq!(settings.extract(&once).unwrap().mood, settings.extract(&twice).unwrap().mood);
    }

    #[test]
    fn items_without_movement_are_dropped_and_named() {
        let mut with = readings();
        with.push(Reading { item: 3, period: 4, value: 40.0, n: 500.0 });
        with.push(Reading { item: 4, period: 1, value: 40.0, n: 500.0 });
        with.push(Reading { item: 4, period: 9, value: 40.0, n: 500.0 });
        assert_eq!(DyadRatios::default().extract(&with).unwrap().dropped, [3, 4]);
    }

    #[test]
    fn degenerate_input_is_an_error() {
        let settings = DyadRatios::default();
        assert!(settings.extract(&[]).is_err());
        let one = Reading { item: 0, period: 0, value: 40.0, n: 500.0 };
        assert!(settings.extract(&[one]).is_err());
        assert!(settings.extract(&[one, Reading { period: 9, ..one }]).is_err());
        assert!(settings.extract(&[one, Reading { value: f64::NAN, ..one }]).is_err());
        assert!(settings.extract(&[one, Reading { n: 0.0, ..one }]).is_err());
    }
}
