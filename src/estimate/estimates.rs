//! Results: estimates that keep their covariance.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::by_row::RowScore;
use super::error::{EstimateError, NotEstimable};
use super::finish::{Finished, variance_problem};
use super::interval::{CiMethod, wald_interval};
use super::options::{DeffReference, DegfRule, Options};
use crate::design::{Base, MemberScores, Prepared, Presence, SurveyDesign};

/// An estimate and everything needed to judge it. Proportions are in 0..=1.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate; absent with a reason when there is none.
    pub value: Option<f64>,
    /// Standard error; absent with a reason when the variance cannot be estimated.
    pub se: Option<f64>,
    /// Lower confidence limit.
    pub ci_low: Option<f64>,
    /// Upper confidence limit.
    pub ci_high: Option<f64>,
    /// Confidence level.
    pub level: f64,
    /// How the limits were made.
    pub ci_method: Option<CiMethod>,
    /// Degrees of freedom behind the limits.
    pub degf: f64,
    /// Design effect.
    pub deff: Option<f64>,
    /// What the design effect compares with.
    pub deff_reference: DeffReference,
    /// Rows in the base, unweighted.
    pub n: usize,
    /// Size of a simple random sample with the same variance.
    pub n_eff: Option<f64>,
    /// Sum of the weights of the base.
    pub sum_w: f64,
    /// First-stage units with members; absent when only replicate weights are known.
    pub n_psus: Option<usize>,
    /// Why the estimate, its variance or its limits are absent.
    pub reason: Option<NotEstimable>,
}

impl Estimate {
    pub(super) fn empty(base: &Base, options: &Options) -> Self {
        Self {
            value: None,
            se: None,
            ci_low: None,
            ci_high: None,
            level: options.level,
            ci_method: None,
            degf: base.degf,
            deff: None,
            deff_reference: options.deff,
            n: base.n,
            n_eff: None,
            sum_w: base.sum_w,
            n_psus: base.n_psus,
            reason: None,
        }
    }

    /// Why there is no standard error. A total of a domain in one unit may have one without limits.
    fn problem(&self) -> Option<NotEstimable> {
        self.reason.filter(|_| self.se.is_none())
    }

    pub(super) fn because(mut self, reason: NotEstimable) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The coefficient of variation: the standard error as a share of the estimate, without its sign. There is none where the
    /// estimate is 0 or has no standard error.
    pub fn cv(&self) -> Option<f64> {
        coefficient_of_variation(self.value?, self.se?)
    }
}

/// A standard error as a share of its estimate, without the sign of the estimate; none where the estimate is 0.
///
/// # References
///
/// Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 2.7; R `survey`, `cv`, which keeps the sign.
pub fn coefficient_of_variation(value: f64, se: f64) -> Option<f64> {
    (value != 0.0).then(|| se / value.abs())
}

/// The scores of one estimate.
#[derive(Clone, Debug)]
pub(super) enum Scores {
    /// There is no estimate.
    None,
    /// They would be as many as the rows, which were not kept.
    NotKept,
    /// A column of a table with one score a unit or replicate.
    Units(Arc<UnitScores>, usize),
    /// A column of a table that holds the units with members only.
    Members(Arc<MemberScores>, usize),
    /// The recipe of one score a row.
    Rows(RowScore),
}

impl Scores {
    /// One score a unit or replicate, where they are at hand.
    pub(super) fn by_unit(&self) -> Option<Vec<f64>> {
        match self {
            Self::Units(table, column) => Some(table.column(*column)),
            Self::Members(table, column) => Some(table.column(*column)),
            Self::None | Self::NotKept | Self::Rows(_) => None,
        }
    }
}

/// Scores of several estimates, unit by unit (or replicate by replicate).
#[derive(Debug, Default)]
pub(super) struct UnitScores {
    pub n_columns: usize,
    pub data: Vec<f64>,
}

impl UnitScores {
    /// The scores of one estimate.
    pub fn column(&self, column: usize) -> Vec<f64> {
        self.data.iter().skip(column).step_by(self.n_columns).copied().collect()
    }
}

