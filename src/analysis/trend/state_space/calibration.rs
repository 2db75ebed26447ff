//! Do intervals for a poll that was left out hold it as often as they say?

use super::super::check::{critical, same_length};
use super::super::error::TrendError;
use super::pooled_fit::PointDiagnostic;

/// Left-out polls of a house against their intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Polls that the others could predict.
    pub n_polls: usize,
    /// Polls inside the interval, for each level asked for.
    pub n_inside: Vec<usize>,
    /// Mean of z²: above 1 where polls scatter more than they say.
    pub mean_square: Option<f64>,
}

impl Calibration {
    /// Share of polls inside, for each level; none without polls.
    pub fn shares(&self) -> Option<Vec<f64>> {
        (self.n_polls > 0).then(|| self.n_inside.iter().map(|n| *n as f64 / self.n_polls as f64).collect())
    }
}

/// Counts, house by house, how often the intervals of left-out polls held them.
///
/// # Definition
/// A poll counts as inside at a level if |z| of [`PointDiagnostic::left_out_z`] is no larger than the normal quantile.
///
/// # Errors
/// Lengths that differ, a house code out of range, a level outside 0 to 1.
///
/// # Examples
/// ```
/// use opros::analysis::trend::state_space::{PointDiagnostic, calibration};
/// let poll = |z| PointDiagnostic { residual: 0.0, left_out: None, left_out_z: Some(z) };
/// let found = calibration(&[poll(0.3), poll(-2.5)], &[0, 0], 1, &[0.5, 0.95])?;
/// assert_eq!(found[0].n_inside, [1, 1]);
/// # Ok::<(), opros::analysis::trend::TrendError>(())
/// ```
pub fn calibration(
    diagnostics: &[PointDiagnostic],
    houses: &[usize],
    n_houses: usize,
    levels: &[f64],
) -> Result<Vec<Calibration>, TrendError> {
    same_length("houses", houses.len(), diagnostics.len())?;
    let limits = levels.iter().map(|level| critical(*level)).collect::<Result<Vec<f64>, _>>()?;
    let nothing = Calibration { n_polls: 0, n_inside: vec![0; levels.len()], mean_square: None };
    let mut found = vec![nothing; n_houses];
    for (diagnostic, house) in diagnostics.iter().zip(houses) {
        let Some(of_house) = found.get_mut(*house) else {
            let got = *house as f64;
            return Err(TrendError::OutOfRange { what: "a house code", got, expected: "below the number of houses" });
        };
        let Some(z) = diagnostic.left_out_z else { continue };
        of_house.n_polls += 1;
        for (n, limit) in of_house.n_inside.iter_mut().zip(&limits) {
            *n += usize::from(z.abs() <= *limit);
        }
        of_house.mean_square = Some(of_house.mean_square.unwrap_or(0.0) + z * z);
    }
    for of_house in &mut found {
        of_house.mean_square = of_house.mean_square.map(|sum| sum / of_house.n_polls as f64);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn houses_are_counted_apart() {
        let poll = |z| PointDiagnostic { residual: 0.0, left_out: None, left_out_z: z };
        let polls = [poll(Some(1.0)), poll(Some(3.0)), poll(None), poll(Some(-0.1))];
        let found = calibration(&polls, &[0, 0, 1, 2], 4, &[0.95]).unwrap();
        assert_eq!(found[0].shares(), Some(vec![0.5]));
        assert_eq!((found[0].mean_square, found[1].shares(), found[3].shares()), (Some(5.0), None, None));
        assert!(calibration(&polls, &[0, 0, 1, 9], 4, &[0.95]).is_err());
        assert!(calibration(&polls, &[0], 4, &[0.95]).is_err());
        assert!(calibration(&polls, &[0, 0, 1, 2], 4, &[1.0]).is_err());
    }
}
