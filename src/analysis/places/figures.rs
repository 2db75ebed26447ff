//! Estimates of the engine as figures and marks of a result.

use crate::analysis::base::base_flag;
use crate::analysis::result::{Figures, Flag};
use crate::estimate::Estimate;

/// An estimate as the columns of a result. Where the variance cannot be estimated, the reason stands beside the share.
pub(in crate::analysis) fn figures(estimate: &Estimate) -> Figures {
    let has_interval = estimate.ci_low.is_some();
    Figures {
        estimate: estimate.value,
        se: estimate.se,
        ci_low: estimate.ci_low,
        ci_high: estimate.ci_high,
        level: has_interval.then_some(estimate.level),
        ci_method: estimate.ci_method.map(|method| method.name()),
        degf: estimate.degf.is_finite().then_some(estimate.degf),
        deff: estimate.deff,
        deff_reference: estimate.deff.map(|_| estimate.deff_reference.name()),
        n: Some(estimate.n as u64),
        n_eff: estimate.n_eff,
        sum_w: Some(estimate.sum_w),
        n_psus: estimate.n_psus.map(|n_psus| n_psus as u64),
        test: None,
        reason: estimate.reason.map(|reason| reason.to_string()),
    }
}

/// Marks of an estimate: small base, opt-in panel, declared design effect in one of its strata.
pub(in crate::analysis) fn flags(estimate: &Estimate, is_opt_in: bool, is_declared: bool) -> Vec<Flag> {
    let small = base_flag(estimate.n as u64, estimate.n_psus.map(|n_psus| n_psus as u64));
    let opt_in = is_opt_in.then_some(Flag::OptIn);
    let declared = is_declared.then_some(Flag::DeffDeclared);
    [small, opt_in, declared].into_iter().flatten().collect()
}
