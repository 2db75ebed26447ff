//! Intervals from the likelihood itself.

use super::super::check::level as check_level;
use super::super::error::TrendError;
use super::glm::{Family, GlmFit};
use crate::numeric::dist::ChiSquared;
use crate::numeric::matrix::Matrix;
use crate::numeric::root::brent;

/// The profile-likelihood interval of one coefficient; exponentiate it for a rate ratio.
///
/// Better than estimate ∓ z·se for few events.
///
/// # Definition
/// The values b at which the deviance of the model with the coefficient fixed at b exceeds that of the fit by the χ²(1)
/// quantile of `level`, times the dispersion.
///
/// # Errors
/// As [`GlmFit::of`]; a column that is not there; no limit within 40 standard errors (a side that is open).
///
/// # References
/// Venzon and Moolgavkar (1988), Applied Statistics 37.
pub fn profile_interval(
    design: &Matrix,
    y: &[f64],
    offset: Option<&[f64]>,
    family: Family,
    column: usize,
    level: f64,
) -> Result<(f64, f64), TrendError> {
    let fit = GlmFit::of(design, y, offset, family)?;
    let p = design.n_columns();
    if column >= p {
        return Err(TrendError::OutOfRange {
            what: "the column",
            got: column as f64,
            expected: "a column of the design",
        });
    }
    let limit = ChiSquared::new(1.0)?.upper_quantile(1.0 - check_level(level)?) * fit.dispersion;
    let others: Vec<usize> = (0..p).filter(|j| *j != column).collect();
    let rows: Vec<usize> = (0..y.len()).collect();
    let rest = design.select(&rows, &others);
    let excess = |b: f64| -> f64 {
        let moved: Vec<f64> = rows.iter().map(|i| offset.map_or(0.0, |o| o[*i]) + b * design[(*i, column)]).collect();
        let deviance = if others.is_empty() {
            GlmFit::at_offset(y, &moved, family)
        } else {
            GlmFit::of(&rest, y, Some(&moved), family).map_or(f64::INFINITY, |f| f.deviance)
        };
        // A fit that fails lies far outside.
        (deviance - fit.deviance - limit).min(1e12)
    };
    let estimate = fit.coefficients[column];
    let se = fit.covariance()[(column, column)].sqrt();
    let reach = |side: f64| {
        let mut far = 2.0;
        while far < 40.0 && excess(estimate + side * far * se) < 0.0 {
            far *= 1.5;
        }
        brent(excess, estimate, estimate + side * far * se, 1e-10 * se).map(|root| root.x)
    };
    Ok((reach(-1.0)?, reach(1.0)?))
}

impl GlmFit {
    /// Deviance of the model without coefficients.
    fn at_offset(y: &[f64], offset: &[f64], family: Family) -> f64 {
        y.iter().zip(offset).map(|(y, o)| family.deviance(*y, family.mean(*o))).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_count_by_hand() {
        // 10 events: the limits solve 2(10 ln(10/m) − 10 + m) = 3.841.
        let (low, high) =
            profile_interval(&Matrix::from_fn(1, 1, |_, _| 1.0), &[10.0], None, Family::Poisson, 0, 0.95).unwrap();
        for limit in [low, high] {
            let m = libm::exp(limit);
            assert!((2.0 * (10.0 * libm::log(10.0 / m) - 10.0 + m) - 3.841_458_820_694_124).abs() < 1e-6);
        }
        assert!(low < libm::log(10.0) && libm::log(10.0) < high);
    }

    #[test]
    fn a_wrong_column_is_an_error() {
        let one = Matrix::from_fn(3, 1, |_, _| 1.0);
        assert!(profile_interval(&one, &[1.0, 2.0, 3.0], None, Family::Poisson, 1, 0.95).is_err());
        assert!(profile_interval(&one, &[1.0, 2.0, 3.0], None, Family::Poisson, 0, 1.5).is_err());
    }
}
