//! Estimates from columns in memory.

use super::args::MissingName;
use super::groups::{Groups, groups};
use super::request::Request;
use super::run::{Engine, Quantiles, Row, row};
use super::stream::request_error;
use crate::cli::data::columns::DataFile;
use crate::cli::data::filter;
use crate::design::{Codes, Domains, MISSING, SurveyDesign};
use crate::error::Result;
use crate::estimate::{
    Estimate, EstimateError, Estimates, MissingOutcome, NotEstimable, Options, Variable, covariances, means,
    proportions, quantiles, ratios, totals,
};

/// The columns that a request needs, read together so that their problems are reported together.
pub struct Columns {
    means: Vec<Vec<f64>>,
    totals: Vec<Vec<f64>>,
    ratios: Vec<(Vec<f64>, Vec<f64>)>,
    proportions: Vec<Codes>,
    counts: Vec<Codes>,
    cdf: Vec<Vec<f64>>,
    variances: Vec<Vec<f64>>,
    sds: Vec<Vec<f64>>,
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
    let (means, totals, cdf) = (numbers(&what.mean), numbers(&what.total), numbers(&what.cdf));
    let (variances, sds, quantiles) = (numbers(&what.variance), numbers(&what.sd), numbers(&what.quantile));
    let ratios = request.ratios.iter().map(|(a, b)| (reading.numbers(a), reading.numbers(b))).collect();
    let proportions = what.proportion.iter().map(|name| reading.answers(name)).collect();
    let counts = what.count.iter().map(|name| reading.answers(name)).collect();
    let (groups, domains) = groups(&what.by, mask.as_deref(), &mut reading);
    reading.finish()?;
    Ok(Columns { means, totals, ratios, proportions, counts, cdf, variances, sds, quantiles, domains, groups })
}

/// The two sides of a value: above it, and at or below it.
pub const SIDES: [&str; 2] = ["above", "at or below"];

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

    fn counts(&self, which: usize, options: &Options) -> Result<Estimates> {
        let codes = &self.columns.counts[which];
        let labels = codes.labels().iter().zip(0..);
        let variables: Vec<Variable<'_>> =
            labels.map(|(label, code)| Variable::indicator(label.as_str(), codes, code)).collect();
        totals(self.design, &variables, &self.columns.domains, options).map_err(|error| request_error(&error))
    }

    fn cdf(&self, which: usize, bound: f64, options: &Options) -> Result<Estimates> {
        let code = |value: &f64| if value.is_nan() { MISSING } else { u32::from(*value <= bound) };
        let codes = self.columns.cdf[which].iter().map(code).collect();
        let outcome = Codes::from_codes(codes, SIDES.map(str::to_owned).to_vec());
        proportions(self.design, &outcome, &self.columns.domains, options).map_err(|error| request_error(&error))
    }

    fn quantiles(&self, request: &Request<'_>, which: usize, options: &Options) -> Result<Quantiles> {
        let (what, values) = (request.what, &self.columns.quantiles[which]);
        let variable = Variable::new(&*what.quantile[which], values);
        let given = request.quantile_options(options.degf);
        let estimates = quantiles(self.design, &variable, &what.probs, &self.columns.domains, &given)
            .map_err(|error| request_error(&error))?;
        Ok(Quantiles { estimates, is_refused: self.with_missing(values, what.missing) })
    }

    fn add_spreads(&self, request: &Request<'_>, options: &Options, rows: &mut Vec<Row>) -> Result<()> {
        let what = request.what;
        let of = |statistic, names, columns| Spreads { statistic, names, columns };
        let asked = [of("variance", &what.variance, &self.columns.variances), of("sd", &what.sd, &self.columns.sds)];
        for Spreads { statistic, names, columns } in asked {
            for (name, values) in names.iter().zip(columns) {
                let has_missing = self.with_missing(values, what.missing);
                for (domain, is_refused) in has_missing.into_iter().enumerate() {
                    let mask: Vec<bool> =
                        self.columns.domains.code_of_row().iter().map(|code| *code as usize == domain).collect();
                    let estimate = spread(self.design, values, &mask, statistic == "sd", is_refused, options)
                        .map_err(|error| request_error(&error))?;
                    rows.push(row(statistic, name, String::new(), &self.columns.groups, domain, estimate));
                }
            }
        }
        Ok(())
    }
}

fn variables<'a>(names: &'a [String], columns: &'a [Vec<f64>], which: &[usize]) -> Vec<Variable<'a>> {
    which.iter().map(|at| Variable::new(&*names[*at], &columns[*at])).collect()
}

impl HeldEngine<'_> {
    /// The groups in which a row that counts has no value, where nothing was declared for that.
    fn with_missing(&self, values: &[f64], missing: MissingName) -> Vec<bool> {
        let mut found = vec![false; self.columns.domains.len()];
        if missing == MissingName::Refuse {
            let codes = self.columns.domains.code_of_row().iter().enumerate();
            for (row, code) in codes.filter(|(_, code)| **code != MISSING) {
                found[*code as usize] |= values[row].is_nan() && self.design.weights()[row] != 0.0;
            }
        }
        found
    }
}

/// Columns of which a spread is asked for.
struct Spreads<'a> {
    statistic: &'static str,
    names: &'a [String],
    columns: &'a [Vec<f64>],
}

/// The variance of a variable in some rows, or its root with the error of the delta method.
fn spread(
    design: &SurveyDesign,
    values: &[f64],
    mask: &[bool],
    is_root: bool,
    is_refused: bool,
    options: &Options,
) -> Result<Estimate, EstimateError> {
    // Where missing values are refused, the base is counted without them and the numbers are taken away.
    let options = Options { missing: MissingOutcome::Exclude, ..options.clone() };
    let found = covariances(design, &[Variable::new("variance", values)], mask, &options)?;
    let variance = found.get(0).and_then(|estimate| estimate.value);
    let mut estimate = match variance.filter(|variance| is_root && *variance > 0.0) {
        Some(variance) => found.smooth_contrast(variance.sqrt(), &[(0, 0.5 / variance.sqrt())])?,
        None => found.get(0).cloned().ok_or(EstimateError::NoVariable)?,
    };
    if is_refused {
        estimate.reason = Some(NotEstimable::MissingValues);
        (estimate.value, estimate.se, estimate.ci_low, estimate.ci_high) = (None, None, None, None);
        estimate.ci_method = None;
    }
    Ok(estimate)
}
