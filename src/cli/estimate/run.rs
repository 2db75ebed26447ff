//! From a request to results.

use super::groups::{Groups, groups};
use super::request::Request;
use crate::cli::data::columns::DataFile;
use crate::cli::data::filter;
use crate::cli::data::wording::diagnostic;
use crate::design::{Base, Codes, MISSING, SurveyDesign};
use crate::error::{Error, Result};
use crate::estimate::{
    DegfRule, Estimate, EstimateError, Estimates, MissingOutcome, NotEstimable, Options, QuantileOptions, Variable,
    means, proportions, quantiles, ratios, totals,
};

use super::args::{DegfName, MissingName};

/// One result.
pub struct Row {
    /// `mean`, `total`, `ratio`, `proportion` or `quantile`.
    pub statistic: &'static str,
    /// The column.
    pub variable: String,
    /// The answer of a proportion, the share of a quantile.
    pub answer: String,
    /// The labels of the group.
    pub by: Vec<String>,
    /// The numbers.
    pub estimate: Estimate,
    /// How the limits were made.
    pub ci_method: String,
}

/// All results, and what is said about them.
pub struct Report {
    /// The file.
    pub file: String,
    /// The columns of `--by`.
    pub by: Vec<String>,
    /// The results.
    pub rows: Vec<Row>,
    /// Design, weights, base and method, each with its name.
    pub notes: Vec<(&'static str, String)>,
}

/// The columns that a request needs, read together so that their problems are reported together.
struct Columns {
    means: Vec<Vec<f64>>,
    totals: Vec<Vec<f64>>,
    ratios: Vec<(Vec<f64>, Vec<f64>)>,
    proportions: Vec<Codes>,
    quantiles: Vec<Vec<f64>>,
    groups: Groups,
}

/// Reads what the request needs and estimates it.
///
/// # Errors
///
/// Unknown columns, values that are no numbers, a condition that cannot be understood.
pub fn run(
    request: &Request<'_>,
    file: &DataFile,
    design: &SurveyDesign,
    weights: &str,
    is_lonely_chosen: bool,
) -> Result<Report> {
    let what = request.what;
    let mask = what.condition.as_deref().map(|condition| filter::mask(condition, file)).transpose()?;
    let columns = read(request, file, mask.as_deref())?;
    let degf = match what.degf {
        DegfName::Domain => DegfRule::Domain,
        DegfName::Design => DegfRule::Fixed(design.degf(None)),
        DegfName::Inf => DegfRule::Fixed(f64::INFINITY),
    };
    let work = Work { request, design, columns: &columns, options: request.options(degf) };
    let rows = work.rows().map_err(|error| Error::unusable(diagnostic("E41", file.name(), &error.to_string())))?;
    let notes = super::base::notes(request, design, &columns.groups, weights, is_lonely_chosen);
    Ok(Report { file: file.name().to_owned(), by: columns.groups.variables.clone(), rows, notes })
}

fn read(request: &Request<'_>, file: &DataFile, mask: Option<&[bool]>) -> Result<Columns> {
    let mut reading = file.reading();
    let mut numbers = |names: &[String]| names.iter().map(|name| reading.numbers(name)).collect::<Vec<_>>();
    let (means, totals, quantiles) =
        (numbers(&request.what.mean), numbers(&request.what.total), numbers(&request.what.quantile));
    let columns = Columns {
        means,
        totals,
        quantiles,
        ratios: request.ratios.iter().map(|(a, b)| (reading.numbers(a), reading.numbers(b))).collect(),
        proportions: request.what.proportion.iter().map(|name| reading.answers(name)).collect(),
        groups: groups(&request.what.by, mask, &mut reading),
    };
    reading.finish()?;
    Ok(columns)
}

struct Work<'a> {
    request: &'a Request<'a>,
    design: &'a SurveyDesign,
    columns: &'a Columns,
    options: Options,
}

