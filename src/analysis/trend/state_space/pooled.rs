//! One series from polls of several houses.

use super::super::check::{at_least, between, not_negative, positive, same_length};
use super::super::error::TrendError;
use super::averaging::AveragedPooled;
use super::free_variances::{FreeVariances, VarianceFit};
use super::pooled_fit::{Pooled, Wanted, likelihood, smooth};
use super::pooled_kernel::{Movement, Sorted};
use super::pooled_terms::{self, Event};

/// Published polls.
#[derive(Debug, Clone, Copy)]
pub struct PollSeries<'a> {
    /// In any order and unit; several polls may share a time.
    pub times: &'a [f64],
    /// NaN where a poll has no answer.
    pub estimates: &'a [f64],
    /// Sampling variance of each estimate: base, design effect, rounding.
    pub variances: &'a [f64],
    /// Code of the house, from 0.
    pub houses: &'a [usize],
    pub n_houses: usize,
}

/// How the level moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrendKind {
    /// A random walk.
    LocalLevel,
    /// A random walk whose slope is a random walk too.
    LocalLinear,
}

/// Against what house effects are measured. The level is that of the anchor.
#[derive(Debug, Clone, PartialEq)]
pub enum Anchor {
    /// One house has no effect.
    House(usize),
    /// Effects add up to zero.
    SumToZero,
    /// Weighted effects add up to zero; a weight per house, adding up to 1.
    Weighted(Vec<f64>),
}

/// What is assumed of house effects. An effect is added to the level: positive means that the house reads higher.
#[derive(Debug, Clone, PartialEq)]
pub enum HouseEffects {
    /// Unknown constants.
    Fixed(Anchor),
    /// Constants drawn around zero with this standard deviation.
    Shrunken { sd: f64 },
}

/// Variances of the model, per unit of time for the level and its slope.
#[derive(Debug, Clone, PartialEq)]
pub struct Variances {
    pub level: f64,
    /// Only for [`TrendKind::LocalLinear`].
    pub slope: f64,
    /// Added to the sampling variance of each poll of a house; one per house, or none at all.
    pub extra: Vec<f64>,
}

impl Variances {
    /// Of a local level.
    pub fn of_level(level: f64) -> Variances {
        Variances { level, slope: 0.0, extra: Vec::new() }
    }
}

/// Which variances are estimated by maximum likelihood; the others stay as given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Estimated {
    pub level: bool,
    pub slope: bool,
    /// Houses whose polls may scatter more than sampling explains.
    pub extra_of: Vec<usize>,
}

/// A level seen by many polls, each with sampling error and the constant effect of its house.
///
/// # Definition
/// yᵢ = μ(tᵢ) + h(houseᵢ) + Σ events + Σ effects + εᵢ, Var εᵢ = sampling variance + extra variance of the house; μ is a random walk
/// with variance `level` per unit of time (with [`TrendKind::LocalLinear`] plus the integral of a slope of variance `slope`). The
/// start of μ, fixed house effects, events and effects are exactly diffuse. They are solved for by generalised least squares beside
/// a filter of one or two elements, so cost and memory are linear in the number of polls.
///
/// # Shapes and units
/// Unit of the estimates throughout: shares, logits or percent. On the logit scale a poll of 0 or 100 % needs
/// [`poll_variance`]'s correction first.
///
/// # Agreement
/// R `KFAS` 1.5 with regressors in the state, 1e-8.
///
/// # References
/// Jackman (2005), Australian Journal of Political Science 40(4). de Jong (1991), Annals of Statistics 19. Durbin and Koopman (2012),
/// section 6.2.
#[derive(Debug, Clone)]
pub struct PooledPolls<'a> {
    pub polls: PollSeries<'a>,
    pub trend: TrendKind,
    pub houses: HouseEffects,
    pub events: Vec<Event>,
    /// Further columns with their names, a value per poll: mode, wording.
    pub effects: Vec<(String, Vec<f64>)>,
}

