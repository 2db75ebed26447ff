//! Contrasts: expressions over the results of a request.

use super::groups::Groups;
use super::request::Request;
use super::run::{Engine, Row};
use crate::cli::data::columns::unusable;
use crate::error::Result;
use crate::estimate::{Estimates, Expression, Options, Reference};

/// A contrast by its name.
pub struct Contrast {
    /// The name, or the expression itself.
    pub name: String,
    expression: Expression,
}

/// Results that contrasts may name.
const STATISTICS: [&str; 5] = ["mean", "total", "ratio", "proportion", "count"];

impl Contrast {
    /// Reads `name = expression`, or an expression alone.
    ///
    /// # Errors
    ///
    /// `E41` for what is no expression.
    pub fn read(text: &str) -> Result<Self> {
        let (name, written) = match text.split_once('=') {
            Some((name, written)) if !name.contains(['(', '[']) => (name.trim(), written.trim()),
            _ => (text.trim(), text.trim()),
        };
        let expression = Expression::parse(written).map_err(|error| {
            let hint = "write, for example, `gap = mean(x)[north] - mean(x)[south]`; docs/estimate.md has the language";
            unusable("E41", "--contrast", format!("`{written}`: {error}"), hint)
        })?;
        Ok(Self { name: name.to_owned(), expression })
    }
}

/// The estimates of a statistic of a variable, group by group.
struct Family {
    statistic: String,
    variable: String,
    found: Estimates,
    /// The answers of each group; none for numbers.
    answers: Vec<String>,
}

/// Estimates the contrasts of a request from what it estimates.
///
/// # Errors
///
/// `E41` for results, answers or groups that the request does not have; what the engine may fail with.
pub fn rows(request: &Request<'_>, engine: &impl Engine, groups: &Groups, options: &Options) -> Result<Vec<Row>> {
    let mut families: Vec<Family> = Vec::new();
    let mut rows = Vec::new();
    for contrast in &request.contrasts {
        let references = contrast.expression.references();
        let mut places = Vec::with_capacity(references.len());
        for reference in references {
            let is_it = |own: &Family| own.statistic == reference.statistic && own.variable == reference.variable;
            let family = match families.iter().position(is_it) {
                Some(family) => family,
                None => {
                    families.push(family(request, engine, reference, groups, options)?);
                    families.len() - 1
                }
            };
            places.push((family, families[family].answer(reference)?));
        }
        let n_grouped = references.iter().filter(|reference| !reference.group.is_empty()).count();
        if n_grouped > 0 && n_grouped < references.len() {
            let message = format!("`{}` names the group of some results and not of others", contrast.name);
            let hint =
                "name the group of all, such as `mean(x)[north]`, or of none: then there is one contrast a group";
            return Err(unusable("E41", "--contrast", message, hint));
        }
        let every: Vec<Option<usize>> = match n_grouped {
            0 => (0..groups.labels.len()).map(Some).collect(),
            _ => vec![None],
        };
        for group in every {
            let mut terms = Vec::with_capacity(places.len());
            for (&(family, answer), reference) in places.iter().zip(references) {
                let family = &families[family];
                let group = group.map_or_else(|| group_of(reference, groups), Ok)?;
                terms.push((&family.found, group * family.answers.len().max(1) + answer));
            }
            let value = |(found, at): &(&Estimates, usize)| found.get(*at).and_then(|e| e.value).unwrap_or(f64::NAN);
            let value = contrast.expression.evaluate(&terms.iter().map(value).collect::<Vec<f64>>());
            let with_slopes: Vec<_> =
                terms.iter().zip(&value.gradient).map(|((found, at), slope)| (*found, *at, *slope)).collect();
            let estimate = Estimates::joint_contrast(value.value, &with_slopes)
                .map_err(|error| super::stream::request_error(&error))?;
            let by = match group {
                Some(group) => groups.labels[group].clone(),
                None => vec![String::new(); groups.variables.len()],
            };
            let ci_method = estimate.ci_method.map_or_else(String::new, |method| method.name().to_owned());
            let (variable, answer) = (contrast.name.clone(), String::new());
            rows.push(Row { statistic: "contrast", variable, answer, by, estimate, ci_method });
        }
    }
    Ok(rows)
}

