//! Groups after other things are held equal: averages of predictions of a regression model.

use super::error::CompareError;
use crate::design::{Codes, SurveyDesign};
use crate::model::{Family, Glm, GlmOptions, ModelError, ModelMatrix, Predicted, Regression, glm};
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
    /// Mean prediction; absent where the group has no finite effect (all or nobody in it gave the answer).
    pub prediction: Option<Predicted>,
    /// Less that of the reference.
    pub difference: Option<Predicted>,
    pub p_value: Option<f64>,
}

/// Groups after adjustment.
#[derive(Clone, Debug)]
pub struct AdjustedComparison {
    /// By group.
    pub groups: Vec<AdjustedGroup>,
    /// Rows of the fit: those with all values.
    pub n: usize,
    pub degf: f64,
    /// Columns left out because others explain them.
    pub collinear: Vec<String>,
    /// Columns that separate the answers, so that their effects are infinite.
    pub separated: Vec<String>,
}

/// The name of the groups among the terms.
pub(super) const GROUPS: &str = "group ";

/// Compares groups with other things held equal: predicts every row as if it were in each group in turn, and averages.
///
/// # Definition
/// A share: logit model of groups and controls; a mean: linear model; fitted under the design. m_g = Σ w μ(x with group g)/Σ w
/// over the rows of the fit; m_g − m_reference is the average marginal effect. Covariance: of the coefficients and of the sample
/// of the controls ([`Glm::margins`]).
///
/// # Errors
/// What a model refuses: a response that is not 0 or 1 for shares, columns of one label, no rows with all values.
///
/// # References
/// Graubard and Korn (1999), "Predictive margins with survey data", Biometrics 55; Lumley (2010), *Complex Surveys*, chapter 5.
pub fn adjusted_groups(
    design: &SurveyDesign,
    request: &AdjustedRequest<'_>,
    level: f64,
) -> Result<AdjustedComparison, CompareError> {
    let AdjustedRequest { response, is_share, groups, reference, controls, mask } = *request;
    let family = if is_share { Family::Binomial } else { Family::Gaussian };
    let predictors = matrix(groups, reference, controls)?;
    let regression = Regression { response, predictors: &predictors, family, link: family.canonical_link() };
    let model = glm(design, &regression, mask, &GlmOptions { level, ..GlmOptions::default() })?;
    let scenario = |group: u32| {
        let all = Codes::from_codes(vec![group; groups.len()], groups.labels().to_vec());
        Ok((groups.labels()[group as usize].clone(), matrix(&all, reference, controls)?))
    };
    let scenarios = (0..groups.n_labels() as u32).map(scenario).collect::<Result<Vec<_>, ModelError>>()?;
    let margins = model.margins(&scenarios)?;
    let law = StudentT::new(margins.degf).ok();
    let has_effect = |group: usize| group == reference || !is_infinite(&model, groups, group);
    let group = |group: usize| {
        let unit = |g: usize| (0..groups.n_labels()).map(|k| f64::from(u8::from(k == g))).collect::<Vec<f64>>();
        let prediction = has_effect(group).then(|| margins.contrast(&unit(group)));
        let difference = (group != reference && has_effect(group)).then(|| {
            let mut coefficients = unit(group);
            coefficients[reference] = -1.0;
            margins.contrast(&coefficients)
        });
        let t = difference.filter(|d| d.se > 0.0).map(|d| (d.value / d.se).abs());
        AdjustedGroup { prediction, difference, p_value: t.zip(law).map(|(t, law)| law.two_sided_sf(t)) }
    };
    Ok(AdjustedComparison {
        groups: (0..groups.n_labels()).map(group).collect(),
        n: model.n,
        degf: margins.degf,
        collinear: plain(&model.collinear),
        separated: plain(&model.separated),
    })
}

fn matrix(groups: &Codes, reference: usize, controls: &[Control]) -> Result<ModelMatrix, ModelError> {
    let mut predictors = ModelMatrix::with_intercept(groups.len());
    predictors.factor(GROUPS, groups, groups.labels().get(reference).map(String::as_str))?;
    add_controls(&mut predictors, controls)?;
    Ok(predictors)
}

/// Adds a term for each thing that is held equal.
pub(super) fn add_controls(predictors: &mut ModelMatrix, controls: &[Control]) -> Result<(), ModelError> {
    controls.iter().try_for_each(|control| match control {
        Control::Factor(name, codes) => predictors.factor(&format!("{name} "), codes, None),
        Control::Number(name, values) => predictors.number(name, values),
    })
}

/// Whether the effect of a group has no finite value, or none of its own.
fn is_infinite(model: &Glm, groups: &Codes, group: usize) -> bool {
    let name = format!("{GROUPS}{}", groups.labels()[group]);
    model.separated.contains(&name) || model.collinear.contains(&name)
}

fn plain(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.trim_start_matches(GROUPS).to_string()).collect()
}
