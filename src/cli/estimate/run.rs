//! From a request to results.

use super::args::{DegfName, ShowName};
use super::base::Sample;
use super::groups::Groups;
use super::request::Request;
use super::{contrast, held, stream};
use crate::cli::data::columns::DataFile;
use crate::cli::data::design::DesignFile;
use crate::cli::survey::{self, Survey};
use crate::cli::terminal::Terminal;
use crate::error::Result;
use crate::estimate::{DegfRule, Estimate, Estimates, MissingOutcome, NotEstimable, Options, QuantileEstimate};

/// One result.
pub struct Row {
    /// `mean`, `total`, `ratio`, `proportion`, `count`, `cdf`, `variance`, `sd`, `quantile` or `contrast`.
    pub statistic: &'static str,
    /// The column.
    pub variable: String,
    /// The answer of a proportion or count, the value of a cdf, the share of a quantile.
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
    /// Columns that were asked for.
    pub shown: Vec<ShowName>,
    /// Design, weights, base and method, each with its name.
    pub notes: Vec<(&'static str, String)>,
}

/// Where the numbers of a request come from: columns in memory, or rows that are read in groups.
pub trait Engine {
    /// Means of some of the columns that the request names.
    fn means(&self, request: &Request<'_>, which: &[usize], options: &Options) -> Result<Estimates>;
    /// Totals of some of them.
    fn totals(&self, request: &Request<'_>, which: &[usize], options: &Options) -> Result<Estimates>;
    /// One of the ratios.
    fn ratio(&self, request: &Request<'_>, which: usize, options: &Options) -> Result<Estimates>;
    /// The shares of one of the columns of labels.
    fn proportions(&self, which: usize, options: &Options) -> Result<Estimates>;
    /// The totals of its answers, for one of the columns of labels that are counted.
    fn counts(&self, which: usize, options: &Options) -> Result<Estimates>;
    /// The shares of values above a bound, and at or below it, for one of the columns of numbers.
    fn cdf(&self, which: usize, bound: f64, options: &Options) -> Result<Estimates>;
    /// The quantiles of one of the columns of numbers.
    fn quantiles(&self, request: &Request<'_>, which: usize, options: &Options) -> Result<Quantiles>;
    /// Adds variances and standard deviations, where the engine has them.
    fn add_spreads(&self, _: &Request<'_>, _: &Options, _: &mut Vec<Row>) -> Result<()> {
        Ok(())
    }
}

/// Quantiles of a column, group by group.
pub struct Quantiles {
    /// The quantiles.
    pub estimates: Vec<QuantileEstimate>,
    /// The groups in which a row has no value and nothing was declared for that.
    pub is_refused: Vec<bool>,
}

/// Estimates what the request asks for from columns in memory.
///
/// # Errors
///
/// Unknown columns, values that are no numbers, a condition that cannot be understood.
pub fn held(request: &Request<'_>, survey: &Survey) -> Result<Report> {
    let (file, design) = (&survey.file, &survey.design);
    let columns = held::read(request, file)?;
    let options = options(request, || Ok(design.degf(None)))?;
    let engine = held::HeldEngine { design, columns: &columns };
    let mut rows = rows(request, &engine, &columns.groups, &options)?;
    rows.extend(contrast::rows(request, &engine, &columns.groups, &options)?);
    Ok(report(request, file, rows, &Sample::of(survey), &columns.groups))
}

/// Estimates what the request asks for from rows that are read in groups.
///
/// # Errors
///
/// As for [`held`], and everything that is wrong with the design.
pub fn streamed(request: &Request<'_>, file: &DataFile, spec: &DesignFile, terminal: Terminal) -> Result<Report> {
    let mut streamed = stream::open(request, spec, file)?;
    let groups = streamed.find_groups()?;
    let options = options(request, || streamed.degf())?;
    let rows = rows(request, &streamed.engine(groups), &streamed.groups, &options)?;
    let (design, totals) = (&streamed.frame.frame().design, streamed.frame.totals());
    let n = totals.n_rows - totals.n_zero;
    survey::note_of_counts(spec, totals.look_like_counts, n, totals.sum_w, terminal);
    let is_lonely_chosen = spec.lonely_psu.is_some();
    let sample = Sample { design, rows: totals, weights: &survey::words(spec), is_lonely_chosen };
    Ok(report(request, file, rows, &sample, &streamed.groups))
}

fn options(request: &Request<'_>, degf_of_design: impl FnOnce() -> Result<f64>) -> Result<Options> {
    Ok(request.options(match request.what.degf {
        DegfName::Domain => DegfRule::Domain,
        DegfName::Design => DegfRule::Fixed(degf_of_design()?),
        DegfName::Inf => DegfRule::Fixed(f64::INFINITY),
    }))
}

fn report(request: &Request<'_>, file: &DataFile, rows: Vec<Row>, sample: &Sample<'_>, groups: &Groups) -> Report {
    let notes = super::base::notes(request, sample, groups);
    Report { file: file.name().to_owned(), by: groups.variables.clone(), rows, shown: Vec::new(), notes }
}

/// The results statistic by statistic.
fn rows(request: &Request<'_>, engine: &impl Engine, groups: &Groups, options: &Options) -> Result<Vec<Row>> {
    let what = request.what;
    let mut rows = Vec::new();
    if groups.labels.is_empty() {
        return Ok(rows);
    }
    for block in blocks(what.mean.len(), options.missing) {
        add("mean", groups, &engine.means(request, &block, options)?, &mut rows);
    }
    for block in blocks(what.total.len(), options.missing) {
        add("total", groups, &engine.totals(request, &block, options)?, &mut rows);
    }
    for which in 0..request.ratios.len() {
        add("ratio", groups, &engine.ratio(request, which, options)?, &mut rows);
    }
    for (which, name) in what.proportion.iter().enumerate() {
        add_answers("proportion", name, groups, &engine.proportions(which, options)?, &mut rows);
    }
    for (which, name) in what.count.iter().enumerate() {
        add_answers("count", name, groups, &engine.counts(which, options)?, &mut rows);
    }
    for (which, name) in what.cdf.iter().enumerate() {
        for bound in &what.at {
            let found = engine.cdf(which, *bound, options)?;
            // Above the bound, then at or below it, domain by domain.
            for (domain, estimate) in found.iter().skip(1).step_by(2).enumerate() {
                rows.push(row("cdf", name, bound.to_string(), groups, domain, estimate.clone()));
            }
        }
    }
    engine.add_spreads(request, options, &mut rows)?;
    for (which, name) in what.quantile.iter().enumerate() {
        let found = engine.quantiles(request, which, options)?;
        for (index, quantile) in found.estimates.into_iter().enumerate() {
            let domain = index / what.probs.len();
            let (p, is_refused) = (quantile.p.to_string(), found.is_refused[domain]);
            let mut found = row("quantile", name, p, groups, domain, estimate_of(quantile, is_refused, options));
            if found.estimate.ci_low.is_some() || found.estimate.ci_high.is_some() {
                found.ci_method = request.quantile_ci.label().to_owned();
            }
            rows.push(found);
        }
    }
    Ok(rows)
}

/// A quantile as an estimate; without numbers where missing values are refused.
fn estimate_of(quantile: QuantileEstimate, is_refused: bool, options: &Options) -> Estimate {
    let kept = |value: Option<f64>| value.filter(|_| !is_refused);
    let is_flat = quantile.se.is_some_and(|se| se <= 0.0);
    let is_open = quantile.value.is_some() && quantile.ci_low.and(quantile.ci_high).is_none();
    let reason = match quantile.reason {
        _ if is_refused => Some(NotEstimable::MissingValues),
        None if is_flat => Some(NotEstimable::LimitsMeet),
        None if is_open => Some(NotEstimable::LimitBeyond),
        reason => reason,
    };
    Estimate {
        value: kept(quantile.value),
        se: kept(quantile.se).filter(|_| !is_flat),
        ci_low: kept(quantile.ci_low),
        ci_high: kept(quantile.ci_high),
        level: options.level,
        ci_method: None,
        degf: quantile.degf,
        deff: None,
        deff_reference: options.deff,
        n: quantile.n,
        n_eff: None,
        sum_w: quantile.sum_w,
        n_psus: quantile.n_psus,
        reason,
    }
}

/// Adds the estimates of the answers of a column, group by group.
fn add_answers(statistic: &'static str, name: &str, groups: &Groups, found: &Estimates, rows: &mut Vec<Row>) {
    let n_answers = (found.len() / groups.labels.len()).max(1);
    for (index, estimate) in found.iter().enumerate() {
        let answer = found.name(index).to_owned();
        rows.push(row(statistic, name, answer, groups, index / n_answers, estimate.clone()));
    }
}

/// Variables that share one pass. Where rows without a value are left out, each variable has its own base, as if it had been
/// asked for alone.
fn blocks(n: usize, missing: MissingOutcome) -> Vec<Vec<usize>> {
    match missing {
        _ if n == 0 => Vec::new(),
        MissingOutcome::Exclude => (0..n).map(|which| vec![which]).collect(),
        MissingOutcome::Refuse | MissingOutcome::KeepInBase => vec![(0..n).collect()],
    }
}

/// Adds the estimates of several variables, variable by variable.
fn add(statistic: &'static str, groups: &Groups, found: &Estimates, rows: &mut Vec<Row>) {
    let n_domains = groups.labels.len();
    let n_variables = found.len() / n_domains;
    for variable in 0..n_variables {
        for domain in 0..n_domains {
            let index = domain * n_variables + variable;
            if let Some(estimate) = found.get(index) {
                let name = found.name(index);
                rows.push(row(statistic, name, String::new(), groups, domain, estimate.clone()));
            }
        }
    }
}

/// One result.
pub fn row(
    statistic: &'static str,
    variable: &str,
    answer: String,
    groups: &Groups,
    domain: usize,
    estimate: Estimate,
) -> Row {
    let ci_method = estimate.ci_method.map_or_else(String::new, |method| method.name().to_owned());
    let by = groups.labels.get(domain).cloned().unwrap_or_default();
    Row { statistic, variable: variable.to_owned(), answer, by, estimate, ci_method }
}
