//! Many tests at once: adjusted p-values, and one p-value from several independent ones.
//!
//! Holm, Bonferroni, Hochberg and Hommel bound the chance of any false finding; Benjamini–Hochberg and
//! Benjamini–Yekutieli the expected share of false findings among the findings.

use thiserror::Error;

use crate::numeric::dist::{ChiSquared, Normal, ParameterError};

/// How p-values are adjusted for their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Adjustment {
    /// Step-down Bonferroni; needs no assumption and is never weaker than Bonferroni.
    #[default]
    Holm,
    /// Times the number of tests.
    Bonferroni,
    /// Step-up; for independent or positively dependent tests.
    Hochberg,
    /// Closed Simes tests; as Hochberg, slightly stronger.
    Hommel,
    /// False discovery rate; for independent or positively dependent tests.
    BenjaminiHochberg,
    /// False discovery rate under any dependence.
    BenjaminiYekutieli,
    /// As they are.
    None,
}

/// Why p-values cannot be adjusted or combined.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MultiplicityError {
    /// Not a probability.
    #[error("p-value {position} is {got}, expected 0 to 1")]
    NotAProbability { position: usize, got: f64 },
    /// A family that is smaller than the tests in it.
    #[error("the family has {got} tests, expected at least the {needed} whose p-values are given")]
    FamilyTooSmall { got: usize, needed: usize },
    /// Nothing to combine.
    #[error("no p-value to combine")]
    Empty,
    /// Parameters of a distribution.
    #[error(transparent)]
    Distribution(#[from] ParameterError),
}

/// P-values adjusted for the number of tests, in the order in which they came.
///
/// # Shapes and units
/// NaN is a test without result: it stays NaN and does not count. `n_tests` is the size of the family when not all of its
/// p-values are at hand; `None` is the number of p-values given.
///
/// # Errors
/// A p-value outside 0..1, or a family smaller than the number of p-values.
///
/// # Agreement
/// R 4.2, `p.adjust`, to rounding.
///
/// # References
/// Holm (1979), Scandinavian Journal of Statistics 6; Hochberg (1988) and Hommel (1988), Biometrika 75; Wright (1992),
/// Biometrics 48 (adjusted values); Benjamini and Hochberg (1995), JRSS B 57; Benjamini and Yekutieli (2001), Annals 29.
///
/// # Examples
/// ```
/// use opros::analysis::multiplicity::{Adjustment, adjust};
/// assert_eq!(adjust(&[0.01, 0.03], Adjustment::Holm, None)?, [0.02, 0.03]);
/// # Ok::<(), opros::analysis::multiplicity::MultiplicityError>(())
/// ```
pub fn adjust(p: &[f64], method: Adjustment, n_tests: Option<usize>) -> Result<Vec<f64>, MultiplicityError> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| !p[i].is_nan()).collect();
    check(p, &order)?;
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let sorted: Vec<f64> = order.iter().map(|&i| p[i]).collect();
    let n = n_tests.unwrap_or(sorted.len());
    if n < sorted.len() {
        return Err(MultiplicityError::FamilyTooSmall { got: n, needed: sorted.len() });
    }
    let adjusted = match method {
        Adjustment::None => sorted,
        Adjustment::Bonferroni => sorted.iter().map(|p| n as f64 * p).collect(),
        Adjustment::Holm => step_down(&sorted, |i| (n - i) as f64),
        Adjustment::Hochberg => step_up(&sorted, |i| (n - i) as f64),
        Adjustment::BenjaminiHochberg => step_up(&sorted, |i| n as f64 / (i + 1) as f64),
        Adjustment::BenjaminiYekutieli => {
            let harmonic: f64 = (1..=n).map(|k| 1.0 / k as f64).sum();
            step_up(&sorted, |i| harmonic * n as f64 / (i + 1) as f64)
        }
        Adjustment::Hommel => hommel(&sorted, n),
    };
    let mut out = vec![f64::NAN; p.len()];
    for (&i, value) in order.iter().zip(adjusted) {
        out[i] = value.min(1.0);
    }
    Ok(out)
}

/// P-values adjusted within a family in which some tests were not made, and some are another one seen from its other side: of two
/// groups the first against the rest is the second against the rest. Such a test counts once, and both have its adjusted value.
///
/// # Shapes and units
/// `twins[k]` is the test before k that it repeats. P-values come from distributions, so they lie in 0..=1.
pub fn adjust_family(p: &[Option<f64>], twins: &[Option<usize>], method: Adjustment) -> Vec<Option<f64>> {
    let own = p.iter().enumerate().map(|(k, p)| match twins.get(k).copied().flatten() {
        Some(_) => f64::NAN,
        None => p.unwrap_or(f64::NAN),
    });
    let own: Vec<f64> = own.collect();
    let adjusted = adjust(&own, method, None).unwrap_or(own);
    let of = |k: usize| adjusted.get(twins.get(k).copied().flatten().unwrap_or(k)).copied().filter(|p| !p.is_nan());
    (0..p.len()).map(of).collect()
}

fn check(p: &[f64], positions: &[usize]) -> Result<(), MultiplicityError> {
    match positions.iter().find(|&&i| !(0.0..=1.0).contains(&p[i])) {
        None => Ok(()),
        Some(&i) => Err(MultiplicityError::NotAProbability { position: i + 1, got: p[i] }),
    }
}

