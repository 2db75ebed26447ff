//! A change of level and slope at a date known beforehand.

use super::super::check::{all_finite, at_least, same_length};
use super::super::error::TrendError;
use super::super::regression::{Coefficient, LinearFit, NeweyWest};
use crate::numeric::matrix::Matrix;

/// What changed at an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Interruption {
    /// Slope before the event, per unit of time.
    pub slope_before: Coefficient,
    /// Jump at the event.
    pub level_change: Coefficient,
    /// Slope after minus slope before.
    pub slope_change: Coefficient,
    pub n_before: usize,
    pub n_after: usize,
    pub fit: LinearFit,
}

/// Interrupted time series: a line before an event, another after it, with errors that allow autocorrelation.
///
/// # Definition
/// y = a + bt + c·1(t ≥ event) + d·(t − event)₊ by (weighted) least squares; covariance of Newey and West, t on n − 4.
///
/// # Shapes and units
/// Times in order. `weights` are inverse sampling variances, if known.
///
/// # Errors
/// Lengths that differ, values that are not finite, times that run backwards, fewer than two times on a side (an event outside the
/// range among them).
///
/// # References
/// Wagner et al. (2002), Journal of Clinical Pharmacy and Therapeutics 27. Newey and West (1987).
pub fn interrupted_series(
    times: &[f64],
    values: &[f64],
    weights: Option<&[f64]>,
    event: f64,
    errors: NeweyWest,
) -> Result<Interruption, TrendError> {
    let n = times.len();
    same_length("values", values.len(), n)?;
    super::super::check::not_decreasing("the times", times)?;
    all_finite("the event", &[event])?;
    let n_before = times.partition_point(|t| *t < event);
    let distinct = |times: &[f64]| 1 + times.windows(2).filter(|w| w[0] != w[1]).count();
    let (before, after) = times.split_at(n_before);
    for (what, side) in [("times before the event", before), ("times after the event", after)] {
        at_least(what, if side.is_empty() { 0 } else { distinct(side) }, 2)?;
    }
    at_least("observations", n, 5)?;
    let design = Matrix::from_fn(n, 4, |i, j| match j {
        0 => 1.0,
        // Time from the event on keeps columns apart, whatever the calendar's origin.
        1 => times[i] - event,
        2 => f64::from(u8::from(times[i] >= event)),
        _ => (times[i] - event).max(0.0),
    });
    let fit = LinearFit::of(&design, values, weights)?;
    let tests = fit.tests(&errors.covariance(&fit)?)?;
    Ok(Interruption {
        slope_before: tests[1],
        level_change: tests[2],
        slope_change: tests[3],
        n_before,
        n_after: n - n_before,
        fit,
    })
}

/// How often such a jump appears at dates at which nothing happened.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceboShare {
    /// Placebo dates at which the model could be fitted.
    pub n_dates: usize,
    /// Of these, with a change at least as large as that of the event.
    pub n_as_large: usize,
    /// (as large + 1)/(dates + 1): the event counted among its placebos.
    pub p_value: f64,
}

/// Compares the level change at an event with those at placebo dates; dates that leave too little on a side are passed over.
///
/// # Errors
/// As [`interrupted_series`] for the event; no placebo date that can be fitted.
///
/// # References
/// Abadie, Diamond and Hainmueller (2010), JASA 105, for placebo tests.
pub fn placebo_dates(
    times: &[f64],
    values: &[f64],
    weights: Option<&[f64]>,
    event: f64,
    placebos: &[f64],
    errors: NeweyWest,
) -> Result<PlaceboShare, TrendError> {
    let own = interrupted_series(times, values, weights, event, errors)?.level_change.statistic.abs();
    let others: Vec<f64> = placebos
        .iter()
        .filter_map(|date| interrupted_series(times, values, weights, *date, errors).ok())
        .map(|found| found.level_change.statistic.abs())
        .collect();
    PlaceboShare::of(own, &others)
}

