//! Groups after other things are held equal: averages of predictions of a regression model.

use thiserror::Error;

use super::error::{CompareError, same_length};
use super::variation::{is_exact, problems};
use crate::design::{Codes, MISSING, SurveyDesign};
use crate::estimate::{CiMethod, Interval, NotEstimable, ProportionInput, proportion_interval};
use crate::model::{Family, GlmOptions, ModelError, ModelMatrix, Predicted, Regression, Separation, glm};
use crate::numeric::dist::StudentT;

/// A thing that is held equal.
#[derive(Clone, Debug)]
pub enum Control {
    /// Labels: one effect a label.
    Factor(String, Codes),
    /// A number: one slope.
    Number(String, Vec<f64>),
}

/// Groups, an outcome, and what is held equal.
#[derive(Clone, Copy, Debug)]
pub struct AdjustedRequest<'a> {
    /// 0 and 1 for shares; NaN for missing.
    pub response: &'a [f64],
    pub is_share: bool,
    pub groups: &'a Codes,
    /// Position of the group that the others are compared with.
    pub reference: usize,
    pub controls: &'a [Control],
    pub mask: &'a [bool],
}

/// A group, were all people in it.
#[derive(Clone, Debug, PartialEq)]
pub struct AdjustedGroup {
    /// Mean prediction; absent where the group has no finite effect.
    pub prediction: Option<Predicted>,
    /// Less that of the reference.
    pub difference: Option<Predicted>,
    pub p_value: Option<f64>,
    /// Why the prediction is absent; or, where there is one, the difference. The reference has no difference from itself.
    pub reason: Option<NoEffect>,
}

/// Why a group has no adjusted share, or no difference from the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoEffect {
    /// Separation by the group.
    #[error("all in the group give the answer, so its effect is infinite")]
    All,
    /// The same.
    #[error("nobody in the group gives the answer, so its effect is infinite")]
    Nobody,
    /// Separation by the group and other columns together.
    #[error("group and other columns together separate the answers, so its effect is infinite")]
    Separated,
    /// No column of its own.
    #[error("no row of the group has all values, or other columns explain it")]
    NotTold,
    /// Rows in one sampling unit, or values that are all alike.
    #[error("{0}")]
    Variance(NotEstimable),
    /// The reference has no effect.
    #[error("the reference has no adjusted share")]
    Reference,
}

/// Groups after adjustment.
#[derive(Clone, Debug)]
pub struct AdjustedComparison {
    /// By group.
    pub groups: Vec<AdjustedGroup>,
    /// Rows with all values, over which predictions are averaged.
    pub n: usize,
    pub degf: f64,
    /// Columns left out because others explain them.
    pub collinear: Vec<String>,
    /// Groups, levels and columns that separate the answers, so that their effects are infinite.
    pub separated: Vec<String>,
}

/// The name of the groups among the terms.
pub(super) const GROUPS: &str = "group ";

