//! Score intervals of quantiles.

use super::root::brent;
use super::rule::{QuantileRule, Sorted};
use crate::design::{Domains, SurveyDesign};
use crate::estimate::{EstimateError, Options, Variable, means};

/// The limits where the mean of `1(x > θ) − (1 − p)` over its standard error is ±t.
///
/// # Definition
///
/// θ is searched on [min + IQR/100, max − IQR/100] to a tolerance of `1/(100 √n)`; the rule is then applied at the
/// unweighted share of rows at or below it.
///
/// # References
///
/// Francisco and Fuller (1991), Quantile estimation with a complex survey design; R `survey`, `svyquantile`.
pub(super) fn limits(
    design: &SurveyDesign,
    values: &[f64],
    domain: &Domains,
    sorted: &Sorted,
    p: f64,
    t: f64,
    rule: QuantileRule,
) -> Result<(Option<f64>, Option<f64>), EstimateError> {
    let x = sorted.values();
    let n = x.len() as f64;
    let plain = Sorted::new(x, &vec![1.0; x.len()]);
    let quartile = |p| plain.quantile(p, QuantileRule::Gumbel).unwrap_or(f64::NAN);
    let margin = (quartile(0.75) - quartile(0.25)) / 100.0;
    let (low, high) = (x[0] + margin, x[x.len() - 1] - margin);
    let tolerance = 1.0 / (100.0 * n.sqrt());
    let test = |theta: f64| -> f64 {
        let above = |x: &f64| if *x > theta { 1.0 } else { 0.0 };
        let indicator = Variable::owned("above", values.iter().map(above).collect());
        let mean = means(design, &[indicator], domain, &Options::default());
        let found = mean.ok().and_then(|m| Some((m.get(0)?.value?, m.variance(0).ok()?)));
        found.map_or(f64::NAN, |(share, variance)| (share - (1.0 - p)) / variance.sqrt())
    };
    let limit = |target: f64| {
        let theta = brent(|theta| test(theta) - target, low, high, tolerance)?;
        let share = x.partition_point(|x| *x <= theta) as f64 / n;
        sorted.quantile(share, rule)
    };
    Ok((limit(t), limit(-t)))
}
