//! The `design` of a case as a checked design. Foreign words are translated here and nowhere else.

use std::rc::Rc;

use opros::design::{
    Codes, Frames, JointProbabilities, LonelyPsu, PairwiseVariance, ReplicateInput, ReplicateKind, SecondPhase,
    StageInput, SurveyDesign, SurveyDesignBuilder, TwoPhaseMethod, two_phase,
};
use opros::weighting::{
    CalibrateOptions, Distance, Margin, RakeOptions, ReplicateMethod, TrimOptions, calibrate, poststratify, rake,
    replicate, trim,
};
use serde_json::{Map, Value};

use crate::data::{Column, Dataset, Library};
use crate::frame::{compare, model_matrix};

/// The design and the data of a case.
pub struct Study {
    pub data: Rc<Dataset>,
    pub design: SurveyDesign,
    /// The rows of the (sub)design.
    pub mask: Vec<bool>,
    /// Rows as R counts them: a subset drops rows of replicate designs, and of others before weights are adjusted, but not of
    /// designs with unequal probabilities.
    pub n_rows: usize,
    pub is_pps: bool,
}

pub fn strings(value: &Value) -> Vec<String> {
    let text = |v: &Value| v.as_str().map(String::from);
    match value {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    }
}

pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().filter_map(number).collect(),
        other => number(other).into_iter().collect(),
    }
}

pub fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("Inf") => Some(f64::INFINITY),
        Some("-Inf") => Some(f64::NEG_INFINITY),
        _ => value.as_f64(),
    }
}

impl Study {
    pub fn read(library: &mut Library, dataset: Option<&str>, design: &Value) -> Result<Self, String> {
        let kind = design["kind"].as_str().unwrap_or_default();
        if kind == "dual_frame" {
            return dual(library, design);
        }
        let mut data = library.get(dataset.ok_or("the case names no data set")?)?;
        let weights_missing = &design["missing_weights"];
        if let (Some(column), Some("allow" | "fail")) =
            (weights_missing["column"].as_str(), design["na_weights"].as_str())
        {
            let rows: Vec<usize> = numbers(&weights_missing["rows"]).iter().map(|r| *r as usize).collect();
            let mut changed = data.as_ref().clone();
            changed.set_missing(column, &rows)?;
            if design["na_weights"] == "allow" {
                let keep: Vec<bool> = changed.numbers(column)?.iter().map(|w| !w.is_nan()).collect();
                changed = changed.select(&keep);
            }
            data = Rc::new(changed);
        }
        let checked = match kind {
            "taylor" | "pps" => sampled(library, &data, design)?,
            "replicate" => replicated(&data, design)?,
            "twophase" => phases(&data, design)?,
            other => return Err(format!("unsupported design {other}")),
        };
        let n_rows = data.n_rows;
        let mut study = Self { data, design: checked, mask: vec![true; n_rows], n_rows, is_pps: kind == "pps" };
        for step in design["steps"].as_array().into_iter().flatten() {
            study.apply(step)?;
        }
        Ok(study)
    }

