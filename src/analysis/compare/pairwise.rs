//! All pairs of groups at once.

use super::error::{CompareError, at_least};
use crate::analysis::multiplicity::{Adjustment, adjust_family};
use crate::estimate::{Estimate, Estimates};
use crate::numeric::dist::StudentT;

/// The difference of two groups, its test, and the test after all pairs are taken into account.
#[derive(Clone, Debug, PartialEq)]
pub struct PairwiseComparison {
    /// Positions of the two estimates.
    pub first: usize,
    pub second: usize,
    /// The first less the second, with the covariance between them; not estimable with a reason where either is.
    pub difference: Estimate,
    /// t of the difference.
    pub statistic: Option<f64>,
    pub p_value: Option<f64>,
    /// The p-value adjusted for the number of pairs that can be tested.
    pub adjusted_p_value: Option<f64>,
}

/// Compares every two of several estimates of one request: groups in one row and span of a table.
///
/// A pair without an estimable difference, or with one of no variance (0 and 100 %), has no p-value and does not count
/// towards the number of tests.
///
/// # Errors
/// Fewer than two positions, or a position without an estimate.
///
/// # References
/// Korn and Graubard (1999), *Analysis of Health Surveys*, section 3.2; Holm (1979).
pub fn pairwise(
    estimates: &Estimates,
    positions: &[usize],
    adjustment: Adjustment,
) -> Result<Vec<PairwiseComparison>, CompareError> {
    at_least("estimates to compare", positions.len(), 2)?;
    let later = |k: usize| positions[k + 1..].iter().map(move |&second| (positions[k], second));
    let places: Vec<(usize, usize)> = (0..positions.len()).flat_map(later).collect();
    let differences = estimates.differences(&places)?;
    let compare = |((first, second), difference): ((usize, usize), Estimate)| {
        let statistic = difference.value.zip(difference.se).filter(|(_, se)| *se > 0.0).map(|(d, se)| d / se);
        let law = StudentT::new(difference.degf).ok();
        let p_value = statistic.zip(law).map(|(t, law)| law.two_sided_sf(t.abs()));
        PairwiseComparison { first, second, difference, statistic, p_value, adjusted_p_value: None }
    };
    let mut pairs: Vec<PairwiseComparison> = places.into_iter().zip(differences).map(compare).collect();
    let raw: Vec<Option<f64>> = pairs.iter().map(|p| p.p_value).collect();
    let adjusted = adjust_family(&raw, &[], adjustment);
    pairs.iter_mut().zip(adjusted).for_each(|(pair, p)| pair.adjusted_p_value = p);
    Ok(pairs)
}