/// Running maxima from the smallest p-value on.
fn step_down(sorted: &[f64], factor: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut largest = 0.0_f64;
    let mut next = |(i, p): (usize, &f64)| {
        largest = largest.max(factor(i) * p);
        largest
    };
    sorted.iter().enumerate().map(&mut next).collect()
}

/// Running minima from the largest p-value on.
fn step_up(sorted: &[f64], factor: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut out = vec![0.0; sorted.len()];
    let mut smallest = f64::INFINITY;
    for i in (0..sorted.len()).rev() {
        smallest = smallest.min(factor(i) * sorted[i]);
        out[i] = smallest;
    }
    out
}

/// Wright's algorithm for Hommel's procedure: the largest, over all sizes m of a subset, of the Simes bound of that size.
fn hommel(sorted: &[f64], n: usize) -> Vec<f64> {
    let mut p = sorted.to_vec();
    p.resize(n, 1.0);
    let simes = |from: usize, size: usize| {
        let terms = p[from..].iter().enumerate();
        // The p-values at and after `from` have the ranks that end at `size`.
        let first = size + 1 - (n - from);
        terms.map(|(i, p)| size as f64 * p / (first + i) as f64).fold(f64::INFINITY, f64::min)
    };
    let mut best = vec![simes(0, n); n];
    for m in (2..n).rev() {
        let split = n - m + 1;
        let upper = simes(split, m);
        let small = |i: usize| (m as f64 * p[i]).min(upper);
        let beyond = small(split - 1);
        for (i, best) in best.iter_mut().enumerate() {
            *best = best.max(if i < split { small(i) } else { beyond });
        }
    }
    best.iter().zip(sorted).map(|(b, p)| b.max(*p)).collect()
}

/// Several independent tests of one hypothesis as one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CombinedP {
    /// Fisher's statistic `−2 Σ ln p`.
    pub fisher_chi_squared: f64,
    /// Its degrees of freedom, twice the number of tests.
    pub fisher_degf: f64,
    /// Fisher's p-value.
    pub fisher_p: f64,
    /// Stouffer's statistic `Σ z / √k`.
    pub stouffer_z: f64,
    /// Stouffer's p-value.
    pub stouffer_p: f64,
}

/// One p-value from several independent one-sided ones, by Fisher and by Stouffer.
///
/// # Errors
/// No p-value, or one outside 0..1 (NaN included).
///
/// # References
/// Fisher (1932), *Statistical Methods for Research Workers*, section 21.1; Stouffer et al. (1949), *The American Soldier*.
pub fn combine(p: &[f64]) -> Result<CombinedP, MultiplicityError> {
    if p.is_empty() {
        return Err(MultiplicityError::Empty);
    }
    check(p, &(0..p.len()).collect::<Vec<_>>())?;
    let k = p.len() as f64;
    let fisher_chi_squared = -2.0 * p.iter().map(|p| libm::log(*p)).sum::<f64>();
    let stouffer_z = p.iter().map(|p| Normal::STANDARD.upper_quantile(*p)).sum::<f64>() / k.sqrt();
    Ok(CombinedP {
        fisher_chi_squared,
        fisher_degf: 2.0 * k,
        fisher_p: ChiSquared::new(2.0 * k)?.sf(fisher_chi_squared),
        stouffer_z,
        stouffer_p: Normal::STANDARD.sf(stouffer_z),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hommel_is_between_the_raw_values_and_hochberg() {
        let p = [0.0002, 0.012, 0.031, 0.0495, 0.2, 0.74, 0.0011];
        let hommel = adjust(&p, Adjustment::Hommel, None).unwrap();
        let hochberg = adjust(&p, Adjustment::Hochberg, None).unwrap();
        let holm = adjust(&p, Adjustment::Holm, None).unwrap();
        for i in 0..p.len() {
            assert!(p[i] <= hommel[i] && hommel[i] <= hochberg[i] && hochberg[i] <= holm[i]);
        }
    }

    #[test]
    fn one_test_needs_no_adjustment() {
        use Adjustment::*;
        for method in [Holm, Bonferroni, Hochberg, Hommel, BenjaminiHochberg, BenjaminiYekutieli, None] {
            assert_eq!(adjust(&[0.03], method, Option::None).unwrap(), [0.03]);
            assert!(adjust(&[], method, Option::None).unwrap().is_empty());
        }
    }

    #[test]
    fn a_test_seen_from_both_sides_counts_once() {
        let p = [Some(0.03), Some(0.03), None];
        assert_eq!(adjust_family(&p, &[None, Some(0), None], Adjustment::Holm), [Some(0.03), Some(0.03), None]);
        assert_eq!(adjust_family(&p, &[], Adjustment::Holm), [Some(0.06), Some(0.06), None]);
    }

    #[test]
    fn bad_input_is_an_error() {
        assert!(adjust(&[1.2], Adjustment::Holm, None).is_err());
        assert!(adjust(&[0.1, 0.2], Adjustment::Holm, Some(1)).is_err());
        assert!(combine(&[]).is_err() && combine(&[f64::NAN]).is_err());
        assert!(adjust(&[f64::NAN, 0.5], Adjustment::Holm, None).unwrap()[0].is_nan());
    }
}