    fn apply(&mut self, step: &Value) -> Result<(), String> {
        let text = |e: opros::weighting::WeightingError| e.to_string();
        let op = step["op"].as_str().unwrap_or_default();
        let weighted = match op {
            "subset" => {
                let keep = conditions(&self.data, &step["where"])?;
                self.mask.iter_mut().zip(&keep).for_each(|(m, k)| *m &= k);
                self.design = self.design.within(&self.mask);
                let has_replicates = self.design.replicates().is_some();
                if has_replicates || self.design.adjustments().is_empty() && !self.is_pps {
                    self.n_rows = self.mask.iter().filter(|m| **m).count();
                }
                return Ok(());
            }
            "as_replicate" => {
                let method = match step["type"].as_str().unwrap_or_default() {
                    "JK1" => ReplicateMethod::Jk1,
                    "JKn" => ReplicateMethod::Jkn,
                    "BRR" => ReplicateMethod::Brr,
                    "Fay" => ReplicateMethod::Fay { rho: step["fay_rho"].as_f64().unwrap_or(0.3) },
                    other => return Err(format!("unsupported replicates {other}")),
                };
                let mse = step["mse"].as_bool().unwrap_or(false);
                self.design = replicate(&self.design, &method, mse).map_err(text)?;
                return Ok(());
            }
            "poststratify" => {
                let margin = margin(&self.data, &strings(&step["variables"]), &step["population"])?;
                let partial = step["partial"].as_bool().unwrap_or(false);
                poststratify(&self.design, &margin, partial).map_err(text)?
            }
            "rake" => {
                let names = step["margins"].as_array().cloned().unwrap_or_default();
                let populations = step["populations"].as_array().cloned().unwrap_or_default();
                let margins: Result<Vec<Margin>, String> = names
                    .iter()
                    .zip(&populations)
                    .map(|(names, population)| margin(&self.data, &strings(names), population))
                    .collect();
                let options = RakeOptions {
                    max_iterations: step["maxit"].as_u64().unwrap_or(10) as usize,
                    epsilon: step["epsilon"].as_f64().unwrap_or(1e-7),
                    // R goes on with a warning.
                    accept_gap: true,
                };
                rake(&self.design, &margins?, &options).map_err(text)?
            }
            "calibrate" => self.calibrate(step)?,
            "trim_weights" => {
                let options = TrimOptions {
                    lower: number(&step["lower"]).unwrap_or(f64::NEG_INFINITY),
                    upper: number(&step["upper"]).unwrap_or(f64::INFINITY),
                    strict: step["strict"].as_bool().unwrap_or(false),
                };
                trim(&self.design, &options).map_err(text)?
            }
            other => return Err(format!("unsupported step {other}")),
        };
        self.design = weighted.design;
        Ok(())
    }

    fn calibrate(&self, step: &Value) -> Result<opros::weighting::Weighted, String> {
        let columns = model_matrix(&self.data, step["formula"].as_str().unwrap_or_default())?;
        let population = step["population"].as_object().cloned().unwrap_or_default();
        let target = |(name, _): &(String, Vec<f64>)| {
            population.get(name).and_then(number).ok_or_else(|| format!("no total for {name}"))
        };
        let targets: Result<Vec<f64>, String> = columns.iter().map(target).collect();
        let pair = |key: &str| match numbers(&step[key]).as_slice() {
            [low, high] => Some((*low, *high)),
            _ => None,
        };
        let coefficients = numbers(&step["variance"]);
        let variance = (!coefficients.is_empty()).then(|| {
            let value = |i: usize| columns.iter().zip(&coefficients).map(|((_, x), c)| x[i] * c).sum();
            (0..self.data.n_rows).map(value).collect()
        });
        let defaults = CalibrateOptions::default();
        // R's linear distance without bounds has a closed form, which passes trimming over.
        let is_closed = step["calfun"].as_str().unwrap_or("linear") == "linear" && pair("bounds").is_none();
        let options = CalibrateOptions {
            distance: match step["calfun"].as_str().unwrap_or("linear") {
                "linear" => Distance::Linear,
                "raking" => Distance::Raking,
                "logit" => Distance::Logit,
                "sinh" => Distance::HyperbolicSine,
                other => return Err(format!("unsupported distance {other}")),
            },
            bounds: pair("bounds").unwrap_or(defaults.bounds),
            trim: pair("trim").filter(|_| !is_closed),
            aggregate_stage: step["aggregate_stage"].as_u64().map(|s| s as usize),
            variance,
            epsilon: step["epsilon"].as_f64().unwrap_or(1e-7).min(defaults.epsilon),
            max_iterations: step["maxit"].as_u64().unwrap_or(50) as usize,
        };
        calibrate(&self.design, &columns, &targets?, &options).map_err(|e| e.to_string())
    }
}

/// Rows for which all conditions hold; a missing value fulfils none.
pub fn conditions(data: &Dataset, list: &Value) -> Result<Vec<bool>, String> {
    let mut keep = vec![true; data.n_rows];
    for condition in list.as_array().into_iter().flatten() {
        let column = data.column(condition["column"].as_str().unwrap_or_default())?;
        let op = condition["op"].as_str().unwrap_or_default();
        let value = &condition["value"];
        for (i, keep) in keep.iter_mut().enumerate() {
            *keep &= holds(column, i, op, value);
        }
    }
    Ok(keep)
}

