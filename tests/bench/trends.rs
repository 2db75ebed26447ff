//! Workloads on polls: pooling with house effects, its likelihood, exact loess, and cost against the number of polls.

use std::fmt::Display;

use opros::analysis::trend::smooth::Loess;
use opros::analysis::trend::state_space::{Anchor, Estimated, PollSeries, Pooled, PooledPolls, Variances};
use opros::ingest::stream::CodedFile;
use opros::rows::{ReadAs, RowSource, Table};
use serde_json::{Map, Value, json};

use super::Args;
use super::measure::{Times, repeat};

/// Names of the workloads. `W11x` pools the polls 33 times over, one series behind the other: a hundred thousand polls.
pub const ALL: &[&str] = &["W11", "W11b", "W11x", "W12"];

/// Variance of the level over one day, as W11 declares it.
const DAILY_VARIANCE: f64 = 1.225e-5;
/// Polls at which results are compared.
const SHOWN: [usize; 7] = [0, 499, 999, 1499, 1999, 2499, 2999];
const COPIES: usize = 33;

/// The table of polls in memory.
struct Polls {
    days: Vec<f64>,
    years: Vec<f64>,
    estimates: Vec<f64>,
    variances: Vec<f64>,
    sizes: Vec<f64>,
    houses: Vec<usize>,
    names: Vec<String>,
}

impl Polls {
    fn read(args: &Args) -> Result<Self, String> {
        let columns = ["day", "year", "pct", "se", "n"].map(|name| (name, ReadAs::Numbers));
        let columns = [&columns[..], &[("house", ReadAs::Codes)]].concat();
        let path = args.data.join("polls.parquet");
        let table: Table = CodedFile::open(&path, &columns).and_then(|file| file.load()).map_err(text)?;
        let number = |i: usize| table.columns()[i].numbers().to_vec();
        Ok(Self {
            days: number(0),
            years: number(1),
            estimates: number(2),
            variances: number(3).iter().map(|se| se * se).collect(),
            sizes: number(4),
            houses: table.columns()[5].codes().iter().map(|code| *code as usize).collect(),
            names: table.labels(5).to_vec(),
        })
    }

    /// The polls several times, each copy after the end of the one before.
    fn repeated(&self, copies: usize) -> Self {
        let last = self.days.last().copied().unwrap_or(0.0) + 30.0;
        let all = |values: &[f64]| values.repeat(copies);
        let later = |values: &[f64], by: f64| -> Vec<f64> {
            (0..copies).flat_map(|copy| values.iter().map(move |v| v + by * copy as f64)).collect()
        };
        Self {
            days: later(&self.days, last),
            years: later(&self.years, last / 365.25),
            estimates: all(&self.estimates),
            variances: all(&self.variances),
            sizes: all(&self.sizes),
            houses: self.houses.repeat(copies),
            names: self.names.clone(),
        }
    }

    fn model(&self) -> PooledPolls<'_> {
        let series = PollSeries {
            times: &self.days,
            estimates: &self.estimates,
            variances: &self.variances,
            houses: &self.houses,
            n_houses: self.names.len(),
        };
        PooledPolls::local_level(series, Anchor::House(0))
    }
}

/// Runs a workload; its result and times.
pub fn run(workload: &str, args: &Args) -> Result<(Value, Times), String> {
    let polls = Polls::read(args)?;
    let declared = Variances::of_level(DAILY_VARIANCE);
    match workload {
        "W11" => repeat(args.runs, || Ok(pooled(&polls, &polls.model().fit(&declared, &[]).map_err(text)?))),
        "W11b" => repeat(args.runs, || {
            let estimated = Estimated { level: true, ..Estimated::default() };
            let found = polls.model().maximise(&Variances::of_level(0.0), &estimated).map_err(text)?;
            let mut result = pooled(&polls, &polls.model().fit(&found.variances, &[]).map_err(text)?);
            result["q"] = json!(found.variances.level);
            Ok(result)
        }),
        "W11x" => {
            let many = polls.repeated(COPIES);
            repeat(args.runs, || {
                let fit = many.model().fit(&declared, &[]).map_err(text)?;
                Ok(json!({ "polls": many.days.len(), "first_level": fit.levels.first().map(|level| level.level) }))
            })
        }
        _ => repeat(args.runs, || loess(&polls)),
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn pooled(polls: &Polls, fit: &Pooled) -> Value {
    let of_houses = |value: &dyn Fn(usize) -> f64| -> Value {
        Value::Object((1..polls.names.len()).map(|h| (polls.names[h].clone(), json!(value(h)))).collect::<Map<_, _>>())
    };
    json!({
        "level": SHOWN.map(|i| fit.levels[i].level),
        "level_se": SHOWN.map(|i| fit.levels[i].se),
        "house": of_houses(&|h| fit.houses[h].estimate),
        "house_se": of_houses(&|h| fit.houses[h].se),
        "loglik": fit.log_likelihood,
        "sum_level": fit.levels.iter().map(|level| level.level).sum::<f64>(),
    })
}

fn loess(polls: &Polls) -> Result<Value, String> {
    let settings = Loess { span: 0.2, ..Loess::default() };
    let fit = settings.fit(&polls.years, &polls.estimates, Some(&polls.sizes)).map_err(text)?;
    let points = fit.predict(&SHOWN.map(|i| polls.years[i])).map_err(text)?;
    Ok(json!({
        "fit": points.iter().map(|point| point.map(|p| p.fit)).collect::<Vec<_>>(),
        "se": points.iter().map(|point| point.map(|p| p.se)).collect::<Vec<_>>(),
        "df": fit.degf,
        "sigma": fit.residual_scale,
        "enp": fit.enp,
    }))
}
