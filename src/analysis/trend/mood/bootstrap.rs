//! How sure a mood is, by drawing its readings anew.

use super::super::check::{at_least, level as check_level, positive};
use super::super::error::TrendError;
use super::dyad_ratios::{DyadRatios, Reading};
use crate::numeric::stream::Stream;

/// Limits of a mood in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoodInterval {
    pub mood: f64,
    pub low: f64,
    pub high: f64,
}

/// Intervals of a mood from readings drawn anew within their sampling error.
///
/// # Definition
/// Each replicate adds a normal error of variance deff·p(1 − p)/n to every reading (p the reading over `whole`, moved inside 0 and 1 by
/// half an answer) and extracts the mood; limits are the percentiles of the replicates in each period. Items are taken as given: the
/// intervals say nothing of other questions that might have been asked.
///
/// # Shapes and units
/// `whole` is the value of everybody: 1 for shares, 100 for percent.
///
/// # Errors
/// As [`DyadRatios::extract`]; readings outside 0 to `whole`, a design effect not above 0, fewer than 20 replicates that settle.
///
/// # References
/// Stimson (2018). Efron and Tibshirani (1993), *An Introduction to the Bootstrap*, section 6.5.
pub fn bootstrap_mood(
    settings: &DyadRatios,
    readings: &[Reading],
    whole: f64,
    deff: f64,
    replicates: u64,
    level: f64,
    stream: &Stream,
) -> Result<Vec<MoodInterval>, TrendError> {
    let (whole, deff) = (positive("the whole", whole)?, positive("the design effect", deff)?);
    let tail = 0.5 * (1.0 - check_level(level)?);
    let centre = settings.extract(readings)?;
    let deviations = readings
        .iter()
        .map(|r| {
            let share = super::super::check::unit("a reading as a share", r.value / whole)?;
            let inside = (share * r.n + 0.5) / (r.n + 1.0);
            Ok(whole * (deff * inside * (1.0 - inside) / r.n).sqrt())
        })
        .collect::<Result<Vec<f64>, TrendError>>()?;
    let moods: Vec<Vec<f64>> = (0..replicates)
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
    at_least("replicates that settle", moods.len(), 20)?;
    Ok(centre
        .mood
        .iter()
        .enumerate()
        .map(|(t, mood)| {
            let mut values: Vec<f64> = moods.iter().map(|m| m[t]).collect();
            values.sort_by(f64::total_cmp);
            MoodInterval { mood: *mood, low: percentile(&values, tail), high: percentile(&values, 1.0 - tail) }
        })
        .collect())
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
        let run = |n: f64| bootstrap_mood(&plain, &readings(n), 100.0, 1.0, 60, 0.95, &stream).unwrap();
        let width = |m: &[MoodInterval]| m.iter().map(|i| i.high - i.low).sum::<f64>();
        let (small, large) = (run(400.0), run(6400.0));
        assert!(width(&large) < 0.5 * width(&small));
        assert_eq!(small, run(400.0));
    }

    #[test]
    fn readings_beyond_the_whole_are_errors() {
        let stream = Stream::named(1, "mood");
        assert!(bootstrap_mood(&DyadRatios::default(), &readings(500.0), 1.0, 1.0, 60, 0.95, &stream).is_err());
        assert!(bootstrap_mood(&DyadRatios::default(), &readings(500.0), 100.0, 1.0, 5, 0.95, &stream).is_err());
    }
}
