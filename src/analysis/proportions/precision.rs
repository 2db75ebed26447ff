//! What unequal weights and clusters cost in precision.

use super::error::{ProportionError, critical, positive};
use crate::numeric::moments::Moments;
use crate::numeric::sum::{Sum, compensated};

/// The price of unequal weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KishPrecision {
    pub n: usize,
    pub sum_w: f64,
    /// 1 + cv² of the weights.
    pub kish_deff: f64,
    pub n_eff: f64,
    /// Squared coefficient of variation, population form.
    pub cv2: f64,
}

/// Kish's design effect of unequal weights: what they cost when they have nothing to do with the answers.
///
/// # Definition
/// deff = n·Σw²/(Σw)², n_eff = (Σw)²/Σw².
///
/// # Errors
/// No weight, weights that are negative or not finite, all zero.
///
/// # References
/// Kish (1965), *Survey Sampling*, section 11.7.
pub fn kish(weights: &[f64]) -> Result<KishPrecision, ProportionError> {
    if let Some(got) = weights.iter().find(|w| !(**w >= 0.0 && w.is_finite())) {
        return Err(ProportionError::OutOfRange {
            what: "a weight",
            got: *got,
            expected: "a finite number of 0 or more",
        });
    }
    let n = weights.len();
    if n == 0 {
        return Err(ProportionError::TooFew { what: "weights", got: 0, needed: 1 });
    }
    let sum_w = positive("the sum of weights", compensated(weights))?;
    let squares = weights.iter().map(|w| w * w).collect::<Sum>().value();
    let kish_deff = n as f64 * squares / (sum_w * sum_w);
    Ok(KishPrecision { n, sum_w, kish_deff, n_eff: sum_w * sum_w / squares, cv2: kish_deff - 1.0 })
}

/// The half-width of the Wald interval of a share `p` at an effective sample size.
///
/// # Errors
/// `p` or `level` out of range, `n_eff` not above 0.
pub fn margin_of_error(p: f64, n_eff: f64, level: f64) -> Result<f64, ProportionError> {
    let p = super::error::share("p", p)?;
    Ok(critical(level)? * (p * (1.0 - p) / positive("n_eff", n_eff)?).sqrt())
}

/// Clusters of one size against a simple random sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterPrecision {
    pub mean_square_between: f64,
    pub mean_square_within: f64,
    pub icc: f64,
    /// 1 + (m − 1)·icc.
    pub deff: f64,
}

/// Intraclass correlation from a one-way analysis of variance, and the design effect of clusters of `cluster_size`.
///
/// # Definition
/// icc = (MSB − MSW)/(MSB + (m − 1)·MSW), deff = 1 + (m − 1)·icc. Exact for clusters of equal size m, unweighted.
///
/// # Shapes and units
/// `clusters` holds a code for each value. Negative correlation is possible and kept.
///
/// # Errors
/// Lists of different length, fewer than two clusters, no cluster with two values, values that are not finite, a cluster size below
/// 1, no variance at all.
///
/// # References
/// Fisher (1925), chapter 7. Donner (1986), International Statistical Review 54(1).
pub fn icc_anova(values: &[f64], clusters: &[usize], cluster_size: f64) -> Result<ClusterPrecision, ProportionError> {
    if values.len() != clusters.len() {
        return Err(ProportionError::Length { what: "clusters", got: clusters.len(), expected: values.len() });
    }
    if let Some(got) = values.iter().find(|v| !v.is_finite()) {
        return Err(ProportionError::OutOfRange { what: "a value", got: *got, expected: "a finite number" });
    }
    if !(cluster_size >= 1.0 && cluster_size.is_finite()) {
        return Err(ProportionError::OutOfRange { what: "cluster size", got: cluster_size, expected: "1 or more" });
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|i| clusters[*i]);
    let all = Moments::of(values);
    let (mut between, mut within, mut k) = (Sum::ZERO, Sum::ZERO, 0_usize);
    for group in order.chunk_by(|a, b| clusters[*a] == clusters[*b]) {
        let of_group = Moments::of(&group.iter().map(|i| values[*i]).collect::<Vec<_>>());
        let gap = of_group.mean - all.mean;
        between.add(group.len() as f64 * gap * gap);
        within.add(of_group.m2);
        k += 1;
    }
    if k < 2 {
        return Err(ProportionError::TooFew { what: "clusters", got: k, needed: 2 });
    }
    if values.len() == k {
        return Err(ProportionError::TooFew { what: "values in the largest cluster", got: 1, needed: 2 });
    }
    let msb = between.value() / (k - 1) as f64;
    let msw = within.value() / (values.len() - k) as f64;
    let scale = msb + (cluster_size - 1.0) * msw;
    if scale == 0.0 {
        return Err(ProportionError::Undefined { what: "the variance", statistic: "the intraclass correlation" });
    }
    let icc = (msb - msw) / scale;
    Ok(ClusterPrecision {
        mean_square_between: msb,
        mean_square_within: msw,
        icc,
        deff: 1.0 + (cluster_size - 1.0) * icc,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_cost_nothing() {
        let equal = kish(&[2.0; 7]).unwrap();
        assert!((equal.kish_deff - 1.0).abs() < 1e-15 && (equal.n_eff - 7.0).abs() < 1e-12);
        assert!(kish(&[]).is_err() && kish(&[0.0]).is_err() && kish(&[-1.0, 2.0]).is_err());
    }

    #[test]
    fn clusters_of_equal_answers_are_worth_one_interview_each() {
        let same = icc_anova(&[1.0, 1.0, 0.0, 0.0], &[5, 5, 9, 9], 2.0).unwrap();
        assert!((same.icc - 1.0).abs() < 1e-15 && (same.deff - 2.0).abs() < 1e-15);
        // Answers that differ within and not between: the lowest possible correlation of pairs.
        let mixed = icc_anova(&[1.0, 0.0, 1.0, 0.0], &[5, 5, 9, 9], 2.0).unwrap();
        assert!((mixed.icc + 1.0).abs() < 1e-15);
    }

    #[test]
    fn what_cannot_be_estimated_is_an_error() {
        assert!(icc_anova(&[1.0, 2.0], &[1, 1], 2.0).is_err());
        assert!(icc_anova(&[1.0, 2.0], &[1, 2], 2.0).is_err());
        assert!(icc_anova(&[3.0; 4], &[1, 1, 2, 2], 2.0).is_err());
        assert!(icc_anova(&[1.0, f64::NAN, 1.0, 2.0], &[1, 1, 2, 2], 2.0).is_err());
    }
}