/// Compares groups with other things held equal: predicts every row as if it were in each group in turn, and averages.
///
/// # Definition
/// A share: logit model of groups and controls; a mean: linear model; fitted under the design. m_g = Σ w μ(x with group g)/Σ w
/// over the rows with all values; m_g − m_reference is the average marginal effect. Covariance: of the coefficients and of the
/// sample of the controls ([`Glm::margins`](crate::model::Glm::margins)).
///
/// A group, or a level of a control, of which all or none give the answer has an infinite effect ([`Separation`]). Its rows say
/// nothing of the other effects and stay out of the fit. The group has no adjusted share; people of the level are predicted to give
/// the answer, or not, in every group. Which group is the reference makes no difference to the others.
///
/// A group whose rows lie in one sampling unit has no standard error, here as elsewhere: the residuals of a group add up to zero, so
/// that the sandwich has nothing of the only unit. It is not estimable, nor is a difference from it.
///
/// Limits of shares are made on the logit scale, logit m ± t·se/(m(1 − m)), and transformed back; those of differences end at ±1.
///
/// # Errors
/// What a model refuses: a response that is not 0 or 1 for shares, columns of one label, no rows with all values; columns of another
/// length than the design.
///
/// # References
/// Graubard and Korn (1999), "Predictive margins with survey data", Biometrics 55; Lumley (2010), *Complex Surveys*, chapter 5.
pub fn adjusted_groups(
    design: &SurveyDesign,
    request: &AdjustedRequest<'_>,
    level: f64,
) -> Result<AdjustedComparison, CompareError> {
    let n_rows = design.n_rows();
    same_length("the response", request.response.len(), n_rows)?;
    same_length("the groups", request.groups.len(), n_rows)?;
    same_length("the mask", request.mask.len(), n_rows)?;
    for control in request.controls {
        same_length("a control", control.len(), n_rows)?;
    }
    let people: Vec<bool> = (0..n_rows).map(|i| design.weights()[i] > 0.0 && request.is_complete(i)).collect();
    let separation = Separation::of(request.response, &request.factors(), &people);
    let terms = Terms::of(request, &separation);
    let separated_levels = separation.levels().map(|(factor, level)| request.level_name(factor, level));
    let mut separated: Vec<String> = separated_levels.collect();
    let n = people.iter().filter(|is_in| **is_in).count();
    if n > 0 && !separation.left().contains(&true) {
        let group = |g: usize| {
            let reason = request.no_effect(&separation, g).or(Some(NoEffect::NotTold));
            AdjustedGroup { prediction: None, difference: None, p_value: None, reason }
        };
        let groups = (0..request.groups.n_labels()).map(group).collect();
        let degf = design.degf(Some(&people));
        return Ok(AdjustedComparison { groups, n, degf, collinear: Vec::new(), separated });
    }
    let family = if request.is_share { Family::Binomial } else { Family::Gaussian };
    let predictors = terms.matrix(request, request.groups)?;
    let link = family.canonical_link();
    let regression = Regression { response: request.response, predictors: &predictors, family, link };
    let is_whole = separated.is_empty();
    let rows = if is_whole { request.mask } else { separation.left() };
    let model = glm(design, &regression, rows, &GlmOptions { level, ..GlmOptions::default() })?;
    let labels = request.groups.labels();
    let scenario = |group: u32| {
        let all = Codes::from_codes(vec![group; n_rows], labels.to_vec());
        Ok((labels[group as usize].clone(), terms.matrix(request, &all)?))
    };
    let scenarios = (0..labels.len() as u32).map(scenario).collect::<Result<Vec<_>, ModelError>>()?;
    let margins = match is_whole {
        true => model.margins(&scenarios)?,
        false => model.margins_over(&scenarios, &people, &|i| separation.settled(request.control_levels(i)))?,
    };
    let problems = problems(design, request.groups, &people)?;
    let exact = (!request.is_share && is_exact(&model, request.response)).then_some(NotEstimable::NoVariation);
    let own = |group: usize| {
        let name = format!("{GROUPS}{}", labels[group]);
        request.no_effect(&separation, group).or_else(|| {
            let is_among = |names: &[String]| group != terms.reference && names.contains(&name);
            is_among(&model.separated)
                .then_some(NoEffect::Separated)
                .or_else(|| is_among(&model.collinear).then_some(NoEffect::NotTold))
                .or_else(|| problems[group].or(exact).map(NoEffect::Variance))
        })
    };
    let law = StudentT::new(margins.degf).ok();
    let reference = request.reference;
    let of_reference = own(reference);
    let group = |group: usize| {
        let unit = |g: usize| (0..labels.len()).map(|k| f64::from(u8::from(k == g))).collect::<Vec<f64>>();
        let reason = own(group);
        let limited = |found: Predicted| match request.is_share {
            true => Predicted { interval: logit_limits(&found, margins.degf, level), ..found },
            false => found,
        };
        let prediction = reason.is_none().then(|| limited(margins.contrast(&unit(group))));
        let difference = (group != reference && reason.is_none() && of_reference.is_none()).then(|| {
            let mut coefficients = unit(group);
            coefficients[reference] = -1.0;
            let found = margins.contrast(&coefficients);
            let cut = |i: Interval| Interval { low: i.low.max(-1.0), high: i.high.min(1.0), ..i };
            Predicted { interval: found.interval.map(|i| if request.is_share { cut(i) } else { i }), ..found }
        });
        let t = difference.filter(|d| d.se > 0.0).map(|d| (d.value / d.se).abs());
        let p_value = t.zip(law).map(|(t, law)| law.two_sided_sf(t));
        let reason = reason.or_else(|| of_reference.map(|_| NoEffect::Reference));
        AdjustedGroup { prediction, difference, p_value, reason }
    };
    separated.extend(plain(&model.separated));
    // A level without rows is left out of the fit by name, one that separates is named already.
    let collinear = plain(&model.collinear).into_iter().filter(|name| !separated.contains(name)).collect();
    Ok(AdjustedComparison {
        groups: (0..labels.len()).map(group).collect(),
        n,
        degf: margins.degf,
        collinear,
        separated,
    })
}