impl PlaceboShare {
    /// The share of placebos whose size, without sign, is that of the event or more.
    ///
    /// # Errors
    /// No placebo.
    pub fn of(event: f64, placebos: &[f64]) -> Result<PlaceboShare, TrendError> {
        let n_dates = placebos.len();
        at_least("placebo dates inside the series", n_dates, 1)?;
        let n_as_large = placebos.iter().filter(|size| size.abs() >= event.abs()).count();
        Ok(PlaceboShare { n_dates, n_as_large, p_value: (n_as_large + 1) as f64 / (n_dates + 1) as f64 })
    }
}

/// The middle of every month, as a year with decimals, that lies `months_away` months or more from each of some times and from both ends
/// of a series.
pub fn placebo_months(ends: (f64, f64), avoid: &[f64], months_away: u32) -> Vec<f64> {
    let away = f64::from(months_away) / 12.0;
    let is_free = |date: &f64| {
        date - ends.0 >= away && ends.1 - date >= away && avoid.iter().all(|other| (date - other).abs() >= away)
    };
    let (first, last) = (libm::floor(ends.0 * 12.0), libm::ceil(ends.1 * 12.0));
    let n_months = if first.is_finite() && last >= first { (last - first) as u32 } else { 0 };
    (0..n_months).map(|month| (first + f64::from(month) + 0.5) / 12.0).filter(is_free).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERRORS: NeweyWest = NeweyWest { lag: 2, prewhite: false, small_sample: true };

    fn series() -> (Vec<f64>, Vec<f64>) {
        let times: Vec<f64> = (0..40).map(|i| 2000.0 + f64::from(i)).collect();
        let values = times
            .iter()
            .map(|t| {
                let after = f64::from(u8::from(*t >= 2022.0));
                0.1 * (t - 2000.0) + 5.0 * after - 0.3 * after * (t - 2022.0) + 0.05 * libm::sin(11.0 * t)
            })
            .collect();
        (times, values)
    }

    #[test]
    fn jump_and_bend_are_told_apart() {
        let (times, values) = series();
        let found = interrupted_series(&times, &values, None, 2022.0, ERRORS).unwrap();
        assert!((found.level_change.estimate - 5.0).abs() < 0.1);
        assert!((found.slope_change.estimate + 0.3).abs() < 0.01);
        assert!((found.slope_before.estimate - 0.1).abs() < 0.01);
        assert_eq!((found.n_before, found.n_after), (22, 18));
    }

    #[test]
    fn the_event_stands_out_among_placebos() {
        let (times, values) = series();
        let placebos: Vec<f64> = (2005..2018).map(f64::from).collect();
        let share = placebo_dates(&times, &values, None, 2022.0, &placebos, ERRORS).unwrap();
        assert_eq!((share.n_dates, share.n_as_large), (13, 0));
    }

    #[test]
    fn placebo_months_keep_away_from_events_and_ends() {
        let dates = placebo_months((2000.0, 2002.0), &[2001.0], 6);
        // Nothing is half a year away from the start, the middle and the end of two years but two points.
        assert_eq!(dates.len(), 0);
        let dates = placebo_months((2000.0, 2002.0), &[2001.0], 3);
        assert_eq!(dates.len(), 12);
        assert!(dates.iter().all(|d| (d - 2001.0).abs() >= 0.25 && *d >= 2000.25 && *d <= 2001.75));
        assert!(placebo_months((f64::INFINITY, f64::NEG_INFINITY), &[], 1).is_empty());
    }

    #[test]
    fn an_event_outside_the_series_is_an_error() {
        let (times, values) = series();
        for event in [1990.0, 2000.5, 2039.0, 2050.0, f64::NAN] {
            assert!(interrupted_series(&times, &values, None, event, ERRORS).is_err(), "{event}");
        }
        assert!(placebo_dates(&times, &values, None, 2022.0, &[1990.0], ERRORS).is_err());
        assert!(interrupted_series(&[2.0, 1.0], &[1.0, 2.0], None, 1.5, ERRORS).is_err());
    }
}
