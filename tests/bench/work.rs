//! The workloads.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use opros::design::{Codes, Domains, ReplicateInput, ReplicateKind, SurveyDesign};
use opros::estimate::pass;
use opros::estimate::{
    self, CiMethod, DeffReference, Estimate, Estimates, MissingOutcome, Options, ProportionCi, QuantileOptions,
    Variable,
};
use opros::ingest::stream::{CodedFile, ReadAs};
use opros::rows::{Column, RowSource, Table};
use opros::weighting::{Margin, RakeOptions, ReplicateMethod, rake, replicate};
use serde_json::{Value, json};

use super::book::book;
use super::measure::{Times, repeat};
use super::models::{dense_logit, independence, logit};
use super::table::{at, codes, design, design_columns, frame, numbers, open};
use super::{Args, naive, trends, yardstick};

/// Names of the workloads.
pub const ALL: &[&str] = &["W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9", "W10", "book"];

const SEED: u64 = 20_261_123;

/// Runs a workload, prints its row and writes its result.
pub fn run(workload: &str, args: &Args) -> Result<(), String> {
    let path = args.data.join(format!("survey_{}.parquet", args.size));
    let (result, times) = match workload {
        "W1" | "W2" | "W3" | "W4" if args.stream => streamed(workload, &path, args)?,
        "W5" => replicates(args)?,
        "W9" => bootstrap(&path, args)?,
        "W10" => whole_process(&path, args)?,
        _ if trends::ALL.contains(&workload) => trends::run(workload, args)?,
        _ => in_memory(workload, &path, args)?,
    };
    times.print(workload);
    if args.yardstick
        && let Some(scan) = yardstick::scan(workload, &args.data, &args.size, args.runs)?
    {
        scan.print_yardstick(&times);
    }
    if args.check_naively {
        let table = open(&path)?.load().map_err(text)?;
        if let Some((worst, n)) = naive::compare(workload, &table, &result) {
            println!("{workload:<8} plain loops: {n} numbers, largest relative difference {worst:.1e}");
            if worst.is_nan() || worst > 1e-9 {
                return Err("the second implementation gives other numbers".to_owned());
            }
        }
    }
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out).map_err(text)?;
        let content = json!({ "workload": workload, "size": args.size, "result": result });
        std::fs::write(out.join(format!("{workload}.json")), content.to_string()).map_err(text)?;
    }
    Ok(())
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn options() -> Options {
    Options {
        missing: MissingOutcome::Exclude,
        deff: DeffReference::WithoutReplacement,
        proportion_ci: ProportionCi::Always(CiMethod::Logit),
        ..Options::default()
    }
}

fn in_memory(workload: &str, path: &Path, args: &Args) -> Result<(Value, Times), String> {
    let table = open(path)?.load().map_err(text)?;
    let design = design(&table)?;
    let n = design.n_rows();
    match workload {
        "W1" => {
            let domains = Domains::whole(n);
            let (means, times) = repeat(args.runs, || {
                let y = Variable::new("y", numbers(&table, "stalin_positive"));
                estimate::means(&design, &[y], &domains, &options()).map_err(text)
            })?;
            Ok((means.get(0).map(one).ok_or("no estimate")?, times))
        }
        "W2" => {
            let (domains, outcome) = (cross(&table, "settlement_type", "wave"), codes(&table, "answer"));
            let shares = || estimate::proportions(&design, &outcome, &domains, &options()).map_err(text);
            let (shares, times) = repeat(args.runs, shares)?;
            Ok((shares_rows(&table, &shares), times))
        }
        "W3" => {
            let domains = Domains::by(&codes(&table, "region"));
            let ((totals, ratios), times) = repeat(args.runs, || {
                let income = Variable::new("income", numbers(&table, "income"));
                let size = Variable::new("hh_size", numbers(&table, "hh_size"));
                let totals =
                    estimate::totals(&design, std::slice::from_ref(&income), &domains, &options()).map_err(text)?;
                let ratios = estimate::ratios(&design, &[(income, size)], &domains, &options()).map_err(text)?;
                Ok((totals, ratios))
            })?;
            Ok((region_rows(domains.labels(), &totals, &ratios), times))
        }
        "W4" => repeat(args.runs, || deciles(&design, numbers(&table, "income"))),
        "W6" => {
            let margins = margins(&table, args)?;
            repeat(args.runs, || raked(&design, &table, &margins))
        }
        "W7" => {
            repeat(1, || dense_logit(&table))?.1.print("W7 dense");
            logit(&design, &table, args.runs)
        }
        "W8" => independence(&design, &table, args.runs),
        "book" => book(&design, &table, args.runs),
        other => Err(format!("no such workload: {other}")),
    }
}

