//! How sure a mood is, by drawing its readings anew.

use super::super::check::{at_least, level as check_level, positive, same_length};
use super::super::error::TrendError;
use super::dyad_ratios::{DyadRatios, Mood, Reading};
use crate::numeric::stream::Stream;
use crate::numeric::sum::dot;

/// Limits of a mood in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoodInterval {
    pub mood: f64,
    /// Standard deviation of the draws.
    pub se: f64,
    pub low: f64,
    pub high: f64,
}

/// A mood and the moods of readings drawn anew.
#[derive(Debug, Clone, PartialEq)]
pub struct MoodDraws {
    /// Of the readings as they are.
    pub centre: Mood,
    /// One mood for each replicate that settled.
    draws: Vec<Vec<f64>>,
}

impl MoodDraws {
    /// Extracts the mood and draws its readings anew within their sampling error.
    ///
    /// # Definition
    /// Each replicate adds a normal error of variance deff·p(1 − p)/n to every reading (p the reading over `whole`, moved inside 0 and 1
    /// by half an answer) and extracts the mood. Items are taken as given: the draws say nothing of other questions that might have been
    /// asked.
    ///
    /// # Shapes and units
    /// `whole` is the value of everybody: 1 for shares, 100 for percent.
    ///
    /// # Errors
    /// As [`DyadRatios::extract`]; readings outside 0 to `whole`, a design effect not above 0, fewer than 20 replicates that settle.
    ///
    /// # References
    /// Stimson (2018). Efron and Tibshirani (1993), *An Introduction to the Bootstrap*, section 6.5.
    pub fn of(
        settings: &DyadRatios,
        readings: &[Reading],
        whole: f64,
        deff: f64,
        replicates: u64,
        stream: &Stream,
    ) -> Result<MoodDraws, TrendError> {
        let (whole, deff) = (positive("the whole", whole)?, positive("the design effect", deff)?);
        let centre = settings.extract(readings)?;
        let deviations = readings
            .iter()
            .map(|r| {
                let share = super::super::check::unit("a reading as a share", r.value / whole)?;
                let inside = (share * r.n + 0.5) / (r.n + 1.0);
                Ok(whole * (deff * inside * (1.0 - inside) / r.n).sqrt())
            })
            .collect::<Result<Vec<f64>, TrendError>>()?;
        let draws: Vec<Vec<f64>> = (0..replicates)
            .filter_map(|replicate| {
                let mut stream = stream.child_at(replicate);
                let drawn: Vec<Reading> = readings
                    .iter()
                    .zip(&deviations)
                    .map(|(r, sd)| Reading { value: r.value + sd * stream.normal(), ..*r })
                    .collect();
                settings.extract(&drawn).ok().map(|found| found.mood)
            })
            .collect();
        at_least("replicates that settle", draws.len(), 20)?;
        Ok(MoodDraws { centre, draws })
    }

    /// Replicates that settled.
    pub fn n_draws(&self) -> usize {
        self.draws.len()
    }

    /// The mood of each period with the percentiles of its draws.
    ///
    /// # Errors
    /// `level` outside 0 to 1.
    pub fn intervals(&self, level: f64) -> Result<Vec<MoodInterval>, TrendError> {
        let n = self.centre.mood.len();
        (0..n).map(|t| self.contrast(&(0..n).map(|i| f64::from(u8::from(i == t))).collect::<Vec<_>>(), level)).collect()
    }

    /// A sum of moods with one weight a period, such as a mean of some years minus that of others, with the percentiles of its
    /// draws.
    ///
    /// # Errors
    /// A number of weights that is not that of the periods, `level` outside 0 to 1.
    pub fn contrast(&self, weights: &[f64], level: f64) -> Result<MoodInterval, TrendError> {
        same_length("the weights", weights.len(), self.centre.mood.len())?;
        let tail = 0.5 * (1.0 - check_level(level)?);
        let mut values: Vec<f64> = self.draws.iter().map(|draw| dot(draw, weights)).collect();
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Ok(MoodInterval {
            mood: dot(&self.centre.mood, weights),
            se: (squares / (values.len() - 1) as f64).sqrt(),
            low: percentile(&values, tail),
            high: percentile(&values, 1.0 - tail),
        })
    }
}

/// Between neighbours of the place 1 + p(m − 1).
fn percentile(sorted: &[f64], p: f64) -> f64 {
    let place = p * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(n: f64) -> Vec<Reading> {
        (0..4_usize)
            .flat_map(|item| {
                (0..15_usize).filter(move |p| (p + item) % 3 > 0).map(move |period| Reading {
                    item,
                    period,
                    value: 50.0 + 12.0 * libm::sin(period as f64 / 2.5) + 2.0 * item as f64,
                    n,
                })
            })
            .collect()
    }

    #[test]
    fn larger_polls_give_narrower_intervals_and_names_fix_the_draws() {
        let stream = Stream::named(1, "mood");
        let plain = DyadRatios { is_smoothed: false, ..DyadRatios::default() };
        let run =
            |n: f64| MoodDraws::of(&plain, &readings(n), 100.0, 1.0, 60, &stream).unwrap().intervals(0.95).unwrap();
        let width = |m: &[MoodInterval]| m.iter().map(|i| i.high - i.low).sum::<f64>();
        let (small, large) = (run(400.0), run(6400.0));
        assert!(width(&large) < 0.5 * width(&small));
        assert_eq!(small, run(400.0));
    }

    #[test]
    fn readings_beyond_the_whole_are_errors() {
        let stream = Stream::named(1, "mood");
        let draws = |whole, n| MoodDraws::of(&DyadRatios::default(), &readings(500.0), whole, 1.0, n, &stream);
        assert!(draws(1.0, 60).is_err() && draws(100.0, 5).is_err());
        assert!(draws(100.0, 60).unwrap().contrast(&[1.0], 0.95).is_err());
    }

    #[test]
    fn a_change_is_surer_than_its_two_ends() {
        // Each draw is put on one scale, so that ends move together.
        let plain = DyadRatios { is_smoothed: false, ..DyadRatios::default() };
        let draws = MoodDraws::of(&plain, &readings(800.0), 100.0, 1.0, 100, &Stream::named(1, "change")).unwrap();
        let n = draws.centre.mood.len();
        let mut weights = vec![0.0; n];
        (weights[4], weights[0]) = (1.0, -1.0);
        let change = draws.contrast(&weights, 0.95).unwrap();
        assert!((change.mood - (draws.centre.mood[4] - draws.centre.mood[0])).abs() < 1e-12);
        let each = draws.intervals(0.95).unwrap();
        assert!(change.high - change.low < each[4].high - each[4].low + each[0].high - each[0].low);
    }
}
