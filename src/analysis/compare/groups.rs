//! Groups side by side: estimates, differences, ratios, odds ratios, against each other and against the rest.

use super::error::CompareError;
use super::skipped::{Skipped, is_rounding};
use super::variation::Ranges;
use crate::analysis::multiplicity::{Adjustment, adjust_family};
use crate::analysis::trend::change::{Equivalence, equivalence};
use crate::design::{Codes, Domains, SurveyDesign};
use crate::estimate::{
    self, Axis, CiMethod, Estimate, EstimateError, Estimates, NotEstimable, Variable, means, tables_with,
};
use crate::numeric::dist::StudentT;

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// The share of one answer, by its code.
    Share { answers: &'a Codes, answer: u32 },
    /// The mean of a number; NaN is a missing value.
    Mean(&'a [f64]),
}

/// How groups are compared.
#[derive(Clone, Debug)]
pub struct GroupOptions {
    /// Intervals, degrees of freedom, rows without an outcome.
    pub estimate: estimate::Options,
    /// How p-values are adjusted: for all pairs, for all differences from the reference, for all differences from the rest.
    pub adjustment: Adjustment,
    /// The margin of the test of equivalence.
    pub within: Option<f64>,
    /// Groups with fewer rows are estimated, not tested.
    pub smallest_base: usize,
}

impl Default for GroupOptions {
    fn default() -> Self {
        let (estimate, adjustment) = (estimate::Options::default(), Adjustment::default());
        Self { estimate, adjustment, within: None, smallest_base: 30 }
    }
}

/// A ratio with limits that follow from its logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relative {
    pub value: f64,
    /// Standard error of its logarithm.
    pub se_log: f64,
    pub low: f64,
    pub high: f64,
}

/// Two groups, or a group and the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupContrast {
    /// Position of the group.
    pub group: usize,
    /// Position of the other; the rest where there is none.
    pub other: Option<usize>,
    /// The group less the other.
    pub difference: Estimate,
    /// The group over the other; absent where either is not above 0, or a share is 0 or 100 %.
    pub ratio: Option<Relative>,
    /// Of shares strictly between 0 and 1.
    pub odds_ratio: Option<Relative>,
    /// t of the difference.
    pub statistic: Option<f64>,
    pub p_value: Option<f64>,
    /// Why there is no test.
    pub skipped: Option<Skipped>,
    pub adjusted_p_value: Option<f64>,
    /// Whether the difference is shown to be smaller than the margin.
    pub equivalence: Option<Equivalence>,
}

/// All that is said about some groups.
#[derive(Clone, Debug)]
pub struct GroupComparison {
    pub labels: Vec<String>,
    /// By group.
    pub estimates: Vec<Estimate>,
    pub everybody: Estimate,
    /// Each group against the reference, in order.
    pub reference: Vec<GroupContrast>,
    /// Every two groups, the earlier first.
    pub pairs: Vec<GroupContrast>,
    /// Each group against all others.
    pub rest: Vec<GroupContrast>,
}

