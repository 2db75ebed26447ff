//! A trend over ordered groups, by ranks.

use super::super::check::{all_finite, at_least, two_sided};
use super::super::error::TrendError;
use super::{sum_over, ties};

/// The Jonckheere–Terpstra test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JonckheereTerpstra {
    /// Pairs from different groups that rise with the group; ties count one half.
    pub j: f64,
    pub mean: f64,
    /// As if no values were tied.
    pub variance_no_ties: f64,
    pub variance: f64,
    /// With `variance_no_ties`.
    pub z_no_ties: f64,
    /// With `variance`.
    pub z: f64,
    /// Two-sided, of `z`.
    pub p_value: f64,
}

/// Tests whether values rise or fall over ordered groups, such as waves or levels of education.
///
/// # Definition
/// J = Σ_{a<b} #{x in a, y in b: x < y} + ½·#{x = y}; mean (N² − Σn²)/4; variance without ties
/// (N²(2N+3) − Σn²(2n+3))/72, with ties after Hollander, Wolfe and Chicken, equation 6.19.
///
/// # Errors
/// Fewer than two groups with values, values that are not finite, all values equal.
///
/// # Agreement
/// Formulas in R, 1e-9.
///
/// # References
/// Terpstra (1952). Jonckheere (1954), Biometrika 41. Hollander, Wolfe and Chicken (2014), section 6.2.
pub fn jonckheere_terpstra(groups: &[Vec<f64>]) -> Result<JonckheereTerpstra, TrendError> {
    for group in groups {
        all_finite("a group", group)?;
    }
    at_least("groups with values", groups.iter().filter(|g| !g.is_empty()).count(), 2)?;
    let mut j = 0.0;
    for (a, first) in groups.iter().enumerate() {
        for second in &groups[a + 1..] {
            for x in first {
                for y in second {
                    j += if x < y {
                        1.0
                    } else if x == y {
                        0.5
                    } else {
                        0.0
                    };
                }
            }
        }
    }
    let sizes: Vec<f64> = groups.iter().map(|g| g.len() as f64).collect();
    let n: f64 = sizes.iter().sum();
    let tied = ties(&groups.concat());
    let square = |m: f64| m * m * (2.0 * m + 3.0);
    let cubic = |m: f64| m * (m - 1.0) * (2.0 * m + 5.0);
    let pairs = |m: f64| m * (m - 1.0);
    let triples = |m: f64| m * (m - 1.0) * (m - 2.0);
    let mean = 0.25 * (n * n - sum_over(&sizes, |m| m * m));
    let variance_no_ties = (square(n) - sum_over(&sizes, square)) / 72.0;
    let mut variance = (cubic(n) - sum_over(&sizes, cubic) - sum_over(&tied, cubic)) / 72.0;
    variance += sum_over(&sizes, pairs) * sum_over(&tied, pairs) / (8.0 * pairs(n));
    if n > 2.0 {
        variance += sum_over(&sizes, triples) * sum_over(&tied, triples) / (36.0 * triples(n));
    }
    if variance <= 1e-12 * variance_no_ties {
        return Err(TrendError::Constant { what: "the value", statistic: "a trend over groups" });
    }
    let z = (j - mean) / variance.sqrt();
    let z_no_ties = (j - mean) / variance_no_ties.sqrt();
    Ok(JonckheereTerpstra { j, mean, variance_no_ties, variance, z_no_ties, z, p_value: two_sided(z) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_ties_both_variances_agree() {
        let test = jonckheere_terpstra(&[vec![1.0, 4.0], vec![2.0, 5.0, 7.0], vec![3.0, 9.0]]).unwrap();
        assert!((test.variance - test.variance_no_ties).abs() < 1e-12);
        // By hand: pairs that rise.
        assert_eq!(test.j, 5.0 + 3.0 + 4.0);
    }

    #[test]
    fn no_groups_and_no_variation_are_errors() {
        assert!(jonckheere_terpstra(&[]).is_err());
        assert!(jonckheere_terpstra(&[vec![1.0, 2.0], vec![]]).is_err());
        assert!(jonckheere_terpstra(&[vec![1.0, 1.0], vec![1.0]]).is_err());
        assert!(jonckheere_terpstra(&[vec![1.0, f64::NAN], vec![1.0]]).is_err());
    }
}