fn holds(column: &Column, row: usize, op: &str, value: &Value) -> bool {
    if op == "in" {
        return value.as_array().into_iter().flatten().any(|v| holds(column, row, "==", v));
    }
    match column {
        Column::Numbers(values) => {
            let x = values[row];
            !x.is_nan()
                && (op == "not_na" || number(value).and_then(|v| x.partial_cmp(&v)).is_some_and(|o| compare(op, o)))
        }
        Column::Texts(values) => values[row].as_ref().is_some_and(|x| {
            let wanted = match value {
                Value::String(s) => s.clone(),
                Value::Bool(b) => b.to_string().to_uppercase(),
                other => other.to_string(),
            };
            op == "not_na" || compare(op, x.as_str().cmp(wanted.as_str()))
        }),
    }
}

/// A population table, written column by column, as a margin.
fn margin(data: &Dataset, variables: &[String], population: &Value) -> Result<Margin, String> {
    let table: &Map<String, Value> = population.as_object().ok_or("population is no table")?;
    let level = |value: &Value| value.as_str().map_or_else(|| value.to_string(), String::from);
    let column = |name: &String| -> Result<Vec<String>, String> {
        let cells = table.get(name).and_then(Value::as_array).ok_or_else(|| format!("no {name} in the population"))?;
        Ok(cells.iter().map(level).collect())
    };
    let frequencies = numbers(table.get("Freq").unwrap_or(&Value::Null));
    let mut labels = vec![String::new(); frequencies.len()];
    let mut rows: Vec<Option<String>> = vec![Some(String::new()); data.n_rows];
    for name in variables {
        for (label, part) in labels.iter_mut().zip(column(name)?) {
            label.push_str(&format!("/{part}"));
        }
        for (row, part) in rows.iter_mut().zip(data.labels(name)?) {
            *row = row.take().zip(part).map(|(row, part)| format!("{row}/{part}"));
        }
    }
    let targets = labels.into_iter().zip(frequencies).collect();
    Ok(Margin::new(variables.join("+"), Codes::from_optional(&rows), targets))
}

fn lonely(design: &Value) -> Result<LonelyPsu, String> {
    Ok(match design["lonely_psu"].as_str().unwrap_or("fail") {
        "fail" => LonelyPsu::Fail,
        "remove" => LonelyPsu::Remove,
        "certainty" => LonelyPsu::Certainty,
        "adjust" => LonelyPsu::Center,
        "average" => LonelyPsu::Average,
        other => return Err(format!("unsupported treatment of lonely units {other}")),
    })
}

/// Population counts when above 1, sampling fractions otherwise.
fn population(stage: StageInput, values: &[f64], is_brewer: bool) -> StageInput {
    let are_fractions = values.iter().all(|v| *v <= 1.0);
    match (are_fractions, is_brewer) {
        (true, true) => stage.inclusion_probabilities(values),
        (true, false) => stage.sampling_fractions(values),
        (false, _) => stage.population_sizes(values),
    }
}