/// Compares groups: each with a reference, with each other and with the rest.
///
/// # Definition
/// Shares and means with the covariance of the design. Difference d = a − b: d ± t·se and t = d/se on the degrees of freedom of
/// both groups together. Ratio and odds ratio: exp(log ± t·se), by the delta method on log(a/b) and log of the odds, with the
/// covariance of both. Equivalence: two one-sided tests against ± the margin.
///
/// A share of 0 or 100 % has an estimated variance of 0 that says nothing. The limits of its difference d = p − q are Newcombe's, from
/// the intervals (l, u) of the two shares: d − √((p − l_p)² + (u_q − q)²) and d + √((u_p − p)² + (q − l_q)²); it has no standard error,
/// test, or ratio. Nor has a difference of groups whose values are all alike. Of two groups, the first against the rest is the
/// second against the rest, and counts once among the tests.
///
/// # Shapes and units
/// Proportions in 0..=1. Rows outside the mask, of weight 0 or without a group are in no group; their units stay in the design.
///
/// # Errors
/// Columns of another length than the design, no reference of that position, fewer than two groups.
///
/// # References
/// Korn and Graubard (1999), *Analysis of Health Surveys*, sections 3.2 and 3.4; Schuirmann (1987); Newcombe (1998), Statistics in
/// Medicine 17, method 10; Zou and Donner (2008), Statistics in Medicine 27, for any intervals of the two.
pub fn compare_groups(
    design: &SurveyDesign,
    outcome: Outcome<'_>,
    groups: &Codes,
    reference: usize,
    mask: &[bool],
    options: &GroupOptions,
) -> Result<GroupComparison, CompareError> {
    super::error::same_length("the mask", mask.len(), design.n_rows())?;
    let k = groups.n_labels();
    super::error::at_least("groups", k, 2)?;
    if reference >= k {
        let got = reference as f64;
        return Err(CompareError::OutOfRange {
            what: "the position of the reference",
            got,
            expected: "that of a group",
        });
    }
    let ranges = Ranges::of(design, outcome, groups, mask);
    let work = Work { design, outcome, options, ranges, is_share: matches!(outcome, Outcome::Share { .. }) };
    let domains = Domains::by(groups).within(mask);
    let by_group = work.estimates(&domains)?;
    let everybody = work.estimates(&Domains::mask("all", mask))?;
    let with_reference: Vec<(usize, usize)> = (0..k).filter(|&g| g != reference).map(|g| (g, reference)).collect();
    let pairs: Vec<(usize, usize)> = (0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b))).collect();
    let contrasts = |pairs: &[(usize, usize)]| {
        let contrast = |&(a, b): &(usize, usize)| work.contrast(&by_group, a, b, a, Some(b));
        pairs.iter().map(contrast).collect::<Result<Vec<_>, EstimateError>>()
    };
    let mut rest = Vec::with_capacity(k);
    for group in 0..k {
        let code = |c: &u32| if (*c as usize) < k { u32::from(*c as usize != group) } else { *c };
        let two = Codes::from_codes(groups.codes().iter().map(code).collect(), vec!["own".into(), "rest".into()]);
        let both = work.estimates(&Domains::by(&two).within(mask))?;
        rest.push(work.contrast(&both, 0, 1, group, None)?);
    }
    let mut families = [contrasts(&with_reference)?, contrasts(&pairs)?, rest];
    let met: Vec<usize> = (0..k).filter(|group| work.ranges.has_rows(*group)).collect();
    let twin = |group: usize| match met.as_slice() {
        [first, second] if group == *second => Some(*first),
        _ => None,
    };
    let twins: Vec<Option<usize>> = (0..k).map(twin).collect();
    for (family, twins) in families.iter_mut().zip([&[][..], &[], &twins]) {
        let p: Vec<Option<f64>> = family.iter().map(|contrast| contrast.p_value).collect();
        let adjusted = adjust_family(&p, twins, options.adjustment);
        family.iter_mut().zip(adjusted).for_each(|(contrast, p)| contrast.adjusted_p_value = p);
    }
    let [reference, pairs, rest] = families;
    Ok(GroupComparison {
        labels: groups.labels().to_vec(),
        estimates: (0..k).filter_map(|g| by_group.get(work.place(g)).cloned()).collect(),
        everybody: everybody.get(0).cloned().ok_or(CompareError::TooFew { what: "rows", got: 0, needed: 1 })?,
        reference,
        pairs,
        rest,
    })
}

struct Work<'a> {
    design: &'a SurveyDesign,
    outcome: Outcome<'a>,
    options: &'a GroupOptions,
    ranges: Ranges,
    is_share: bool,
}