/// The estimates of one request, with the scores from which any covariance can be formed.
///
/// The estimates come domain by domain and, within a domain, in the order of the variables or answers.
#[derive(Clone, Debug)]
pub struct Estimates {
    design: SurveyDesign,
    estimates: Vec<Estimate>,
    scores: Arc<Vec<Scores>>,
    domain_of: Vec<usize>,
    request: Arc<Finished>,
}

impl Estimates {
    pub(super) fn new(
        design: SurveyDesign,
        estimates: Vec<Estimate>,
        scores: Vec<Scores>,
        domain_of: Vec<usize>,
        request: Finished,
    ) -> Self {
        Self { design, estimates, scores: Arc::new(scores), domain_of, request: Arc::new(request) }
    }

    /// The estimates, of which those with an impossible value have none, with the reason.
    pub(super) fn without_impossible(mut self, is_impossible: impl Fn(usize, f64) -> bool) -> Self {
        for (at, estimate) in self.estimates.iter_mut().enumerate() {
            if estimate.value.is_some_and(|value| is_impossible(at, value)) {
                (estimate.value, estimate.se) = (None, None);
                (estimate.ci_low, estimate.ci_high, estimate.ci_method) = (None, None, None);
                estimate.reason = Some(NotEstimable::Impossible);
            }
        }
        self
    }

    /// The design behind the estimates.
    pub fn design(&self) -> &SurveyDesign {
        &self.design
    }

    /// Number of estimates.
    pub fn len(&self) -> usize {
        self.estimates.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.estimates.is_empty()
    }

    /// All estimates in order.
    pub fn iter(&self) -> impl Iterator<Item = &Estimate> {
        self.estimates.iter()
    }

    /// One estimate.
    pub fn get(&self, index: usize) -> Option<&Estimate> {
        self.estimates.get(index)
    }

    /// The name of the variable or answer of an estimate.
    pub fn name(&self, index: usize) -> &str {
        &self.request.names[index % self.request.names.len()]
    }

    /// The domain of an estimate.
    pub fn domain(&self, index: usize) -> &str {
        &self.request.domain_labels[self.domain_of[index]]
    }

    /// The base of an estimate: its rows, weights and units.
    pub fn base(&self, index: usize) -> &Base {
        &self.request.bases[self.domain_of[index]]
    }

    /// The bases of all domains, in their order.
    pub fn bases(&self) -> &[Base] {
        &self.request.bases
    }

    /// The position of the estimate of a domain and a variable or answer.
    pub fn position(&self, domain: &str, name: &str) -> Option<usize> {
        (0..self.len()).find(|&i| self.domain(i) == domain && self.name(i) == name)
    }

    /// The covariance matrix of some estimates, row by row: over the units of their domain when they share one, and over
    /// the whole design otherwise (the difference matters only to lonely units that borrow from other strata).
    ///
    /// Mechanical: it is also given where an estimate is marked as not estimable.
    ///
    /// # Errors
    ///
    /// [`EstimateError::Index`] for a position without an estimate, [`EstimateError::ScoresNotKept`] where rows were units
    /// and not held.
    pub fn covariance(&self, indices: &[usize]) -> Result<Vec<Vec<f64>>, EstimateError> {
        let form = self.design.form();
        if let Some(covariances) = self.covariances_in_one_table(indices) {
            return Ok(covariances.chunks_exact(indices.len()).map(<[f64]>::to_vec).collect());
        }
        let presence = self.presence(indices);
        let mut prepared = Vec::with_capacity(indices.len());
        for &index in indices {
            prepared.push(form.prepare(&self.score(index)?, presence));
        }
        Ok(prepared.iter().map(|a| prepared.iter().map(|b| form.covariance(a, b)).collect()).collect())
    }

    /// The variance of one estimate with the units of its own domain, as its standard error has it.
    ///
    /// # Errors
    ///
    /// [`EstimateError::Index`] for a position without an estimate, [`EstimateError::ScoresNotKept`] where rows were units
    /// and not held.
    pub fn variance(&self, index: usize) -> Result<f64, EstimateError> {
        let presence = self.design.presence(&self.base(index).units);
        Ok(self.design.form().variance(&self.score(index)?, presence))
    }

