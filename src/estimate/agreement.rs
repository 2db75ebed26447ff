//! Agreement of two classifications.

use super::error::EstimateError;
use super::estimates::Estimate;
use super::options::Options;
use super::proportions::proportions;
use crate::design::{Codes, Domains, MISSING, SurveyDesign};

/// Cohen's kappa of two classifications with the same labels.
///
/// # Definition
///
/// `(p_o − p_e)/(1 − p_e)`, p_o the share of rows on the diagonal, p_e the sum of the products of the margins; the
/// standard error by the delta method on all cell shares.
///
/// # Errors
///
/// As for [`proportions`].
///
/// # References
///
/// Cohen (1960), A coefficient of agreement for nominal scales; R `survey`, `svykappa`.
pub fn kappa(
    design: &SurveyDesign,
    first: &Codes,
    second: &Codes,
    domain: &Domains,
    options: &Options,
) -> Result<Estimate, EstimateError> {
    let k = first.n_labels().max(second.n_labels());
    let cell = |(&a, &b): (&u32, &u32)| {
        if a == MISSING || b == MISSING { MISSING } else { a * k as u32 + b }
    };
    let cells: Vec<u32> = first.codes().iter().zip(second.codes()).map(cell).collect();
    let names = (0..k * k).map(|i| i.to_string()).collect();
    let shares = proportions(design, &Codes::from_codes(cells, names), domain, options)?;
    let p = |i: usize, j: usize| shares.get(i * k + j).and_then(|e| e.value).unwrap_or(f64::NAN);
    let rows: Vec<f64> = (0..k).map(|i| (0..k).map(|j| p(i, j)).sum()).collect();
    let columns: Vec<f64> = (0..k).map(|j| (0..k).map(|i| p(i, j)).sum()).collect();
    let observed: f64 = (0..k).map(|i| p(i, i)).sum();
    let expected: f64 = rows.iter().zip(&columns).map(|(r, c)| r * c).sum();
    let kappa = (observed - expected) / (1.0 - expected);
    // ∂κ/∂p_ij = ([i = j] − (1 − κ)(c_i + r_j)) / (1 − p_e), as ∂p_e/∂p_ij = c_i + r_j.
    let slope = |i: usize, j: usize| {
        let diagonal = if i == j { 1.0 } else { 0.0 };
        (diagonal - (1.0 - kappa) * (columns[i] + rows[j])) / (1.0 - expected)
    };
    let gradient: Vec<(usize, f64)> = (0..k * k).map(|cell| (cell, slope(cell / k, cell % k))).collect();
    shares.smooth_contrast(kappa, &gradient)
}