/// Estimates what a reference names, for all groups and answers.
fn family(
    request: &Request<'_>,
    engine: &impl Engine,
    reference: &Reference,
    groups: &Groups,
    options: &Options,
) -> Result<Family> {
    let (what, variable) = (request.what, reference.variable.as_str());
    let at = |names: &[String]| names.iter().position(|name| name == variable);
    let of_ratio = || request.ratios.iter().position(|(a, b)| format!("{a}/{b}") == variable);
    let found = match reference.statistic.as_str() {
        "mean" => at(&what.mean).map(|which| engine.means(request, &[which], options)),
        "total" => at(&what.total).map(|which| engine.totals(request, &[which], options)),
        "ratio" => of_ratio().map(|which| engine.ratio(request, which, options)),
        "proportion" => at(&what.proportion).map(|which| engine.proportions(which, options)),
        "count" => at(&what.count).map(|which| engine.counts(which, options)),
        other => {
            let message = format!("contrasts know no `{other}`");
            let hint = format!("they take {}", STATISTICS.join(", "));
            return Err(unusable("E41", "--contrast", message, &hint));
        }
    };
    let Some(found) = found.transpose()? else {
        let message = format!("the request has no {} of `{variable}`", reference.statistic);
        let hint = format!("ask for it, too: `--{} {variable}`", reference.statistic);
        return Err(unusable("E41", "--contrast", message, &hint));
    };
    let has_answers = matches!(reference.statistic.as_str(), "proportion" | "count");
    let n_answers = if has_answers { found.len() / groups.labels.len().max(1) } else { 0 };
    let answers = (0..n_answers).map(|answer| found.name(answer).to_owned()).collect();
    Ok(Family { statistic: reference.statistic.clone(), variable: variable.to_owned(), found, answers })
}

impl Family {
    /// The position of the answer that a reference names.
    fn answer(&self, reference: &Reference) -> Result<usize> {
        let (statistic, variable) = (&self.statistic, &self.variable);
        match &reference.answer {
            None if self.answers.is_empty() => Ok(0),
            None => {
                let message = format!("`{statistic}({variable})` does not say which answer");
                let hint =
                    format!("write one of {}", listed(&self.answers, |a| format!("`{statistic}({variable}, {a})`")));
                Err(unusable("E41", "--contrast", message, &hint))
            }
            Some(answer) => self.answers.iter().position(|own| own == answer).ok_or_else(|| {
                let message = format!("`{variable}` has no answer `{answer}`");
                let hint = match self.answers.is_empty() {
                    true => format!("a {statistic} has no answers: write `{statistic}({variable})`"),
                    false => format!("its answers are {}", listed(&self.answers, |a| format!("`{a}`"))),
                };
                unusable("E41", "--contrast", message, &hint)
            }),
        }
    }
}

/// The position of the group that a reference names.
fn group_of(reference: &Reference, groups: &Groups) -> Result<usize> {
    groups.labels.iter().position(|labels| *labels == reference.group).ok_or_else(|| {
        let message = format!("there is no group `[{}]`", reference.group.join(", "));
        let hint = match groups.variables.is_empty() {
            true => "name the columns that make the groups: `--by region`".to_owned(),
            false => {
                format!("the groups are {}", listed(&groups.labels, |labels| format!("`[{}]`", labels.join(", "))))
            }
        };
        unusable("E41", "--contrast", message, &hint)
    })
}

/// Names in a hint.
const LISTED: usize = 12;

fn listed<T>(items: &[T], shown: impl Fn(&T) -> String) -> String {
    let mut text: Vec<String> = items.iter().take(LISTED).map(shown).collect();
    if items.len() > LISTED {
        text.push(format!("and {} more", items.len() - LISTED));
    }
    text.join(", ")
}
