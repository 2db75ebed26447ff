//! Quantiles with confidence limits.

use super::locate::{Piece, Rows};
use super::refined::Refined;
use super::rule::{QuantileRule, Sorted};
use super::shares::CutShares;
use super::{score, shares};
use crate::design::{Base, Domains, MISSING, SurveyDesign};
use crate::estimate::interval::{CiMethod, Interval, ProportionInput, critical_value, proportion_interval};
use crate::estimate::tables::is_plain;
use crate::estimate::{DegfRule, EstimateError, NotEstimable, Options, Variable};

/// How the limits of a quantile are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantileInterval {
    /// Limits of the share at or below the estimate, by a method for proportions, read back through the rule.
    Woodruff(CiMethod),
    /// The limits of a score test.
    Score,
    /// Estimate ± t times the replicate standard error of the quantile; replicate designs only.
    Replicates,
}

/// The options of quantiles.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileOptions {
    /// The rule.
    pub rule: QuantileRule,
    /// The limits.
    pub interval: QuantileInterval,
    /// Confidence level.
    pub level: f64,
    /// Degrees of freedom.
    pub degf: DegfRule,
}

impl Default for QuantileOptions {
    fn default() -> Self {
        let interval = QuantileInterval::Woodruff(CiMethod::Wald);
        Self { rule: QuantileRule::default(), interval, level: 0.95, degf: DegfRule::default() }
    }
}

/// A quantile and its limits.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileEstimate {
    /// The share below the quantile.
    pub p: f64,
    /// The quantile.
    pub value: Option<f64>,
    /// (upper − lower)/(2 t).
    pub se: Option<f64>,
    /// Lower limit; absent when the limit of the share lies outside 0..=1.
    pub ci_low: Option<f64>,
    /// Upper limit.
    pub ci_high: Option<f64>,
    /// Degrees of freedom behind the limits.
    pub degf: f64,
    /// Rows in the base.
    pub n: usize,
    /// The sum of their weights.
    pub sum_w: f64,
    /// First-stage units with rows in the base; absent where only replicate weights are known.
    pub n_psus: Option<usize>,
    /// Why the estimate is absent.
    pub reason: Option<NotEstimable>,
}

impl QuantileEstimate {
    /// A quantile without limits.
    pub(super) fn of(p: f64, value: Option<f64>, base: &Base) -> Self {
        let (n, sum_w, n_psus) = (base.n, base.sum_w, base.n_psus);
        Self { p, value, se: None, ci_low: None, ci_high: None, degf: base.degf, n, sum_w, n_psus, reason: None }
    }
}

/// Quantiles of a variable in each domain, domain by domain; rows with a missing value are outside.
///
/// # Definition
///
/// With q the estimate by the rule, F the share of `x ≤ q` and its standard error by the design: limits of F by the method
/// for proportions at the degrees of freedom, then the rule at both limits (Woodruff).
///
/// [`QuantileRule::Inverse`] and [`QuantileRule::Midpoint`] with Woodruff's limits ask for a few rows of the sorted order only.
/// These are found without sorting the others; so are the quantiles of a table that need not fit into memory
/// ([`pass::quantiles`](crate::estimate::pass::quantiles)). Other rules and limits sort all rows of a domain.
///
/// # Errors
///
/// Columns of another length than the design, infinite values, or a level outside 0..1.
///
/// # References
///
/// Woodruff (1952), Confidence intervals for medians and other position measures; R `survey` 4.1, `svyquantile`.
pub fn quantiles(
    design: &SurveyDesign,
    variable: &Variable<'_>,
    probs: &[f64],
    domains: &Domains,
    options: &QuantileOptions,
) -> Result<Vec<QuantileEstimate>, EstimateError> {
    let request = Options { level: options.level, ..Options::default() };
    crate::estimate::variables::check_request(design, domains, &request)?;
    variable.check(design.n_rows())?;
    if options.needs_few_rows() {
        return by_refinement(design, variable.values(), probs, domains, options);
    }
    let mut found = Vec::with_capacity(domains.len() * probs.len());
    for d in 0..domains.len() as u32 {
        let is_in = |i: usize| design.weights()[i] != 0.0 && !variable.values()[i].is_nan();
        let is_member = |i: usize| domains.code_of_row()[i] == d && is_in(i);
        let mask: Vec<bool> = (0..design.n_rows()).map(is_member).collect();
        let one = Domain { design, values: variable.values(), mask, options };
        found.extend(one.quantiles(probs)?);
    }
    Ok(found)
}

impl QuantileOptions {
    /// Whether the rows around each quantile and its limits are enough, with rows of one value taken together.
    pub fn needs_few_rows(&self) -> bool {
        matches!(self.rule, QuantileRule::Inverse | QuantileRule::Midpoint)
            && matches!(self.interval, QuantileInterval::Woodruff(_))
    }

    /// Woodruff's limits of the share at or below a quantile.
    pub(super) fn share_limits(&self, base: &Base, (share, variance): (f64, f64)) -> Option<Interval> {
        let QuantileInterval::Woodruff(method) = self.interval else { return None };
        // As in R, Korn and Graubard's limits keep to the degrees of freedom of the domain.
        let degf = if method == CiMethod::KornGraubard { base.degf } else { self.degf_of(base) };
        let input = ProportionInput {
            p: share.clamp(0.0, 1.0),
            variance,
            n: base.n as f64,
            kish_n_eff: base.kish_n_eff(),
            degf,
            level: self.level,
        };
        proportion_interval(&input, method)
    }