impl Work<'_> {
    /// One estimate a domain, and for shares one of all other answers behind it.
    fn estimates(&self, domains: &Domains) -> Result<Estimates, EstimateError> {
        let options = &self.options.estimate;
        match self.outcome {
            Outcome::Mean(values) => means(self.design, &[Variable::new("mean", values)], domains, options),
            Outcome::Share { answers, answer } => {
                let code = |c: &u32| if (*c as usize) < answers.n_labels() { u32::from(*c != answer) } else { *c };
                let two = answers.codes().iter().map(code).collect();
                let two = Codes::from_codes(two, vec!["answer".into(), "other".into()]);
                let tables = |_, mut tables: Vec<Estimates>| tables.swap_remove(0);
                let stubs = [Axis::answers(&two)];
                Ok(tables_with(self.design, &stubs, &[Axis::domains(domains)], options, tables)?.swap_remove(0))
            }
        }
    }

    fn place(&self, domain: usize) -> usize {
        if self.is_share { 2 * domain } else { domain }
    }

    /// Two domains of some estimates.
    fn contrast(
        &self,
        of: &Estimates,
        first: usize,
        second: usize,
        group: usize,
        other: Option<usize>,
    ) -> Result<GroupContrast, EstimateError> {
        let (a, b) = (self.place(first), self.place(second));
        let mut difference = of.contrast(&[(a, 1.0), (b, -1.0)])?;
        let sides = [a, b].map(|place| of.get(place));
        let values = sides.map(|e| e.filter(|e| e.reason.is_none()).and_then(|e| e.value));
        let is_inside = |p: f64| p > TINY && p < 1.0 - TINY;
        let size = values.into_iter().flatten().fold(0.0, |size: f64, value| size.max(value.abs()));
        let is_known = difference.se.is_some_and(|se| is_rounding(se, size));
        let skipped = if sides.iter().any(|e| e.is_none_or(|e| e.n < self.options.smallest_base)) {
            Some(Skipped::SmallBase)
        } else if self.is_share && values.iter().flatten().any(|p| !is_inside(*p)) {
            Some(Skipped::ZeroVariance)
        } else if is_known && self.ranges.are_points(group, other) {
            Some(Skipped::NoVariation)
        } else if is_known {
            Some(Skipped::NoError)
        } else {
            (difference.value.is_none() || difference.se.is_none()).then_some(Skipped::NotEstimable)
        };
        if let [Some(first), Some(second)] = sides {
            self.mend(&mut difference, first, second, is_known, self.ranges.are_points(group, other));
        }
        let relative = |log: &dyn Fn(f64) -> f64, slope: &dyn Fn(f64) -> f64, is_usable: &dyn Fn(f64) -> bool| {
            let [Some(p), Some(q)] = values else { return Ok(None) };
            if is_known || !(is_usable(p) && is_usable(q)) {
                return Ok(None);
            }
            let found = of.smooth_contrast(log(p) - log(q), &[(a, slope(p)), (b, -slope(q))])?;
            Ok::<_, EstimateError>(Relative::of(&found))
        };
        let ratio = relative(&libm::log, &|p| 1.0 / p, &|p| if self.is_share { is_inside(p) } else { p > 0.0 })?;
        let odds_ratio = match self.is_share {
            true => relative(&|p| libm::log(p / (1.0 - p)), &|p| 1.0 / (p * (1.0 - p)), &is_inside)?,
            false => None,
        };
        let tested = difference.value.zip(difference.se).filter(|_| skipped.is_none());
        let statistic = tested.map(|(d, se)| d / se);
        let law = StudentT::new(difference.degf).ok();
        let equivalence = tested.zip(self.options.within).and_then(|((d, se), margin)| {
            equivalence(d, se, margin, difference.degf, self.options.estimate.level).ok()
        });
        let p_value = statistic.zip(law).map(|(t, law)| law.two_sided_sf(t.abs()));
        let skipped = skipped.or_else(|| p_value.is_none().then_some(Skipped::NotEstimable));
        Ok(GroupContrast {
            group,
            other,
            p_value,
            skipped,
            difference,
            ratio,
            odds_ratio,
            statistic,
            adjusted_p_value: None,
            equivalence,
        })
    }

    /// Sets right the limits of a difference whose estimated variance says nothing.
    fn mend(&self, difference: &mut Estimate, first: &Estimate, second: &Estimate, is_known: bool, is_alike: bool) {
        let is_counted = |e: &Estimate| e.ci_method == Some(CiMethod::ZeroVariance);
        let Some((d, _)) = difference.value.zip(difference.se) else { return };
        let is_whole = |e: &Estimate| e.value.is_some_and(|p| p <= TINY || p >= 1.0 - TINY);
        if is_counted(first) && is_counted(second) {
            return;
        }
        if self.is_share && (is_whole(first) || is_whole(second)) {
            (difference.se, difference.reason) = (None, Some(NotEstimable::WholeShare));
            (difference.ci_low, difference.ci_high, difference.ci_method) = (None, None, None);
            let sides = |e: &Estimate| Some((e.value?, e.ci_low?, e.ci_high?));
            if let Some(((p, low_p, high_p), (q, low_q, high_q))) = sides(first).zip(sides(second)) {
                difference.ci_low = Some(d - (p - low_p).hypot(high_q - q));
                difference.ci_high = Some(d + (high_p - p).hypot(q - low_q));
                difference.ci_method = Some(CiMethod::Newcombe);
            }
        } else if is_known && is_alike {
            (difference.se, difference.reason) = (None, Some(NotEstimable::NoVariation));
            (difference.ci_low, difference.ci_high, difference.ci_method) = (None, None, None);
        }
    }
}

/// Shares are made of sums, so 0 and 1 are known up to rounding.
const TINY: f64 = 1e-12;

impl Relative {
    fn of(log: &Estimate) -> Option<Self> {
        let (value, se_log) = log.value.zip(log.se).filter(|(_, se)| *se > 0.0)?;
        let (low, high) = log.ci_low.zip(log.ci_high)?;
        Some(Self { value: libm::exp(value), se_log, low: libm::exp(low), high: libm::exp(high) })
    }
}
