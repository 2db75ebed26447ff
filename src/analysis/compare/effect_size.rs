//! Differences of means in units of their spread.

use super::error::{CompareError, at_least, finite};
use crate::numeric::moments::Moments;

/// A standardized difference of two means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StandardizedDifference {
    /// Cohen's d: first mean less second, over the pooled standard deviation.
    pub d: f64,
    /// Hedges' g: d with the small-sample factor 1 − 3/(4n − 9).
    pub hedges_g: f64,
    /// Variance of d for simple random samples.
    pub variance: f64,
}

/// Cohen's d and Hedges' g of two plain samples, unweighted.
///
/// # Errors
/// Fewer than two values in a group, values that are not finite, no spread.
///
/// # References
/// Cohen (1988), *Statistical Power Analysis*, section 2.2; Hedges (1981), Journal of Educational Statistics 6; Borenstein
/// et al. (2009), *Introduction to Meta-Analysis*, equation 4.20.
pub fn cohens_d(first: &[f64], second: &[f64]) -> Result<StandardizedDifference, CompareError> {
    for group in [first, second] {
        at_least("values in a group", group.len(), 2)?;
        finite("a value", group)?;
    }
    let (a, b) = (Moments::of(first), Moments::of(second));
    let (n1, n2) = (first.len() as f64, second.len() as f64);
    let squares = |m: &Moments, n: f64| (n - 1.0) * m.sample_variance().unwrap_or(0.0);
    let pooled = ((squares(&a, n1) + squares(&b, n2)) / (n1 + n2 - 2.0)).sqrt();
    if pooled == 0.0 {
        return Err(CompareError::Undefined {
            what: "the spread within groups",
            statistic: "a standardized difference",
        });
    }
    let d = (a.mean - b.mean) / pooled;
    let n = n1 + n2;
    Ok(StandardizedDifference {
        d,
        hedges_g: d * (1.0 - 3.0 / (4.0 * n - 9.0)),
        variance: n / (n1 * n2) + d * d / (2.0 * n),
    })
}