    /// The degrees of freedom behind the limits.
    pub(super) fn degf_of(&self, base: &Base) -> f64 {
        match self.degf {
            DegfRule::Domain => base.degf,
            DegfRule::Fixed(degf) => degf,
        }
    }
}

/// Columns in memory: one piece.
struct Columns<'a>(Piece<'a>);

impl Rows for Columns<'_> {
    type Error = EstimateError;

    fn look(&self, visit: &mut dyn FnMut(Piece<'_>)) -> Result<(), EstimateError> {
        visit(self.0);
        Ok(())
    }
}

/// All domains at once, without sorting.
fn by_refinement(
    design: &SurveyDesign,
    values: &[f64],
    probs: &[f64],
    domains: &Domains,
    options: &QuantileOptions,
) -> Result<Vec<QuantileEstimate>, EstimateError> {
    let codes = domains.code_of_row().iter().zip(values).zip(design.weights());
    let codes: Vec<u32> = codes.map(|((code, x), w)| if x.is_nan() || *w == 0.0 { MISSING } else { *code }).collect();
    let bases = Base::of_partition(design, &codes, domains.len(), options.degf.known());
    let rows = design.row_units();
    let units = rows.map_or_else(|| design.unit_of_row(), |rows| rows.stratum_of_row);
    let piece = Piece { values, weights: design.weights(), domains: &codes, units };
    let refined = Refined::new(&Columns(piece), probs, &bases, options)?;
    let cuts = refined.cuts();
    let shares = if is_plain(design) || rows.is_some() {
        let mut shares = CutShares::new(design, &cuts);
        shares.add(piece);
        shares.finish(design, &bases)
    } else {
        let of_domain = |(d, (base, cuts)): (usize, (&Base, &Vec<f64>))| {
            let mask: Vec<bool> = codes.iter().map(|code| *code == d as u32).collect();
            shares::at_or_below(design, values, &mask, base, cuts)
        };
        bases.iter().zip(&cuts).enumerate().map(of_domain).collect()
    };
    refined.finish(&Columns(piece), &shares)
}

struct Domain<'a> {
    design: &'a SurveyDesign,
    values: &'a [f64],
    mask: Vec<bool>,
    options: &'a QuantileOptions,
}

impl Domain<'_> {
    fn sorted(&self, weights: &[f64]) -> Sorted {
        let masked: Vec<f64> = weights.iter().zip(&self.mask).map(|(w, m)| if *m { *w } else { 0.0 }).collect();
        Sorted::new(self.values, &masked)
    }

    fn quantiles(&self, probs: &[f64]) -> Result<Vec<QuantileEstimate>, EstimateError> {
        let domain = Domains::mask("domain", &self.mask);
        let code_of_row: Vec<u32> = self.mask.iter().map(|m| if *m { 0 } else { MISSING }).collect();
        let base = Base::of_partition(self.design, &code_of_row, 1, self.options.degf.known()).swap_remove(0);
        let degf = self.options.degf_of(&base);
        let sorted = self.sorted(self.design.weights());
        let replicates: Option<Vec<Sorted>> = match (self.options.interval, self.design.replicates()) {
            (QuantileInterval::Replicates, Some(r)) => Some(r.columns().iter().map(|w| self.sorted(w)).collect()),
            _ => None,
        };
        let t = critical_value(self.options.level, degf);
        let points: Vec<Option<f64>> = probs.iter().map(|p| sorted.quantile(*p, self.options.rule)).collect();
        let mut shares = match self.options.interval {
            QuantileInterval::Woodruff(_) => {
                let cuts: Vec<f64> = points.iter().flatten().copied().collect();
                shares::at_or_below(self.design, self.values, &self.mask, &base, &cuts).into_iter()
            }
            _ => Vec::new().into_iter(),
        };
        let mut found = Vec::with_capacity(probs.len());
        for (&p, value) in probs.iter().zip(points) {
            let mut estimate = QuantileEstimate { degf, ..QuantileEstimate::of(p, value, &base) };
            match (value, t) {
                (None, _) => estimate.reason = Some(NotEstimable::EmptyDomain),
                (_, None) => estimate.reason = Some(NotEstimable::NoDegreesOfFreedom),
                (Some(q), Some(t)) => {
                    let (low, high) = match (&replicates, self.options.interval) {
                        (Some(replicates), _) => self.replicate_limits(replicates, p, q, t),
                        (None, QuantileInterval::Score) => {
                            score::limits(self.design, self.values, &domain, &sorted, p, t, self.options.rule)?
                        }
                        (None, QuantileInterval::Woodruff(_)) => {
                            let limits = shares.next().and_then(|share| self.options.share_limits(&base, share));
                            let back = |share: f64| sorted.quantile(share, self.options.rule);
                            (limits.and_then(|l| back(l.low)), limits.and_then(|l| back(l.high)))
                        }
                        (None, QuantileInterval::Replicates) => (None, None),
                    };
                    (estimate.ci_low, estimate.ci_high) = (low, high);
                    estimate.se = low.zip(high).map(|(low, high)| (high - low) / (2.0 * t));
                }
            }
            found.push(estimate);
        }
        Ok(found)
    }

    fn replicate_limits(&self, replicates: &[Sorted], p: f64, q: f64, t: f64) -> (Option<f64>, Option<f64>) {
        let deviations: Option<Vec<f64>> =
            replicates.iter().map(|sorted| sorted.quantile(p, self.options.rule).map(|value| value - q)).collect();
        let se = deviations.map(|d| self.design.form().variance(&d, crate::design::Presence::All).sqrt());
        (se.map(|se| q - t * se), se.map(|se| q + t * se))
    }
}
