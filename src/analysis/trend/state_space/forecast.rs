//! What comes next.

use super::super::check::{at_least, critical, not_negative};
use super::super::error::TrendError;
use super::model::StateSpace;
use crate::numeric::sum::dot;

/// A value that has not been seen yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    pub value: f64,
    /// Standard error of a new observation.
    pub se: f64,
    pub low: f64,
    pub high: f64,
}

/// Forecasts `steps` observations after the end of a series.
///
/// # Definition
/// zᵀa ∓ z-quantile·√(zᵀPz + H) with a and P carried on by the last step of the model; z is the last row of the loadings,
/// H the variance given for new observations.
///
/// # Errors
/// As [`StateSpace::filter`]; an empty series, a negative variance, `level` outside 0 to 1.
///
/// # Agreement
/// R `KFAS` `predict(interval = "prediction")`, 1e-9.
///
/// # References
/// Durbin and Koopman (2012), section 4.11.
pub fn forecast(
    model: &StateSpace,
    values: &[f64],
    steps: usize,
    new_variance: f64,
    level: f64,
) -> Result<Vec<Forecast>, TrendError> {
    at_least("values", values.len(), 1)?;
    not_negative("the variance of new observations", new_variance)?;
    let quantile = critical(level)?;
    let filtered = model.filter(values)?;
    let (mut a, mut p) = filtered.next;
    let last = model.n() - 1;
    let z = model.loadings.row(last);
    let step = model.step(last);
    let mut out = Vec::with_capacity(steps);
    for _ in 0..steps {
        let value = dot(z, &a);
        let se = (p.quadratic_form(z) + new_variance).sqrt();
        out.push(Forecast { value, se, low: value - quantile * se, high: value + quantile * se });
        a = step.transition.times_vector(&a);
        p = p.congruence(&step.transition).plus(&step.variance);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::trend::state_space::Initial;

    #[test]
    fn a_forecast_is_a_missing_value_smoothed() {
        // The state at a missing value after the end is the forecast of the state.
        let y = [4.0, 5.0, 7.0];
        let model = StateSpace::local_level(&[1.0; 3], 0.7, Initial::Diffuse).unwrap();
        let ahead = forecast(&model, &y, 2, 1.0, 0.95).unwrap();
        let longer = StateSpace::local_level(&[1.0; 5], 0.7, Initial::Diffuse).unwrap();
        let smooth = longer.smooth(&[4.0, 5.0, 7.0, f64::NAN, f64::NAN]).unwrap();
        for (k, f) in ahead.iter().enumerate() {
            assert!((f.value - smooth.state[(3 + k, 0)]).abs() < 1e-13);
            assert!((f.se * f.se - 1.0 - smooth.variance[3 + k][(0, 0)]).abs() < 1e-12);
        }
        assert!(ahead[1].se > ahead[0].se);
        assert!(forecast(&model, &y, 1, -1.0, 0.95).is_err());
    }
}