impl PooledPolls<'_> {
    /// A local level with fixed house effects and nothing else.
    pub fn local_level(polls: PollSeries<'_>, anchor: Anchor) -> PooledPolls<'_> {
        PooledPolls {
            polls,
            trend: TrendKind::LocalLevel,
            houses: HouseEffects::Fixed(anchor),
            events: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// Smooths the level, at the polls and at further times, with all effects and diagnostics.
    ///
    /// # Errors
    /// Lengths that differ, house codes out of range, times or variances that are not finite, variances not above 0, no poll with an
    /// answer, a house, event or effect of which no poll speaks, terms that explain each other.
    ///
    /// # Examples
    /// ```
    /// use opros::analysis::trend::state_space::{Anchor, PollSeries, PooledPolls, Variances};
    /// let polls = PollSeries {
    ///     times: &[0.0, 1.0, 2.0, 3.0],
    ///     estimates: &[50.0, 52.0, 50.0, 52.0],
    ///     variances: &[1.0; 4],
    ///     houses: &[0, 1, 0, 1],
    ///     n_houses: 2,
    /// };
    /// let pooled = PooledPolls::local_level(polls, Anchor::House(0)).fit(&Variances::of_level(0.01), &[])?;
    /// assert!((pooled.houses[1].estimate - 2.0).abs() < 0.1);
    /// # Ok::<(), opros::analysis::trend::TrendError>(())
    /// ```
    pub fn fit(&self, variances: &Variances, further_times: &[f64]) -> Result<Pooled, TrendError> {
        self.check(variances)?;
        smooth(self, &self.sorted(variances, further_times)?, variances, Wanted::Everything)
    }

    /// The log-likelihood at given variances.
    ///
    /// # Errors
    /// As [`PooledPolls::fit`].
    pub fn log_likelihood(&self, variances: &Variances) -> Result<f64, TrendError> {
        self.check(variances)?;
        likelihood(self, &self.sorted(variances, &[])?.data, variances)
    }

    /// Estimates variances by maximum likelihood, starting from the given ones.
    ///
    /// # Errors
    /// As [`PooledPolls::fit`]; nothing to estimate; fewer polls than terms and variances.
    pub fn maximise(&self, start: &Variances, estimated: &Estimated) -> Result<VarianceFit, TrendError> {
        FreeVariances::new(self, start, estimated)?.maximise()
    }

    /// Terms, and the level at further times, averaged over the variances that the polls allow (see [`super::AveragedTerm`]).
    ///
    /// `likeliest` are the variances that [`PooledPolls::maximise`] found. Intervals then hold that these are estimates.
    ///
    /// # Errors
    /// As [`PooledPolls::maximise`].
    pub fn fit_averaged(
        &self,
        likeliest: &Variances,
        estimated: &Estimated,
        further_times: &[f64],
    ) -> Result<AveragedPooled, TrendError> {
        super::averaging::fit(self, likeliest, estimated, further_times)
    }

    /// The house without a column, to which the others are compared while fitting.
    pub(super) fn reference(&self) -> Option<usize> {
        match &self.houses {
            HouseEffects::Fixed(Anchor::House(house)) => Some(*house),
            HouseEffects::Fixed(_) => Some(0),
            HouseEffects::Shrunken { .. } => None,
        }
    }

    /// Weights of the effects whose sum is moved into the level.
    pub(super) fn anchor_weights(&self) -> Vec<f64> {
        let n = self.polls.n_houses;
        match &self.houses {
            HouseEffects::Fixed(Anchor::SumToZero) => vec![1.0 / n as f64; n],
            HouseEffects::Fixed(Anchor::Weighted(weights)) => weights.clone(),
            _ => vec![0.0; n],
        }
    }

    pub(super) fn movement(&self, variances: &Variances) -> Movement {
        let slope = if self.trend == TrendKind::LocalLinear { variances.slope } else { 0.0 };
        Movement { level: variances.level, slope }
    }

    pub(super) fn check_house(&self, house: usize) -> Result<(), TrendError> {
        if house < self.polls.n_houses {
            return Ok(());
        }
        Err(TrendError::OutOfRange { what: "a house code", got: house as f64, expected: "below the number of houses" })
    }

    pub(super) fn check(&self, variances: &Variances) -> Result<(), TrendError> {
        let polls = &self.polls;
        let n = polls.times.len();
        same_length("estimates", polls.estimates.len(), n)?;
        same_length("variances", polls.variances.len(), n)?;
        same_length("houses", polls.houses.len(), n)?;
        super::super::check::all_finite("the times", polls.times)?;
        if let Some(position) = polls.estimates.iter().position(|y| y.is_infinite()) {
            return Err(TrendError::NotFinite { what: "an estimate", position, got: polls.estimates[position] });
        }
        at_least("polls with an answer", polls.estimates.iter().filter(|y| !y.is_nan()).count(), 1)?;
        for i in (0..n).filter(|i| !polls.estimates[*i].is_nan()) {
            positive("a sampling variance", polls.variances[i])?;
        }
        for house in polls.houses {
            self.check_house(*house)?;
        }
        match &self.houses {
            HouseEffects::Fixed(Anchor::House(house)) => self.check_house(*house)?,
            HouseEffects::Fixed(Anchor::Weighted(weights)) => {
                same_length("anchor weights", weights.len(), polls.n_houses)?;
                let total: f64 = weights.iter().sum();
                between("the sum of anchor weights", total, 1.0 - 1e-9, 1.0 + 1e-9, "1")?;
            }
            HouseEffects::Fixed(Anchor::SumToZero) => {}
            HouseEffects::Shrunken { sd } => {
                positive("the standard deviation of house effects", *sd)?;
            }
        }
        not_negative("the level variance", variances.level)?;
        not_negative("the slope variance", variances.slope)?;
        if !variances.extra.is_empty() {
            same_length("extra variances", variances.extra.len(), polls.n_houses)?;
        }
        for extra in &variances.extra {
            not_negative("an extra variance", *extra)?;
        }
        pooled_terms::check(self)
    }

    /// Writes the variances of the polls for other variances of the houses.
    pub(super) fn refresh(&self, ordered: &mut Ordered, variances: &Variances) {
        let polls = &self.polls;
        for (out, i) in ordered.data.variances.iter_mut().zip(&ordered.order).filter(|(_, i)| **i < polls.times.len()) {
            *out = polls.variances[*i] + extra_of(variances, polls.houses[*i]);
        }
    }

    /// Polls and further times in order of time, ties in order of input.
    pub(super) fn sorted(&self, variances: &Variances, further_times: &[f64]) -> Result<Ordered, TrendError> {
        super::super::check::all_finite("the further times", further_times)?;
        let polls = &self.polls;
        let n = polls.times.len();
        let time = |i: usize| if i < n { polls.times[i] } else { further_times[i - n] };
        let mut order: Vec<usize> = (0..n + further_times.len()).collect();
        order.sort_by(|a, b| time(*a).total_cmp(&time(*b)).then(a.cmp(b)));
        let columns = pooled_terms::columns(self);
        let mut data = Sorted {
            gaps: Vec::with_capacity(order.len()),
            values: Vec::with_capacity(order.len()),
            is_seen: Vec::with_capacity(order.len()),
            variances: Vec::with_capacity(order.len()),
            columns: Vec::with_capacity(order.len() * columns.len()),
            n_columns: columns.len(),
        };
        let mut before = order.first().map_or(0.0, |i| time(*i));
        for i in &order {
            let at = time(*i);
            let poll = (*i < n).then_some(*i);
            let estimate = poll.map_or(f64::NAN, |i| polls.estimates[i]);
            data.gaps.push(at - before);
            data.values.push(estimate);
            data.is_seen.push(!estimate.is_nan());
            data.variances.push(poll.map_or(0.0, |i| polls.variances[i] + extra_of(variances, polls.houses[i])));
            data.columns.extend(columns.iter().map(|column| column.value(self, poll, at)));
            before = at;
        }
        Ok(Ordered { data, order, times: further_times.to_vec() })
    }
}

pub(super) fn extra_of(variances: &Variances, house: usize) -> f64 {
    variances.extra.get(house).copied().unwrap_or(0.0)
}

/// The data in order with the way back: positions in the input, further times after the polls.
pub(super) struct Ordered {
    pub data: Sorted,
    pub order: Vec<usize>,
    pub times: Vec<f64>,
}

/// The sampling variance of a published share: base, declared design effect, rounding.
///
/// # Definition
/// deff·p̃(1−p̃)/n + parts·unit²/12, p̃ = p, or (np + ½)/(n + 1) where p is 0 or 1, so that no poll is certain. `unit` is the step of
/// printed shares (0.01 for whole percent), `parts` the number of printed shares that were added up.
///
/// # Errors
/// A share outside 0..=1, base or design effect not above 0, a negative unit.
pub fn poll_variance(share: f64, n: f64, deff: f64, unit: f64, parts: usize) -> Result<f64, TrendError> {
    let p = super::super::check::unit("a share", share)?;
    let (n, deff, unit) =
        (positive("the base", n)?, positive("the design effect", deff)?, not_negative("the unit", unit)?);
    let p = if p == 0.0 || p == 1.0 { (n * p + 0.5) / (n + 1.0) } else { p };
    Ok(deff * p * (1.0 - p) / n + parts as f64 * unit * unit / 12.0)
}

/// A share and its variance on the logit scale; shares of 0 and 1 are moved inside as in [`poll_variance`].
///
/// # Definition
/// ln(p̃/(1−p̃)) with variance v/(p̃(1−p̃))².
///
/// # Errors
/// A share outside 0..=1, base or variance not above 0.
pub fn poll_logit(share: f64, variance: f64, n: f64) -> Result<(f64, f64), TrendError> {
    let p = super::super::check::unit("a share", share)?;
    let (n, variance) = (positive("the base", n)?, positive("the variance", variance)?);
    let p = if p == 0.0 || p == 1.0 { (n * p + 0.5) / (n + 1.0) } else { p };
    let slope = p * (1.0 - p);
    Ok((libm::log(p / (1.0 - p)), variance / (slope * slope)))
}
