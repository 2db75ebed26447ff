//! Estimates from columns in memory.

use super::args::MissingName;
use super::groups::{Groups, groups};
use super::request::Request;
use super::run::{Engine, Row, row};
use super::stream::request_error;
use crate::cli::data::columns::DataFile;
use crate::cli::data::filter;
use crate::design::{Base, Codes, Domains, MISSING, SurveyDesign};
use crate::error::Result;
use crate::estimate::{
    Estimate, Estimates, NotEstimable, Options, QuantileOptions, Variable, means, proportions, quantiles, ratios,
    totals,
};

/// The columns that a request needs, read together so that their problems are reported together.
pub struct Columns {
    means: Vec<Vec<f64>>,
    totals: Vec<Vec<f64>>,
    ratios: Vec<(Vec<f64>, Vec<f64>)>,
    proportions: Vec<Codes>,
    quantiles: Vec<Vec<f64>>,
    domains: Domains,
    /// The groups.
    pub groups: Groups,
}

/// Reads what the request needs.
///
/// # Errors
///
/// Unknown columns, values that are no numbers, a condition that cannot be understood.
pub fn read(request: &Request<'_>, file: &DataFile) -> Result<Columns> {
    let what = request.what;
    let mask = what.condition.as_deref().map(|condition| filter::mask(condition, file)).transpose()?;
    let mut reading = file.reading();
    let mut numbers = |names: &[String]| names.iter().map(|name| reading.numbers(name)).collect::<Vec<_>>();
    let (means, totals, quantiles) = (numbers(&what.mean), numbers(&what.total), numbers(&what.quantile));
    let ratios = request.ratios.iter().map(|(a, b)| (reading.numbers(a), reading.numbers(b))).collect();
    let proportions = what.proportion.iter().map(|name| reading.answers(name)).collect();
    let (groups, domains) = groups(&what.by, mask.as_deref(), &mut reading);
    reading.finish()?;
    Ok(Columns { means, totals, ratios, proportions, quantiles, domains, groups })
}

/// Answers from columns in memory.
pub struct HeldEngine<'a> {
    /// The design.
    pub design: &'a SurveyDesign,
    /// The columns.
    pub columns: &'a Columns,
}

impl Engine for HeldEngine<'_> {
    fn means(&self, request: &Request<'_>, which: &[usize], options: &Options) -> Result<Estimates> {
        let variables = variables(&request.what.mean, &self.columns.means, which);
        means(self.design, &variables, &self.columns.domains, options).map_err(|error| request_error(&error))
    }

    fn totals(&self, request: &Request<'_>, which: &[usize], options: &Options) -> Result<Estimates> {
        let variables = variables(&request.what.total, &self.columns.totals, which);
        totals(self.design, &variables, &self.columns.domains, options).map_err(|error| request_error(&error))
    }

    fn ratio(&self, request: &Request<'_>, which: usize, options: &Options) -> Result<Estimates> {
        let ((a, b), (above, below)) = (request.ratios[which], &self.columns.ratios[which]);
        let pair = (Variable::new(a, above), Variable::new(b, below));
        ratios(self.design, &[pair], &self.columns.domains, options).map_err(|error| request_error(&error))
    }

    fn proportions(&self, which: usize, options: &Options) -> Result<Estimates> {
        let outcome = &self.columns.proportions[which];
        proportions(self.design, outcome, &self.columns.domains, options).map_err(|error| request_error(&error))
    }
}

fn variables<'a>(names: &'a [String], columns: &'a [Vec<f64>], which: &[usize]) -> Vec<Variable<'a>> {
    which.iter().map(|at| Variable::new(&*names[*at], &columns[*at])).collect()
}

impl HeldEngine<'_> {
    /// Adds the quantiles of the request.
    ///
    /// # Errors
    ///
    /// `E41` for a request that cannot be run.
    pub fn add_quantiles(&self, request: &Request<'_>, options: &Options, rows: &mut Vec<Row>) -> Result<()> {
        for (name, values) in request.what.quantile.iter().zip(&self.columns.quantiles) {
            self.add_quantile(name, values, request, options, rows)?;
        }
        Ok(())
    }

    fn add_quantile(
        &self,
        name: &str,
        values: &[f64],
        request: &Request<'_>,
        given: &Options,
        rows: &mut Vec<Row>,
    ) -> Result<()> {
        let (domains, what) = (&self.columns.domains, request.what);
        let options = QuantileOptions {
            rule: request.quantile_rule,
            interval: request.quantile_ci.into(),
            level: given.level,
            degf: given.degf,
        };
        let variable = Variable::new(name, values);
        let found = quantiles(self.design, &variable, &what.probs, domains, &options);
        let found = found.map_err(|error| request_error(&error))?;
        let in_base =
            |row: usize, code: u32| code != MISSING && self.design.weights()[row] != 0.0 && !(values[row].is_nan());
        let code_of_row: Vec<u32> = domains.code_of_row().to_vec();
        let answered =
            code_of_row.iter().enumerate().map(|(row, code)| if in_base(row, *code) { *code } else { MISSING });
        let answered: Vec<u32> = answered.collect();
        let bases = Base::of_partition(self.design, &answered, domains.len(), given.degf.known());
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
                level: given.level,
                ci_method: None,
                degf: quantile.degf,
                deff: None,
                deff_reference: given.deff,
                n: base.n,
                n_eff: None,
                sum_w: base.sum_w,
                n_psus: base.n_psus,
                reason: if is_refused { Some(NotEstimable::MissingValues) } else { quantile.reason },
            };
            let mut found = row("quantile", name, quantile.p.to_string(), &self.columns.groups, domain, estimate);
            if found.estimate.ci_low.is_some() || found.estimate.ci_high.is_some() {
                found.ci_method = request.quantile_ci.label().to_owned();
            }
            rows.push(found);
        }
        Ok(())
    }
}