/// Limits of a share on the logit scale, transformed back.
fn logit_limits(found: &Predicted, degf: f64, level: f64) -> Option<Interval> {
    let (n, kish_n_eff) = (f64::INFINITY, f64::INFINITY);
    let input = ProportionInput { p: found.value, variance: found.se * found.se, n, kish_n_eff, degf, level };
    proportion_interval(&input, CiMethod::Logit)
}

impl Control {
    fn len(&self) -> usize {
        match self {
            Control::Factor(_, codes) => codes.len(),
            Control::Number(_, values) => values.len(),
        }
    }

    pub(super) fn is_missing(&self, row: usize) -> bool {
        match self {
            Control::Factor(_, codes) => codes.codes()[row] == MISSING,
            Control::Number(_, values) => values[row].is_nan(),
        }
    }

    fn codes(&self) -> Option<&Codes> {
        match self {
            Control::Factor(_, codes) => Some(codes),
            Control::Number(..) => None,
        }
    }
}

impl AdjustedRequest<'_> {
    fn is_complete(&self, row: usize) -> bool {
        let is_known = self.groups.codes()[row] != MISSING && !self.response[row].is_nan();
        self.mask[row] && is_known && !self.controls.iter().any(|control| control.is_missing(row))
    }

    /// The groups and the controls with labels, in order; none for a mean, whose effects are always finite.
    fn factors(&self) -> Vec<&Codes> {
        let all = std::iter::once(self.groups).chain(self.controls.iter().filter_map(Control::codes));
        if self.is_share { all.collect() } else { Vec::new() }
    }

    /// The levels of a row in the controls, as positions among [`Self::factors`] and codes.
    fn control_levels(&self, row: usize) -> impl Iterator<Item = (usize, u32)> {
        self.controls.iter().filter_map(Control::codes).enumerate().map(move |(k, codes)| (k + 1, codes.codes()[row]))
    }

    fn level_name(&self, factor: usize, level: usize) -> String {
        if factor == 0 {
            return self.groups.labels()[level].clone();
        }
        let mut named = self.controls.iter().filter_map(|control| match control {
            Control::Factor(name, codes) => Some((name, codes)),
            Control::Number(..) => None,
        });
        named.nth(factor - 1).map_or_else(String::new, |(name, codes)| format!("{name} {}", codes.labels()[level]))
    }

    fn no_effect(&self, separation: &Separation, group: usize) -> Option<NoEffect> {
        separation.answer(0, group).map(|answer| if answer > 0.0 { NoEffect::All } else { NoEffect::Nobody })
    }
}

/// The level that each factor is measured from: the first that rows of the fit have, for groups the reference if they have it.
struct Terms {
    reference: usize,
    of_controls: Vec<usize>,
}

impl Terms {
    fn of(request: &AdjustedRequest<'_>, separation: &Separation) -> Self {
        let met_levels = |codes: &Codes| {
            let mut is_met = vec![false; codes.n_labels()];
            let rows = codes.codes().iter().zip(separation.left()).filter(|(_, left)| **left);
            rows.for_each(|(code, _)| is_met[*code as usize] = true);
            is_met
        };
        let met = met_levels(request.groups);
        let position = |met: &[bool]| met.iter().position(|is_met| *is_met).unwrap_or(0);
        let is_usable = met.get(request.reference).copied().unwrap_or(true);
        let reference = if is_usable { request.reference } else { position(&met) };
        let of_controls = request
            .controls
            .iter()
            .map(|control| control.codes().map_or(0, |codes| position(&met_levels(codes))))
            .collect();
        Self { reference, of_controls }
    }

    fn matrix(&self, request: &AdjustedRequest<'_>, groups: &Codes) -> Result<ModelMatrix, ModelError> {
        let level = |codes: &Codes, level: usize| codes.labels().get(level).cloned();
        let mut predictors = ModelMatrix::with_intercept(groups.len());
        predictors.factor(GROUPS, groups, level(groups, self.reference).as_deref())?;
        for (control, reference) in request.controls.iter().zip(&self.of_controls) {
            match control {
                Control::Factor(name, codes) => {
                    predictors.factor(&format!("{name} "), codes, level(codes, *reference).as_deref())?;
                }
                Control::Number(name, values) => predictors.number(name, values)?,
            }
        }
        Ok(predictors)
    }
}

fn plain(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.trim_start_matches(GROUPS).to_string()).collect()
}
