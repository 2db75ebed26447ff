//! Agreement of two raters.

use super::error::{CompareError, at_least, same_length};
use crate::numeric::matrix::Matrix;

/// How much credit a disagreement gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AgreementWeights {
    /// None.
    #[default]
    Unweighted,
    /// 1 − |i − j| / (k − 1).
    Linear,
    /// 1 − (i − j)² / (k − 1)².
    Quadratic,
}

/// Cohen's kappa.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KappaResult {
    pub kappa: f64,
    /// Standard error for intervals.
    pub se: f64,
    /// Standard error without agreement, for the test of κ = 0.
    pub se_null: f64,
    /// Observed agreement.
    pub observed: f64,
    /// Agreement expected by chance.
    pub expected: f64,
}

/// Cohen's κ of two ratings of the same items, categories numbered from 0 in their order; `None` leaves the item out.
///
/// For ratings from a sampling design use [`crate::estimate::kappa`].
///
/// # Errors
/// Lists of different length, fewer than two categories, a category out of range, no item rated twice, no disagreement
/// possible.
///
/// # References
/// Cohen (1960, 1968); Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72, equations 8 and 9 (standard errors).
pub fn cohen_kappa(
    first: &[Option<usize>],
    second: &[Option<usize>],
    n_categories: usize,
    weights: AgreementWeights,
) -> Result<KappaResult, CompareError> {
    same_length("the second rater", second.len(), first.len())?;
    at_least("categories", n_categories, 2)?;
    let mut counts = Matrix::zeros(n_categories, n_categories);
    let mut n = 0.0;
    for (a, b) in first.iter().zip(second) {
        let (Some(a), Some(b)) = (*a, *b) else { continue };
        if a.max(b) >= n_categories {
            let got = a.max(b) as f64;
            return Err(CompareError::OutOfRange { what: "a category", got, expected: "less than their number" });
        }
        counts[(a, b)] += 1.0;
        n += 1.0;
    }
    at_least("items rated by both", n as usize, 1)?;
    let p = counts.scaled(1.0 / n);
    let k = n_categories;
    let rows: Vec<f64> = (0..k).map(|i| p.row(i).iter().sum()).collect();
    let columns: Vec<f64> = (0..k).map(|j| p.column(j).iter().sum()).collect();
    let widest = (k - 1) as f64;
    let credit = |i: usize, j: usize| {
        let distance = i.abs_diff(j) as f64 / widest;
        match weights {
            AgreementWeights::Unweighted => f64::from(u8::from(i == j)),
            AgreementWeights::Linear => 1.0 - distance,
            AgreementWeights::Quadratic => 1.0 - distance * distance,
        }
    };
    let over = |f: &dyn Fn(usize, usize) -> f64| -> f64 {
        (0..k).flat_map(|i| (0..k).map(move |j| (i, j))).map(|(i, j)| f(i, j)).sum()
    };
    let observed = over(&|i, j| credit(i, j) * p[(i, j)]);
    let expected = over(&|i, j| credit(i, j) * rows[i] * columns[j]);
    if expected >= 1.0 {
        return Err(CompareError::Undefined { what: "the chance of disagreement", statistic: "kappa" });
    }
    let kappa = (observed - expected) / (1.0 - expected);
    let by_row: Vec<f64> = (0..k).map(|i| (0..k).map(|j| credit(i, j) * columns[j]).sum()).collect();
    let by_column: Vec<f64> = (0..k).map(|j| (0..k).map(|i| credit(i, j) * rows[i]).sum()).collect();
    let own = |i: usize, j: usize| by_row[i] + by_column[j];
    let spread = over(&|i, j| {
        let rest = credit(i, j) - own(i, j) * (1.0 - kappa);
        p[(i, j)] * rest * rest
    });
    let null = over(&|i, j| {
        let rest = credit(i, j) - own(i, j);
        rows[i] * columns[j] * rest * rest
    });
    let center = kappa - expected * (1.0 - kappa);
    let scale = n * (1.0 - expected) * (1.0 - expected);
    Ok(KappaResult {
        kappa,
        se: ((spread - center * center).max(0.0) / scale).sqrt(),
        se_null: ((null - expected * expected).max(0.0) / scale).sqrt(),
        observed,
        expected,
    })
}
