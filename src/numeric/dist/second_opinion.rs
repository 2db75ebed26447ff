//! The same tails by an unrelated library, statrs, for checks only.
//!
//! No published number comes from here: statrs calls the platform's `exp` and `ln`, so its last bits differ between
//! machines; its Student t quantile is off above 2e4 degrees of freedom, its beta distribution fails for shapes near 1e6 and
//! its far tails hang. Where it is good (moderate parameters, tails above 1e-10) it is an independent way to the same
//! number, and the tests and self-checks compare with it.

use statrs::distribution::{Beta, ChiSquared, ContinuousCDF, FisherSnedecor, Normal, StudentsT};

fn is_moderate(parameters: &[f64]) -> bool {
    parameters.iter().all(|p| (0.5..=1e4).contains(p))
}

/// Keeps tails that statrs computes well.
fn trusted(tail: f64) -> Option<f64> {
    (tail > 1e-10).then_some(tail)
}

/// `P(X > x)` of the standard normal distribution; `None` in the far tail.
pub fn normal_sf(x: f64) -> Option<f64> {
    trusted(Normal::new(0.0, 1.0).ok()?.sf(x))
}

/// `P(X > x)` of Student's t; `None` where statrs is not to be trusted.
pub fn student_t_sf(df: f64, x: f64) -> Option<f64> {
    if !is_moderate(&[df]) {
        return None;
    }
    trusted(StudentsT::new(0.0, 1.0, df).ok()?.sf(x))
}

/// `P(X > x)` of chi-squared; `None` where statrs is not to be trusted.
pub fn chi_squared_sf(df: f64, x: f64) -> Option<f64> {
    if !is_moderate(&[df]) {
        return None;
    }
    trusted(ChiSquared::new(df).ok()?.sf(x))
}

/// `P(X > x)` of F; `None` where statrs is not to be trusted.
pub fn fisher_f_sf(df1: f64, df2: f64, x: f64) -> Option<f64> {
    if !is_moderate(&[df1, df2]) {
        return None;
    }
    trusted(FisherSnedecor::new(df1, df2).ok()?.sf(x))
}

/// `P(X > x)` of beta; `None` where statrs is not to be trusted.
pub fn beta_sf(a: f64, b: f64, x: f64) -> Option<f64> {
    if !is_moderate(&[a, b]) {
        return None;
    }
    trusted(Beta::new(a, b).ok()?.sf(x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::dist;

    /// statrs keeps about nine digits of such tails.
    fn agree(ours: f64, theirs: Option<f64>, what: &str) -> usize {
        let Some(theirs) = theirs else { return 0 };
        assert!((ours / theirs - 1.0).abs() < 1e-8, "{what}: {ours:e}, statrs {theirs:e}");
        1
    }

    #[test]
    fn the_two_libraries_agree_at_moderate_parameters() {
        let mut n = 0;
        for x in [0.01, 0.3, 1.0, 1.7, 2.5, 4.0] {
            n += agree(dist::Normal::STANDARD.sf(x), normal_sf(x), "normal");
            for a in [0.5, 1.0, 3.3, 20.0, 500.0] {
                n += agree(dist::StudentT::new(a).unwrap().sf(x), student_t_sf(a, x), "t");
                n += agree(dist::ChiSquared::new(a).unwrap().sf(a * x), chi_squared_sf(a, a * x), "chi-squared");
                for b in [0.7, 4.0, 61.0, 800.0] {
                    n += agree(dist::FisherF::new(a, b).unwrap().sf(x), fisher_f_sf(a, b, x), "F");
                    let share = x / (x + 2.0);
                    n += agree(dist::Beta::new(a, b).unwrap().sf(share), beta_sf(a, b, share), "beta");
                }
            }
        }
        assert!(n > 200, "{n} comparisons");
    }

    #[test]
    fn no_opinion_where_statrs_fails() {
        assert_eq!(student_t_sf(1e7, 2.0), None);
        assert_eq!(beta_sf(1e6, 1e6, 0.5), None);
        assert_eq!(normal_sf(30.0), None);
    }
}