/// W1 to W4 from the file, a row group at a time; finding the sampling units is part of the time.
fn streamed(workload: &str, path: &Path, args: &Args) -> Result<(Value, Times), String> {
    let file = open(path)?;
    repeat(args.runs, || {
        let frame = frame(&file, true)?;
        let columns = design_columns();
        Ok(match workload {
            "W1" => {
                let y = [(at("stalin_positive"), "y")];
                let means = pass::means(&file, &frame, columns, &y, &[], &options()).map_err(text)?;
                means.get(0).map(one).ok_or_else(|| "no estimate".to_owned())?
            }
            "W2" => {
                let by = [at("settlement_type"), at("wave")];
                shares_rows(
                    &file,
                    &pass::proportions(&file, &frame, columns, at("answer"), &by, &options()).map_err(text)?,
                )
            }
            "W4" => {
                let (income, probs) = ((at("income"), "income"), tenths());
                let found = pass::quantiles(&file, &frame, columns, income, &probs, &[], &QuantileOptions::default());
                decile_rows(&found.map_err(text)?)
            }
            _ => {
                let (income, size) = ((at("income"), "income"), (at("hh_size"), "hh_size"));
                let by = [at("region")];
                let totals = pass::totals(&file, &frame, columns, &[income], &by, &options()).map_err(text)?;
                let ratios = pass::ratios(&file, &frame, columns, &[(income, size)], &by, &options()).map_err(text)?;
                region_rows(file.labels(at("region")), &totals, &ratios)
            }
        })
    })
}

fn one(estimate: &Estimate) -> Value {
    json!({ "est": estimate.value, "se": estimate.se, "df": estimate.degf, "n": estimate.n })
}

/// The combinations of two columns as domains.
fn cross(table: &Table, first: &str, second: &str) -> Domains {
    let (a, b) = (codes(table, first), codes(table, second));
    let n = b.n_labels() as u32;
    let pairs = a.codes().iter().zip(b.codes()).map(|(a, b)| a * n + b).collect();
    let labels = a.labels().iter().flat_map(|a| b.labels().iter().map(move |b| format!("{a} / {b}"))).collect();
    Domains::by(&Codes::from_codes(pairs, labels))
}

fn shares_rows<S: RowSource>(source: &S, shares: &Estimates) -> Value {
    let (settlements, waves) = (source.labels(at("settlement_type")), source.labels(at("wave")));
    let answers = source.labels(at("answer"));
    let row = |(i, e): (usize, &Estimate)| {
        let (domain, answer) = (i / answers.len(), i % answers.len());
        json!({
            "settlement_type": settlements[domain / waves.len()], "wave": waves[domain % waves.len()],
            "answer": answers[answer], "est": e.value, "se": e.se, "deff": e.deff, "df": e.degf,
            "lci": e.ci_low, "uci": e.ci_high,
        })
    };
    shares.iter().enumerate().map(row).collect()
}

fn region_rows(regions: &[String], totals: &Estimates, ratios: &Estimates) -> Value {
    let row = |((region, total), ratio): ((&String, &Estimate), &Estimate)| {
        json!({
            "region": region, "total": total.value, "total_se": total.se, "ratio": ratio.value, "ratio_se": ratio.se,
        })
    };
    regions.iter().zip(totals.iter()).zip(ratios.iter()).map(row).collect()
}

fn tenths() -> Vec<f64> {
    (1..10).map(|i| f64::from(i) / 10.0).collect()
}

fn deciles(design: &SurveyDesign, income: &[f64]) -> Result<Value, String> {
    let variable = Variable::new("income", income);
    let domains = Domains::whole(design.n_rows());
    let found = estimate::quantiles(design, &variable, &tenths(), &domains, &QuantileOptions::default());
    found.map(|found| decile_rows(&found)).map_err(text)
}

fn decile_rows(found: &[estimate::QuantileEstimate]) -> Value {
    let row = |q: &estimate::QuantileEstimate| json!({ "p": q.p, "est": q.value, "se": q.se, "lci": q.ci_low, "uci": q.ci_high });
    found.iter().map(row).collect()
}

