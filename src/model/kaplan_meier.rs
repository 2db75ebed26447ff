//! Survival curves without a model.

use super::error::ModelError;
use super::fit::{Rows, with_degf};
use super::survival::SurvivalTimes;
use crate::design::SurveyDesign;
use crate::estimate::{Scored, scored};
use crate::numeric::dist::Normal;

/// A survival curve.
#[derive(Clone, Debug, PartialEq)]
pub struct SurvivalCurve {
    /// Times at which the curve may fall, in order.
    pub time: Vec<f64>,
    /// Share surviving beyond each time.
    pub survival: Vec<f64>,
    /// Standard error of the logarithm of the share; absent for the plain product-limit estimate.
    pub se_log: Option<Vec<f64>>,
}

impl SurvivalCurve {
    fn last_before(&self, at: f64) -> Option<usize> {
        self.time.partition_point(|t| *t <= at).checked_sub(1)
    }

    /// The share surviving beyond a time; 1 before the first one.
    pub fn survival_at(&self, at: f64) -> f64 {
        self.last_before(at).map_or(1.0, |i| self.survival[i])
    }

    /// The standard error of its logarithm; 0 before the first time.
    pub fn se_log_at(&self, at: f64) -> Option<f64> {
        let se = self.se_log.as_ref()?;
        Some(self.last_before(at).map_or(0.0, |i| se[i]))
    }

    /// The first time at which no more than a share survives, infinite when the curve ends above it.
    pub fn quantile(&self, share: f64) -> f64 {
        self.first_at_or_below(share, |s, _| s)
    }

    /// Limits of a quantile: the same of the curve's lower and upper limits, normal on the log scale.
    ///
    /// # References
    /// Brookmeyer and Crowley (1982), Biometrics 38.
    pub fn quantile_interval(&self, share: f64, level: f64) -> Option<(f64, f64)> {
        self.se_log.as_ref()?;
        let z = Normal::STANDARD.upper_quantile(0.5 * (1.0 - level));
        let limit = |sign: f64| self.first_at_or_below(share, |s, se| s * libm::exp(sign * z * se));
        Some((limit(-1.0), limit(1.0)))
    }

    fn first_at_or_below(&self, share: f64, curve: impl Fn(f64, f64) -> f64) -> f64 {
        let se = |i: usize| self.se_log.as_ref().map_or(0.0, |se| se[i]);
        let found = (0..self.time.len()).find(|&i| curve(self.survival[i], se(i)) <= share);
        found.map_or(f64::INFINITY, |i| self.time[i])
    }
}

/// The weighted product-limit estimate of the rows of a mask.
///
/// # Errors
/// Lengths that differ, negative times, events other than 0 and 1, no rows.
///
/// # Agreement
/// R survey 4.1.1, `svykm(se = FALSE)`.
///
/// # References
/// Kaplan and Meier (1958), JASA 53.
pub fn kaplan_meier(
    design: &SurveyDesign,
    times: &SurvivalTimes<'_>,
    mask: &[bool],
) -> Result<SurvivalCurve, ModelError> {
    times.check(design.n_rows())?;
    let rows = Rows::new(design, mask, |i| times.is_complete(i))?;
    Ok(product_limit(&rows, times))
}

/// Starts at time 0, where all survive.
pub(super) fn product_limit(rows: &Rows, times: &SurvivalTimes<'_>) -> SurvivalCurve {
    let mut order: Vec<usize> = (0..rows.n()).collect();
    let time = |k: usize| times.time[rows.rows[k]];
    order.sort_by(|&a, &b| time(a).total_cmp(&time(b)));
    let mut left: f64 = rows.weights.iter().sum();
    let mut curve = SurvivalCurve { time: vec![0.0], survival: vec![1.0], se_log: None };
    let mut share = 1.0;
    for tied in order.chunk_by(|&a, &b| time(a) == time(b)) {
        let leaving: f64 = tied.iter().map(|&k| rows.weights[k]).sum();
        let events: f64 = tied.iter().map(|&k| rows.weights[k] * times.event[rows.rows[k]]).sum();
        share = (share * (1.0 - events / left)).max(0.0);
        curve.time.push(time(tied[0]));
        curve.survival.push(share);
        left -= leaving;
    }
    curve
}

/// The survival curve exp(−H) with design-based standard errors, H the cumulative hazard with events taken one by one.
///
/// # Definition
/// H(t) = Σ dN/Y over events up to t, N and Y weighted totals of events and of rows at risk; its variance is that of the
/// linearized ratio of totals.
///
/// # Errors
/// As for [`kaplan_meier`]; replicate weights.
///
/// # Agreement
/// R survey 4.1.1, `svykm(se = TRUE)`, 1e-9.
///
/// # References
/// Aalen (1978), Annals of Statistics 6; Williams (1995), Lifetime Data Analysis 1.
pub fn survival_with_errors(
    design: &SurveyDesign,
    times: &SurvivalTimes<'_>,
    mask: &[bool],
) -> Result<SurvivalCurve, ModelError> {
    if design.replicates().is_some() {
        return Err(ModelError::Design { what: "standard errors of a survival curve", needed: "sampling units" });
    }
    times.check(design.n_rows())?;
    let rows = Rows::new(design, mask, |i| times.is_complete(i))?;
    let w: Vec<f64> = rows.rows.iter().map(|&i| design.weights()[i]).collect();
    let time = rows.pick(times.time);
    let mut events: Vec<usize> = (0..rows.n()).filter(|&k| times.event[rows.rows[k]] == 1.0).collect();
    events.sort_by(|&a, &b| time[a].total_cmp(&time[b]));
    let mut sorted: Vec<(f64, f64)> = time.iter().copied().zip(w.iter().copied()).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut at_risk = vec![0.0; sorted.len() + 1];
    for k in (0..sorted.len()).rev() {
        at_risk[k] = at_risk[k + 1] + sorted[k].1;
    }
    let mut hazard = 0.0;
    let mut z = vec![0.0; rows.n()];
    let mut curve = SurvivalCurve { time: Vec::new(), survival: Vec::new(), se_log: None };
    let mut se = Vec::with_capacity(events.len());
    for &e in &events {
        let y = at_risk[sorted.partition_point(|s| s.0 < time[e])];
        hazard += w[e] / y;
        z[e] += 1.0 / y;
        for (z, t) in z.iter_mut().zip(&time) {
            if *t >= time[e] {
                *z -= w[e] / (y * y);
            }
        }
        curve.time.push(time[e]);
        curve.survival.push(libm::exp(-hazard));
        let column = rows.spread_out(design.n_rows(), |k| z[k]);
        let parts = Scored::Rows(vec![column]);
        let options = with_degf(0.95, rows.degf);
        let found = scored(design, vec!["hazard".to_string()], &[hazard], &parts, &rows.mask, &options)?;
        se.push(found.variance(0)?.sqrt());
    }
    curve.se_log = Some(se);
    Ok(curve)
}