    /// A linear combination of estimates, with the covariances between them.
    ///
    /// Its degrees of freedom are those of all domains involved taken together.
    ///
    /// # Errors
    ///
    /// No terms, or a position without an estimate. A term that is not estimable makes the contrast so, with its reason.
    ///
    /// # References
    ///
    /// Lumley (2010), Complex Surveys, section 3.3; R `survey`, `svycontrast`.
    pub fn contrast(&self, terms: &[(usize, f64)]) -> Result<Estimate, EstimateError> {
        let value = self.combine(terms, |i| self.estimates[i].value.unwrap_or(0.0))?;
        self.combination(terms, value)
    }

    /// A smooth function of estimates by its value and its gradient: the pairs of position and derivative.
    ///
    /// # Errors
    ///
    /// As for [`contrast`](Self::contrast).
    pub fn smooth_contrast(&self, value: f64, gradient: &[(usize, f64)]) -> Result<Estimate, EstimateError> {
        self.combine(gradient, |_| 0.0)?;
        self.combination(gradient, value)
    }

    /// A smooth function of estimates of several kinds, of one design and the same domains, by its value and its gradient: what is
    /// estimated, its position there, and the derivative.
    ///
    /// The base is that of the widest estimate of each domain that takes part.
    ///
    /// # Errors
    ///
    /// As for [`contrast`](Self::contrast); estimates of another design, or of domains that overlap.
    ///
    /// # References
    ///
    /// As for [`contrast`](Self::contrast): linearization of the function (delta method).
    pub fn joint_contrast(value: f64, terms: &[(&Self, usize, f64)]) -> Result<Estimate, EstimateError> {
        let Some(&(first, ..)) = terms.first() else { return Err(EstimateError::NoTerms) };
        let (design, options) = (&first.design, &first.request.options);
        let mut widest: BTreeMap<usize, &Self> = BTreeMap::new();
        for &(estimates, index, _) in terms {
            if index >= estimates.len() {
                return Err(EstimateError::Index { index, n: estimates.len() });
            }
            let is_same = Arc::ptr_eq(estimates.design.form(), design.form());
            if !is_same || estimates.request.overlapping.is_some() {
                return Err(EstimateError::OtherDesign);
            }
            let own = widest.entry(estimates.domain_of[index]).or_insert(estimates);
            if estimates.base(index).n > own.request.bases[estimates.domain_of[index]].n {
                *own = estimates;
            }
        }
        let bases: Vec<&Base> = widest.iter().map(|(&domain, own)| &own.request.bases[domain]).collect();
        let is_member = |row: usize| {
            let codes = |own: &&Self| own.request.domain_of_row.as_deref().and_then(|codes| codes.get(row).copied());
            widest.iter().any(|(&domain, own)| codes(own) == Some(domain as u32))
        };
        let base = Base::union(design, &bases, options.degf.known(), is_member);
        let mut estimate = Estimate::empty(&base, options);
        let parts: Vec<&Estimate> = terms.iter().map(|(own, index, _)| &own.estimates[*index]).collect();
        let is_defined = value.is_finite() && terms.iter().all(|(.., slope)| slope.is_finite());
        if is_defined && parts.iter().all(|part| part.value.is_some()) {
            estimate.value = Some(value);
        }
        let problem = parts.iter().find_map(|part| part.problem());
        let problem = problem.or_else(|| (!is_defined).then_some(NotEstimable::Undefined));
        if let Some(reason) = problem.or_else(|| variance_problem(design, &base)) {
            return Ok(estimate.because(reason));
        }
        let mut scores = vec![0.0; design.form().n_units()];
        for &(estimates, index, slope) in terms {
            for (sum, score) in scores.iter_mut().zip(estimates.score(index)?) {
                *sum += slope * score;
            }
        }
        let presence = match bases.as_slice() {
            [one] => design.presence(&one.units),
            _ => Presence::All,
        };
        let variance = design.form().variance(&scores, presence);
        Ok(first.with_limits(estimate, value, variance))
    }

