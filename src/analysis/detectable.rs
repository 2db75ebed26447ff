//! The smallest change that the data could have shown, beside every statement of a change.

use core::fmt::Display;

use super::result::Figures;
use super::trend::TrendError;
use super::trend::change::smallest_detectable_difference;
use crate::numeric::dist::StudentT;

/// The chance with which the smallest change is found.
pub(super) const POWER: f64 = 0.8;
/// The level of the two-sided test that finds it.
pub(super) const SIGNIFICANCE: f64 = 0.05;

/// The smallest size as a result.
pub(super) fn figures<E: Display>(found: Result<f64, E>) -> Figures {
    match found {
        Ok(size) => {
            Figures::without_interval(size, "the smallest true change that could have been shown, not an estimate")
        }
        Err(error) => Figures::not_estimable(error.to_string()),
    }
}

/// From the standard error of a change: (q_{1−α/2} + q_power)·se, q the quantiles of Student's law with the degrees of freedom of the
/// change, of the normal law without; why not, where the change has none.
pub(super) fn of_change(change: &Figures) -> Figures {
    let reason = || change.reason.clone().unwrap_or_else(|| "the change has no standard error".to_owned());
    let size = |se: f64| -> Result<f64, TrendError> {
        match change.degf {
            None => smallest_detectable_difference(se, POWER, SIGNIFICANCE),
            Some(degf) => {
                let law = StudentT::new(degf)?;
                Ok((law.upper_quantile(0.5 * SIGNIFICANCE) + law.quantile(POWER)) * se)
            }
        }
    };
    figures(change.se.ok_or_else(reason).and_then(|se| size(se).map_err(|error| error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_with_few_degrees_of_freedom_must_be_larger() {
        let change = |degf| Figures { estimate: Some(0.1), se: Some(0.01), degf, ..Figures::default() };
        // 1.959964 + 0.841621, and of t(5) 2.570582 + 0.919544.
        assert!((of_change(&change(None)).estimate.unwrap() - 0.028_015_85).abs() < 1e-8);
        assert!((of_change(&change(Some(5.0))).estimate.unwrap() - 0.034_901_26).abs() < 1e-8);
        let without = Figures::without_interval(0.1, "no base");
        assert_eq!(of_change(&without).reason.as_deref(), Some("no base"));
    }
}
