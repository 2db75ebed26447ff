//! Statistics by domains.

use opros::design::{Base, Domains};
use opros::estimate::{self, CiMethod, Estimates, Options, coefficient_of_variation, wald_interval};
use serde_json::{Value, json};

use super::means::{self, options, value_and_se, vcov};
use super::{flag, number, object, text};
use crate::compare;
use crate::design::Study;
use crate::frame::{self, Grouping, variables};

pub fn by(study: &Study, analysis: &Value) -> Result<Value, String> {
    let columns = frame::names(text(analysis, "by")?)?;
    let grouping = Grouping::new(&study.data, &columns, &study.mask)?;
    table(study, analysis, &grouping)
}

pub fn bys(study: &Study, analysis: &Value) -> Result<Value, String> {
    let mut tables = Vec::new();
    for column in frame::names(text(analysis, "bys")?)? {
        let grouping = Grouping::new(&study.data, &[column], &study.mask)?;
        tables.push(table(study, analysis, &grouping)?["estimates"].take());
    }
    Ok(json!({ "tables": tables }))
}

/// The statistic in each domain.
pub fn table(study: &Study, analysis: &Value, grouping: &Grouping) -> Result<Value, String> {
    match text(analysis, "statistic")? {
        "quantile" => return quantiles(study, analysis, grouping),
        "ciprop" => return proportions(study, analysis, grouping),
        "unweighted_count" => return counts(study, grouping),
        "var" => return variances(study, analysis, grouping),
        _ => {}
    }
    let estimates = linear(study, analysis, grouping)?;
    let has_covariances = flag(analysis, "covmat");
    let order: Vec<usize> = (0..estimates.len()).collect();
    let matrix = estimates.covariance(&order).map_err(|e| e.to_string())?;
    let level = options(study, analysis).level;
    let n_names = estimates.len() / grouping.levels.len().max(1);
    let mut entries = Vec::new();
    for (i, row) in matrix.iter().enumerate() {
        let (value, own) = value_and_se(&estimates, i)?;
        let se = if has_covariances { value.map(|_| row[i].sqrt()) } else { own };
        let z = value.zip(se).and_then(|(value, se)| wald_interval(value, se, f64::INFINITY, level));
        let deff = estimates.get(i).and_then(|e| e.deff);
        entries.push(object([
            ("domain", grouping.domain(i / n_names)),
            ("name", estimates.name(i).into()),
            ("estimate", number(value)),
            ("se", number(se)),
            ("deff", number(deff)),
            ("cv", number(value.zip(se).and_then(|(value, se)| coefficient_of_variation(value, se)))),
            ("ci_low", number(z.map(|l| l.low))),
            ("ci_high", number(z.map(|l| l.high))),
        ]));
    }
    // The matrix of the schema runs through the domains of one name, then through those of the next.
    let n_domains = grouping.levels.len();
    let order: Vec<usize> = (0..n_names).flat_map(|k| (0..n_domains).map(move |d| d * n_names + k)).collect();
    let label = |i: &usize| match n_names {
        1 => estimates.domain(*i).to_string(),
        _ => format!("{}:{}", estimates.domain(*i), estimates.name(*i)),
    };
    let names: Vec<String> = order.iter().map(label).collect();
    let matrix = if has_covariances { vcov(&estimates, &order)? } else { diagonal(&estimates, &order)? };
    Ok(object([
        ("estimates", entries.into()),
        ("df", compare::json(study.design.degf(None))),
        ("vcov", matrix),
        ("vcov_names", names.into()),
    ]))
}

/// Means, totals or ratios by domain.
pub fn linear(study: &Study, analysis: &Value, grouping: &Grouping) -> Result<Estimates, String> {
    let domains = Domains::by(&grouping.codes).within(&study.mask);
    let options = options(study, analysis);
    let design = &study.design;
    let estimates = match text(analysis, "statistic")? {
        "mean" => estimate::means(design, &variables(&study.data, text(analysis, "formula")?)?, &domains, &options),
        "total" => estimate::totals(design, &variables(&study.data, text(analysis, "formula")?)?, &domains, &options),
        "ratio" => estimate::ratios(design, &means::pairs(study, analysis, "formula")?, &domains, &options),
        other => return Err(format!("unsupported statistic {other}")),
    };
    estimates.map_err(|e| e.to_string())
}