    fn combine(&self, terms: &[(usize, f64)], value: impl Fn(usize) -> f64) -> Result<f64, EstimateError> {
        if terms.is_empty() {
            return Err(EstimateError::NoTerms);
        }
        let mut sum = 0.0;
        for &(index, coefficient) in terms {
            if index >= self.len() {
                return Err(EstimateError::Index { index, n: self.len() });
            }
            sum += coefficient * value(index);
        }
        Ok(sum)
    }

    fn combination(&self, terms: &[(usize, f64)], value: f64) -> Result<Estimate, EstimateError> {
        let base = self.joint_base(terms.iter().map(|t| self.domain_of[t.0]));
        let mut estimate = Estimate::empty(&base, &self.request.options);
        let problem = terms.iter().find_map(|&(i, _)| self.estimates[i].problem());
        if terms.iter().all(|&(i, _)| self.estimates[i].value.is_some()) {
            estimate.value = Some(value);
        }
        if let Some(reason) = problem.or_else(|| variance_problem(&self.design, &base)) {
            return Ok(estimate.because(reason));
        }
        let indices: Vec<usize> = terms.iter().map(|t| t.0).collect();
        let mut scores = vec![0.0; self.design.form().n_units()];
        for &(index, coefficient) in terms {
            for (sum, score) in scores.iter_mut().zip(self.score(index)?) {
                *sum += coefficient * score;
            }
        }
        let variance = self.design.form().variance(&scores, self.presence(&indices));
        Ok(self.with_limits(estimate, value, variance))
    }

    /// Puts standard error and limits around a combination.
    fn with_limits(&self, mut estimate: Estimate, value: f64, variance: f64) -> Estimate {
        if variance < 0.0 {
            return estimate.because(NotEstimable::NegativeVariance);
        }
        let se = variance.sqrt();
        estimate.se = Some(se);
        if let DegfRule::Fixed(degf) = self.request.options.degf {
            estimate.degf = degf;
        }
        if let Some(interval) = wald_interval(value, se, estimate.degf, self.request.options.level) {
            estimate.ci_low = Some(interval.low);
            estimate.ci_high = Some(interval.high);
            estimate.ci_method = Some(interval.method);
        }
        estimate
    }

    /// The base of several domains taken together, each row once.
    fn joint_base(&self, domains: impl Iterator<Item = usize>) -> Base {
        let known = self.request.options.degf.known();
        let cell_of_row = self.request.domain_of_row.as_deref();
        let mut domains: Vec<usize> = domains.collect();
        if let Some(cells) = &self.request.overlapping {
            let mut own: Vec<u32> = domains.iter().flat_map(|&d| cells.members[d].iter().copied()).collect();
            own.sort_unstable();
            own.dedup();
            return cells.base(&self.design, &own, known, cell_of_row);
        }
        domains.sort_unstable();
        domains.dedup();
        let bases: Vec<&Base> = domains.iter().map(|&d| &self.request.bases[d]).collect();
        Base::union(&self.design, &bases, known, |row| {
            cell_of_row.is_some_and(|d| domains.binary_search(&(d[row] as usize)).is_ok())
        })
    }