impl Work<'_> {
    fn rows(&self) -> Result<Vec<Row>, EstimateError> {
        let (what, domains, options) = (self.request.what, &self.columns.groups.domains, &self.options);
        let mut rows = Vec::new();
        if domains.is_empty() {
            return Ok(rows);
        }
        for block in self.blocks(&what.mean, &self.columns.means) {
            self.add("mean", &means(self.design, &block, domains, options)?, &mut rows);
        }
        for block in self.blocks(&what.total, &self.columns.totals) {
            self.add("total", &totals(self.design, &block, domains, options)?, &mut rows);
        }
        for ((a, b), (above, below)) in self.request.ratios.iter().zip(&self.columns.ratios) {
            let pair = (Variable::new(*a, above), Variable::new(*b, below));
            self.add("ratio", &ratios(self.design, &[pair], domains, options)?, &mut rows);
        }
        for (name, codes) in what.proportion.iter().zip(&self.columns.proportions) {
            let found = proportions(self.design, codes, domains, options)?;
            self.add_answers(name, codes.n_labels(), &found, &mut rows);
        }
        for (name, values) in what.quantile.iter().zip(&self.columns.quantiles) {
            self.add_quantiles(name, values, &mut rows)?;
        }
        Ok(rows)
    }

    /// Variables that share one pass. Where rows without a value are left out, each variable has its own base, as if it
    /// had been asked for alone.
    fn blocks<'b>(&self, names: &'b [String], columns: &'b [Vec<f64>]) -> Vec<Vec<Variable<'b>>> {
        let variables = names.iter().zip(columns).map(|(name, values)| Variable::new(name, values));
        let is_complete = || columns.iter().flatten().all(|value| !value.is_nan());
        if names.is_empty() {
            Vec::new()
        } else if self.options.missing != MissingOutcome::Exclude || is_complete() {
            vec![variables.collect()]
        } else {
            variables.map(|variable| vec![variable]).collect()
        }
    }

    /// Adds the estimates of several variables, variable by variable.
    fn add(&self, statistic: &'static str, found: &Estimates, rows: &mut Vec<Row>) {
        let n_domains = self.columns.groups.domains.len();
        let n_variables = found.len() / n_domains;
        for variable in 0..n_variables {
            for domain in 0..n_domains {
                let index = domain * n_variables + variable;
                if let Some(estimate) = found.get(index) {
                    let row = self.row(statistic, found.name(index), String::new(), domain, estimate.clone());
                    rows.push(row);
                }
            }
        }
    }

    fn add_answers(&self, variable: &str, n_answers: usize, found: &Estimates, rows: &mut Vec<Row>) {
        for (index, estimate) in found.iter().enumerate() {
            let answer = found.name(index).to_owned();
            rows.push(self.row("proportion", variable, answer, index / n_answers, estimate.clone()));
        }
    }

    fn add_quantiles(&self, name: &str, values: &[f64], rows: &mut Vec<Row>) -> Result<(), EstimateError> {
        let (domains, what) = (&self.columns.groups.domains, self.request.what);
        let options = QuantileOptions {
            rule: self.request.quantile_rule,
            interval: self.request.quantile_ci.into(),
            level: self.options.level,
            degf: self.options.degf,
        };
        let variable = Variable::new(name, values);
        let found = quantiles(self.design, &variable, &what.probs, domains, &options)?;
        let in_base =
            |row: usize, code: u32| code != MISSING && self.design.weights()[row] != 0.0 && !(values[row].is_nan());
        let code_of_row: Vec<u32> = domains.code_of_row().to_vec();
        let answered =
            code_of_row.iter().enumerate().map(|(row, code)| if in_base(row, *code) { *code } else { MISSING });
        let answered: Vec<u32> = answered.collect();
        let bases = Base::of_partition(self.design, &answered, domains.len(), self.options.degf.known());
        let mut has_missing = vec![false; domains.len()];
        if what.missing == MissingName::Refuse {
            for (row, code) in code_of_row.iter().enumerate().filter(|(_, code)| **code != MISSING) {
                has_missing[*code as usize] |= values[row].is_nan() && self.design.weights()[row] != 0.0;
            }
        }
        for (index, quantile) in found.into_iter().enumerate() {
            let domain = index / what.probs.len();
            let base = &bases[domain];
            let is_refused = has_missing[domain];
            let kept = |value: Option<f64>| value.filter(|_| !is_refused);
            let estimate = Estimate {
                value: kept(quantile.value),
                se: kept(quantile.se),
                ci_low: kept(quantile.ci_low),
                ci_high: kept(quantile.ci_high),
                level: self.options.level,
                ci_method: None,
                degf: quantile.degf,
                deff: None,
                deff_reference: self.options.deff,
                n: base.n,
                n_eff: None,
                sum_w: base.sum_w,
                n_psus: base.n_psus,
                reason: if is_refused { Some(NotEstimable::MissingValues) } else { quantile.reason },
            };
            rows.push(self.row("quantile", name, quantile.p.to_string(), domain, estimate));
        }
        Ok(())
    }

    fn row(&self, statistic: &'static str, variable: &str, answer: String, domain: usize, estimate: Estimate) -> Row {
        let has_limits = estimate.ci_low.is_some() || estimate.ci_high.is_some();
        let ci_method = match (statistic, estimate.ci_method) {
            ("quantile", _) if has_limits => self.request.quantile_ci.label().to_owned(),
            (_, method) => method.map_or_else(String::new, |method| method.name().to_owned()),
        };
        let by = self.columns.groups.labels.get(domain).cloned().unwrap_or_default();
        Row { statistic, variable: variable.to_owned(), answer, by, estimate, ci_method }
    }
}