fn diagonal(estimates: &Estimates, order: &[usize]) -> Result<Value, String> {
    let mut rows = Vec::new();
    for (k, &i) in order.iter().enumerate() {
        let variance = value_and_se(estimates, i)?.1.map(|se| se * se);
        let entry = |j: usize| if j == k { number(variance) } else { compare::json(0.0) };
        rows.push((0..order.len()).map(entry).collect::<Vec<Value>>());
    }
    Ok(json!(rows))
}

fn domain_mask(study: &Study, grouping: &Grouping, domain: usize) -> Vec<bool> {
    let codes = grouping.codes.codes();
    study.mask.iter().zip(codes).map(|(m, c)| *m && *c == domain as u32).collect()
}

fn counts(study: &Study, grouping: &Grouping) -> Result<Value, String> {
    let bases = Base::of_partition(&study.design, grouping.codes.codes(), grouping.levels.len(), None);
    let entry = |(d, base): (usize, &Base)| {
        object([
            ("domain", grouping.domain(d)),
            ("name", "counts".into()),
            ("estimate", compare::json(base.n as f64)),
            ("se", compare::json(0.0)),
        ])
    };
    let entries: Vec<Value> = bases.iter().enumerate().map(entry).collect();
    Ok(object([("estimates", entries.into()), ("df", compare::json(study.design.degf(None)))]))
}

fn variances(study: &Study, analysis: &Value, grouping: &Grouping) -> Result<Value, String> {
    let variables = variables(&study.data, text(analysis, "formula")?)?;
    let mut entries = Vec::new();
    for d in 0..grouping.levels.len() {
        let mask = domain_mask(study, grouping, d);
        let found = estimate::covariances(&study.design, &variables, &mask, &options(study, analysis));
        let found = found.map_err(|e| e.to_string())?;
        for i in 0..found.len() {
            let (value, se) = value_and_se(&found, i)?;
            entries.push(object([
                ("domain", grouping.domain(d)),
                ("name", found.name(i).into()),
                ("estimate", number(value)),
                ("se", number(se)),
            ]));
        }
    }
    Ok(object([("estimates", entries.into()), ("df", compare::json(study.design.degf(None)))]))
}

fn quantiles(study: &Study, analysis: &Value, grouping: &Grouping) -> Result<Value, String> {
    let variables = variables(&study.data, text(analysis, "formula")?)?;
    let settings = super::quantile::settings(analysis)?;
    let mut entries = Vec::new();
    for d in 0..grouping.levels.len() {
        let mask = domain_mask(study, grouping, d);
        let domain = Domains::mask("domain", &mask);
        for variable in &variables {
            let probs = crate::design::numbers(&analysis["probs"]);
            let found = estimate::quantiles(&study.design, variable, &probs, &domain, &settings);
            for quantile in found.map_err(|e| e.to_string())? {
                entries.push(object([
                    ("domain", grouping.domain(d)),
                    ("name", variable.name().into()),
                    ("estimate", number(quantile.value)),
                    ("se", number(quantile.se)),
                    ("ci_low", number(quantile.ci_low)),
                    ("ci_high", number(quantile.ci_high)),
                ]));
            }
        }
    }
    Ok(object([("estimates", entries.into()), ("df", compare::json(study.design.degf(None)))]))
}

fn proportions(study: &Study, analysis: &Value, grouping: &Grouping) -> Result<Value, String> {
    let mut entries = Vec::new();
    for d in 0..grouping.levels.len() {
        let mask = domain_mask(study, grouping, d);
        let mut found = super::proportion::in_domain(study, analysis, &mask)?;
        found["domain"] = grouping.domain(d);
        entries.push(found);
    }
    Ok(object([("estimates", entries.into()), ("df", compare::json(study.design.degf(None)))]))
}

/// The method of an interval of a proportion.
pub fn ci_method(word: &str) -> Result<CiMethod, String> {
    Ok(match word {
        "mean" => CiMethod::Wald,
        "logit" | "xlogit" => CiMethod::Logit,
        "likelihood" => CiMethod::Likelihood,
        "asin" => CiMethod::ArcSine,
        "beta" => CiMethod::KornGraubard,
        "wilson" => CiMethod::Wilson,
        other => return Err(format!("unsupported method {other}")),
    })
}

/// Options of an estimate in a domain of which only value and variance are read.
pub fn plain(missing: estimate::MissingOutcome) -> Options {
    Options { missing, ..Options::default() }
}