/// W5: means by region under 80 replicate weights.
fn replicates(args: &Args) -> Result<(Value, Times), String> {
    let path = args.data.join(format!("reps_{}.parquet", args.size));
    let names: Vec<String> = (1..=80).map(|r| format!("rep{r:03}")).collect();
    let mut columns = vec![("weight", ReadAs::Numbers), ("region", ReadAs::Codes), ("putin_approve", ReadAs::Numbers)];
    columns.extend(names.iter().map(|name| (name.as_str(), ReadAs::Numbers)));
    let table = CodedFile::open(&path, &columns).and_then(|file| file.load()).map_err(text)?;
    let regions = Codes::from_codes(table.columns()[1].codes().to_vec(), table.labels(1).to_vec());
    let mut columns = table.into_columns().into_iter();
    let mut next = || columns.next().map(Column::into_numbers).unwrap_or_default();
    let (weights, _, approve) = (next(), next(), next());
    let mut input = ReplicateInput::new(ReplicateKind::Other, columns.map(Column::into_numbers).collect());
    input.scale = Some(4.0 / 80.0);
    input.around_estimate = Some(true);
    let design = SurveyDesign::builder().weights(&weights).replicates(input).build().map_err(text)?;
    let domains = Domains::by(&regions);
    let known = Options { degf: estimate::DegfRule::Fixed(79.0), ..options() };
    repeat(args.runs, || {
        let y = Variable::new("y", &approve);
        let means = estimate::means(&design, &[y], &domains, &known).map_err(text)?;
        let row = |(region, e): (&String, &Estimate)| json!({ "region": region, "est": e.value, "se": e.se });
        Ok(domains.labels().iter().zip(means.iter()).map(row).collect())
    })
}

fn margins(table: &Table, args: &Args) -> Result<Vec<Margin>, String> {
    let path = args.data.join(format!("targets_{}.json", args.size));
    let content = std::fs::read_to_string(path).map_err(text)?;
    let targets: BTreeMap<String, BTreeMap<String, f64>> = serde_json::from_str(&content).map_err(text)?;
    let margin = |name: &str| {
        let targets = targets.get(name).cloned().unwrap_or_default().into_iter().collect();
        Margin::new(name, codes(table, name), targets)
    };
    Ok(["sex", "age_group", "education", "region"].map(margin).into())
}

fn raked(design: &SurveyDesign, table: &Table, margins: &[Margin]) -> Result<Value, String> {
    let weighted = rake(design, margins, &RakeOptions::default()).map_err(text)?;
    let weights = weighted.design.weights();
    let summary = weighted.record.after;
    let n = weights.len() as f64;
    let (mut putin, mut income) = (0.0, 0.0);
    for ((w, p), i) in weights.iter().zip(numbers(table, "putin_approve")).zip(numbers(table, "income")) {
        putin += w * p;
        income += w * i;
    }
    Ok(json!({
        "n": weights.len(), "sum_w": summary.sum, "sum_w2": summary.sum_sq, "min_w": summary.min, "max_w": summary.max,
        "cv2": summary.cv2() * n / (n - 1.0), "mean_putin": putin / summary.sum, "mean_income": income / summary.sum,
        "first": &weights[..10.min(weights.len())],
    }))
}

/// W9: 500 bootstrap replicates of the sampling units; the rows are needed for the totals of the units only.
fn bootstrap(path: &Path, args: &Args) -> Result<(Value, Times), String> {
    let table = open(path)?.load().map_err(text)?;
    let columns = design_columns();
    let frame = frame(&table, false)?;
    repeat(args.runs, || {
        let totals = pass::unit_totals(&table, &frame, columns, &[at("putin_approve")]).map_err(text)?;
        let method = ReplicateMethod::RaoWu { n_replicates: 500, seed: SEED };
        let design = replicate(&frame.design, &method, false).map_err(text)?;
        let pair = (Variable::new("y", &totals[0]), Variable::new("w", &totals[1]));
        let known = Options { degf: estimate::DegfRule::Fixed(499.0), ..options() };
        let mean = estimate::ratios(&design, &[pair], &Domains::whole(frame.n_units()), &known).map_err(text)?;
        mean.get(0).map(one).ok_or_else(|| "no estimate".to_owned())
    })
}

/// W10: from Parquet to CSV, as one process would do it.
fn whole_process(path: &Path, args: &Args) -> Result<(Value, Times), String> {
    let columns: Vec<(&str, ReadAs)> = super::table::COLUMNS[..7].to_vec();
    repeat(1, || {
        let file = CodedFile::open(path, &columns).map_err(text)?;
        let frame = frame(&file, true)?;
        let by = [at("settlement_type"), at("wave")];
        let shares = pass::proportions(&file, &frame, design_columns(), at("answer"), &by, &options()).map_err(text)?;
        let rows = shares_rows(&file, &shares);
        if let Some(out) = &args.out {
            std::fs::create_dir_all(out).map_err(text)?;
            let mut writer = csv::Writer::from_path(out.join("W10.csv")).map_err(text)?;
            for row in rows.as_array().into_iter().flatten() {
                writer.write_record(row.as_object().into_iter().flatten().map(|(_, v)| v.to_string())).map_err(text)?;
            }
            writer.flush().map_err(text)?;
        }
        Ok(rows)
    })
}