fn sampled(library: &mut Library, data: &Dataset, design: &Value) -> Result<SurveyDesign, String> {
    let method = design["pps"]["method"].as_str();
    let is_brewer = method == Some("brewer");
    let (ids, strata, fpc) = (strings(&design["ids"]), strings(&design["strata"]), strings(&design["fpc"]));
    let stage = |k: usize| -> Result<StageInput, String> {
        let mut stage = match ids.get(k) {
            Some(column) => StageInput::units(data.codes(column)?),
            None => StageInput::rows(),
        };
        if let Some(column) = strata.get(k) {
            stage = stage.strata(data.codes(column)?);
        }
        match fpc.get(k) {
            Some(column) if method.is_none() || is_brewer => Ok(population(stage, &data.numbers(column)?, is_brewer)),
            _ => Ok(stage),
        }
    };
    let mut builder = SurveyDesign::builder()
        .first(stage(0)?)
        .nest(design["nest"].as_bool().unwrap_or(false))
        .lonely_psu(lonely(design)?)
        .adjust_domain_lonely(design["adjust_domain_lonely"].as_bool().unwrap_or(false));
    for k in 1..ids.len() {
        builder = builder.then(stage(k)?);
    }
    let probs = strings(&design["probs"]);
    if let Some(column) = design["weights"].as_str() {
        builder = builder.weights(&data.numbers(column)?);
    } else if !probs.is_empty() {
        let mut weights = vec![1.0; data.n_rows];
        for column in &probs {
            weights.iter_mut().zip(data.numbers(column)?).for_each(|(w, p)| *w /= p);
        }
        builder = builder.weights(&weights);
    } else if fpc.is_empty() {
        builder = builder.weights(&vec![1.0; data.n_rows]);
    }
    if let Some(method) = method.filter(|m| *m != "brewer") {
        builder = pairwise(library, data, design, builder, method)?;
    }
    builder.build().map_err(|e| e.to_string())
}

fn pairwise(
    library: &mut Library,
    data: &Dataset,
    design: &Value,
    builder: SurveyDesignBuilder,
    method: &str,
) -> Result<SurveyDesignBuilder, String> {
    let pps = &design["pps"];
    let joint = match method {
        "overton" => JointProbabilities::Overton,
        "hartley_rao" => JointProbabilities::HartleyRao { sum_p2: pps["sum_p2"].as_f64() },
        "joint_probability_matrix" => {
            let matrix = library.get(pps["dataset"].as_str().unwrap_or_default())?;
            let columns: Result<Vec<Vec<f64>>, String> = matrix.names().iter().map(|n| matrix.numbers(n)).collect();
            let columns = columns?;
            let entries = (0..matrix.n_rows).flat_map(|i| columns.iter().map(move |c| c[i]));
            JointProbabilities::Matrix(entries.collect())
        }
        other => return Err(format!("unsupported method {other}")),
    };
    let variance = match design["variance"].as_str() {
        Some("YG") => PairwiseVariance::YatesGrundy,
        _ => PairwiseVariance::HorvitzThompson,
    };
    let fpc = strings(&design["fpc"]);
    let column = strings(&design["probs"]).first().or(fpc.first()).cloned().ok_or("no probabilities")?;
    Ok(builder.unequal_probabilities(&data.numbers(&column)?, joint, variance))
}

fn replicated(data: &Dataset, design: &Value) -> Result<SurveyDesign, String> {
    let given = &design["replicates"];
    let prefix = given["prefix"].as_str().unwrap_or_default();
    let count = given["count"].as_u64().unwrap_or(0);
    let columns: Result<Vec<Vec<f64>>, String> = (1..=count).map(|k| data.numbers(&format!("{prefix}{k}"))).collect();
    let kind = match given["type"].as_str().unwrap_or_default() {
        "JK1" => ReplicateKind::Jk1,
        "JKn" => ReplicateKind::Jkn,
        "JK2" => ReplicateKind::Jk2,
        "BRR" => ReplicateKind::Brr,
        "Fay" => ReplicateKind::Fay { rho: given["rho"].as_f64().unwrap_or(0.0) },
        "bootstrap" => ReplicateKind::Bootstrap,
        "successive-difference" => ReplicateKind::SuccessiveDifference,
        "ACS" => ReplicateKind::Acs,
        "other" => ReplicateKind::Other,
        other => return Err(format!("unsupported replicates {other}")),
    };
    let rscales = numbers(&given["rscales"]);
    let input = ReplicateInput {
        kind,
        columns: columns?,
        are_factors: !given["combined_weights"].as_bool().unwrap_or(true),
        scale: given["scale"].as_f64(),
        rscales: match rscales.as_slice() {
            [] => None,
            [one] => Some(vec![*one; count as usize]),
            _ => Some(rscales),
        },
        around_estimate: given["mse"].as_bool(),
    };
    let builder = SurveyDesign::builder().replicates(input);
    let weights = match design["weights"].as_str() {
        Some(column) => data.numbers(column)?,
        None => vec![1.0; data.n_rows],
    };
    builder.weights(&weights).build().map_err(|e| e.to_string())
}