    /// The differences of many pairs of estimates, the first less the second: as [`contrast`](Self::contrast) one by one,
    /// but each estimate's scores are centred once, and pairs of the same two domains share their base.
    ///
    /// # Errors
    ///
    /// A position without an estimate.
    pub fn differences(&self, pairs: &[(usize, usize)]) -> Result<Vec<Estimate>, EstimateError> {
        let form = self.design.form();
        if form.borrows() {
            return pairs.iter().map(|&(a, b)| self.contrast(&[(a, 1.0), (b, -1.0)])).collect();
        }
        let mut bases: BTreeMap<(usize, usize), Base> = BTreeMap::new();
        let mut prepared: BTreeMap<usize, Prepared> = BTreeMap::new();
        let mut found = Vec::with_capacity(pairs.len());
        for &(a, b) in pairs {
            let value = self.combine(&[(a, 1.0), (b, -1.0)], |i| self.estimates[i].value.unwrap_or(0.0))?;
            let domains = (self.domain_of[a].min(self.domain_of[b]), self.domain_of[a].max(self.domain_of[b]));
            let base = bases.entry(domains).or_insert_with(|| self.joint_base([domains.0, domains.1].into_iter()));
            let mut estimate = Estimate::empty(base, &self.request.options);
            let (first, second) = (&self.estimates[a], &self.estimates[b]);
            estimate.value = first.value.and(second.value).map(|_| value);
            if let Some(reason) = first.problem().or(second.problem()).or_else(|| variance_problem(&self.design, base))
            {
                found.push(estimate.because(reason));
                continue;
            }
            let variance = match self.variance_apart(a, b) {
                Some(variance) => variance,
                None => {
                    for index in [a, b] {
                        if let Entry::Vacant(place) = prepared.entry(index) {
                            place.insert(form.prepare(&self.score(index)?, Presence::All));
                        }
                    }
                    form.difference_variance(&prepared[&a], &prepared[&b])
                }
            };
            found.push(self.with_limits(estimate, value, variance));
        }
        Ok(found)
    }

    /// The variance of a difference without a look at the rows, where rows are the units and the domains do not overlap.
    fn variance_apart(&self, a: usize, b: usize) -> Option<f64> {
        let (Scores::Rows(first), Scores::Rows(second)) = (&self.scores[a], &self.scores[b]) else { return None };
        let covariance = first.covariance_apart(second, &self.design.row_units()?)?;
        let squares = self.estimates[a].se?.powi(2) + self.estimates[b].se?.powi(2);
        Some((squares - 2.0 * covariance).max(0.0))
    }

    fn presence(&self, indices: &[usize]) -> Presence<'_> {
        match indices {
            [first, rest @ ..] if rest.iter().all(|&i| self.domain_of[i] == self.domain_of[*first]) => {
                self.design.presence(&self.base(*first).units)
            }
            _ => Presence::All,
        }
    }

    /// The covariances of some estimates row by row, where the scores of all stand in one table and no stratum borrows from
    /// others.
    fn covariances_in_one_table(&self, indices: &[usize]) -> Option<Vec<f64>> {
        let form = self.design.form();
        if form.borrows() {
            return None;
        }
        let first = self.scores.get(*indices.first()?)?;
        let place = |index: &usize| match (self.scores.get(*index)?, first) {
            (Scores::Units(own, column), Scores::Units(table, _)) if Arc::ptr_eq(own, table) => Some(*column),
            (Scores::Members(own, column), Scores::Members(table, _)) if Arc::ptr_eq(own, table) => Some(*column),
            _ => None,
        };
        let columns: Vec<usize> = indices.iter().map(place).collect::<Option<_>>()?;
        match first {
            Scores::Units(table, _) => {
                let units = table.data.chunks_exact(table.n_columns);
                let scores: Vec<f64> = units.flat_map(|unit| columns.iter().map(|column| unit[*column])).collect();
                Some(form.covariances(&scores, columns.len()))
            }
            Scores::Members(table, _) => Some(form.covariances_of_members(table, &columns)),
            Scores::None | Scores::NotKept | Scores::Rows(_) => None,
        }
    }

    fn score(&self, index: usize) -> Result<Vec<f64>, EstimateError> {
        match self.scores.get(index) {
            None => Err(EstimateError::Index { index, n: self.len() }),
            Some(Scores::NotKept) => Err(EstimateError::ScoresNotKept),
            Some(Scores::None) => Ok(vec![0.0; self.design.form().n_units()]),
            Some(Scores::Rows(recipe)) => {
                let domain_of_row = self.request.domain_of_row.as_deref().unwrap_or_default();
                Ok(recipe.column(&self.design, domain_of_row))
            }
            Some(scores) => Ok(scores.by_unit().unwrap_or_default()),
        }
    }
}