fn phases(data: &Dataset, design: &Value) -> Result<SurveyDesign, String> {
    let columns = |key: &str, phase: usize| strings(&design[key][phase]);
    let subset = data.numbers(design["subset"].as_str().unwrap_or_default())?;
    let in_second: Vec<bool> = subset.iter().map(|v| *v == 1.0).collect();
    let method = match design["method"].as_str().unwrap_or_default() {
        "full" => TwoPhaseMethod::Full,
        "approx" => TwoPhaseMethod::Approximate,
        "simple" => TwoPhaseMethod::Simple,
        other => return Err(format!("unsupported method {other}")),
    };
    let (ids, strata, fpc, probs) = (columns("ids", 0), columns("strata", 0), columns("fpc", 0), columns("probs", 0));
    let stage = |k: usize| -> Result<StageInput, String> {
        let mut stage = StageInput::units(data.codes(&ids[k])?);
        if let Some(column) = strata.get(k) {
            stage = stage.strata(data.codes(column)?);
        }
        match fpc.get(k) {
            Some(column) => Ok(population(stage, &data.numbers(column)?, false)),
            // `full` takes probabilities into the variance; the others into the weights only.
            None if k == 0 && !probs.is_empty() && method == TwoPhaseMethod::Full => {
                Ok(stage.inclusion_probabilities(&data.numbers(&probs[0])?))
            }
            None => Ok(stage),
        }
    };
    let mut first = SurveyDesign::builder().first(stage(0)?);
    for k in 1..ids.len() {
        first = first.then(stage(k)?);
    }
    if let Some(column) = probs.first() {
        first = first.weights(&data.numbers(column)?.iter().map(|p| 1.0 / p).collect::<Vec<f64>>());
    }
    let codes = |key: &str| columns(key, 1).first().map(|c| data.codes(c)).transpose();
    let second = SecondPhase {
        ids: codes("ids")?,
        strata: codes("strata")?,
        probabilities: columns("probs", 1).first().map(|c| data.numbers(c)).transpose()?,
    };
    two_phase(first, second, &in_second, method).map_err(|e| e.to_string())
}

fn dual(library: &mut Library, design: &Value) -> Result<Study, String> {
    let frames = design["frames"].as_array().cloned().unwrap_or_default();
    let mut read = Vec::new();
    for frame in &frames {
        let data = library.get(frame["dataset"].as_str().unwrap_or_default())?;
        let column = strings(&frame["probs"]).first().cloned().ok_or("no probabilities")?;
        let probabilities = data.numbers(&column)?;
        let overlap = &frame["overlap"];
        let labels = data.labels(overlap["column"].as_str().unwrap_or_default())?;
        let in_overlap: Vec<bool> = labels.iter().map(|l| l.as_deref() == overlap["value"].as_str()).collect();
        read.push((data, probabilities, in_overlap));
    }
    let [(first, p, o), (second, q, r)] = read.as_slice() else {
        return Err("expected two frames".to_string());
    };
    let data = Rc::new(first.stack(second));
    let labels = [vec!["first"; p.len()], vec!["second"; q.len()]].concat();
    let theta = design["theta"].as_f64().unwrap_or(0.5);
    let frames = Frames {
        frame: Codes::from_labels(&labels),
        in_overlap: [o.as_slice(), r.as_slice()].concat(),
        shares: [("first".to_string(), theta), ("second".to_string(), 1.0 - theta)],
    };
    let probabilities = [p.as_slice(), q.as_slice()].concat();
    let pairs = (JointProbabilities::SimpleRandom, PairwiseVariance::HorvitzThompson);
    let builder = SurveyDesign::builder().frames(frames).unequal_probabilities(&probabilities, pairs.0, pairs.1);
    let design = builder.build().map_err(|e| e.to_string())?;
    let n_rows = data.n_rows;
    Ok(Study { data, design, mask: vec![true; n_rows], n_rows, is_pps: false })
}
