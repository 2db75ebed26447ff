//! Every number of a comparison as a row with the columns that all results share.

use serde_json::{Map, Value, json};

use super::Report;
use super::run::Part;
use crate::analysis::compare::{GroupContrast, OverallTest, Relative};
use crate::analysis::decomposition::PartKind;
use crate::cli::results::{NUMBERS, number, numbers, plain, written};
use crate::estimate::Estimate;
use crate::model::Predicted;

const ABOUT: [&str; 5] = ["by", "comparison", "statistic", "group", "against"];
const TESTS: [&str; 4] = ["t", "p_value", "adjusted_p_value", "equivalence_p_value"];
const OVERALL: [&str; 2] = ["statistic_value", "denominator_degf"];

/// A row: what it is about, its numbers, its tests.
pub type Row = Vec<(&'static str, Value)>;

/// One line a number, then one a test of all groups at once.
pub fn csv(report: &Report<'_>) -> String {
    let columns: Vec<&str> = ABOUT.into_iter().chain(NUMBERS).chain(TESTS).chain(OVERALL).collect();
    let lines = rows(report).into_iter().chain(report.parts.iter().flat_map(tests_of));
    let line = |row: Row| {
        let value =
            |column: &&str| row.iter().find(|(key, _)| key == column).map_or_else(String::new, |(_, v)| plain(v));
        columns.iter().map(value).collect::<Vec<String>>()
    };
    let header = columns.iter().map(|column| (*column).to_owned()).collect();
    written(std::iter::once(header).chain(lines.map(line)))
}

/// The tests of all groups at once as rows.
fn tests_of(part: &Part) -> Vec<Row> {
    let row = |(name, found): (&'static str, Result<OverallTest, String>)| {
        let mut row = vec![("by", text(&part.label)), ("comparison", json!("tests")), ("statistic", json!(name))];
        row.extend(match found {
            Ok(t) => vec![
                ("statistic_value", number(Some(t.statistic))),
                ("degf", number(Some(t.degf))),
                ("denominator_degf", number(t.denominator_degf)),
                ("p_value", number(Some(t.p_value))),
            ],
            Err(reason) => vec![("reason", json!(reason))],
        });
        row
    };
    part.tests.iter().cloned().chain(part.tests_of_trend()).map(row).collect()
}

/// A text; null where it is empty.
fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

/// What is to be known of the models behind the rows.
fn models(report: &Report<'_>, part: &Part) -> Vec<Value> {
    let by = text(&part.label);
    let is_share = report.columns.outcome.is_share();
    let of_rows = if is_share { "logit" } else { "linear" };
    let mut models = Vec::new();
    match &part.adjusted {
        Some(Ok(found)) => models.push(json!({
            "by": by, "comparison": "adjusted", "model": of_rows, "held_equal": report.args.what.adjust, "n": found.n,
            "degf": number(Some(found.degf)), "separated": found.separated, "left_out": found.collinear, "reason": null,
        })),
        Some(Err(reason)) => {
            models.push(json!({ "by": by, "comparison": "adjusted", "model": of_rows, "reason": reason }))
        }
        None => {}
    }
    match &part.trend {
        Some(Ok(found)) => models.push(json!({
            "by": by, "comparison": "trend", "model": "linear", "held_equal": report.args.what.adjust, "n": found.n,
            "times": found.times, "left_out": found.collinear, "reason": null,
        })),
        Some(Err(reason)) => {
            models.push(json!({ "by": by, "comparison": "trend", "model": "linear", "reason": reason }))
        }
        None => {}
    }
    for (group, split) in &part.splits {
        let about = json!({
            "by": by, "comparison": "decomposition", "model": of_rows, "split_by": report.args.what.decompose, "group": group,
            "n": split.as_ref().ok().map(|split| split.n[0]), "n_reference": split.as_ref().ok().map(|split| split.n[1]),
            "reason": split.as_ref().err(),
        });
        models.push(about);
    }
    models
}

/// Notes, rows, and tests of all groups at once.
pub fn json(report: &Report<'_>) -> String {
    let object = |row: Row| {
        Value::Object(row.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<String, Value>>())
    };
    let results: Vec<Value> = rows(report).into_iter().map(object).collect();
    let test = |part: &Part| {
        let by = text(&part.label);
        let of_trend = part.tests_of_trend();
        part.tests
            .iter()
            .chain(&of_trend)
            .map(|(name, found)| match found {
                Ok(t) => json!({
                    "by": by, "test": name, "statistic": number(Some(t.statistic)), "degf": number(Some(t.degf)),
                    "denominator_degf": number(t.denominator_degf), "p_value": number(Some(t.p_value)), "reason": null,
                }),
                Err(reason) => json!({ "by": by, "test": name, "reason": reason }),
            })
            .collect::<Vec<Value>>()
    };
    let tests: Vec<Value> = report.parts.iter().flat_map(test).collect();
    let models: Vec<Value> = report.parts.iter().flat_map(|part| models(report, part)).collect();
    let notes: Map<String, Value> =
        report.notes.iter().map(|(name, text)| (name.to_lowercase(), json!(text))).collect();
    let document = json!({
        "file": report.file, "outcome": report.columns.words, "notes": notes, "results": results, "tests": tests,
        "models": models,
    });
    format!("{document:#}")
}

fn rows(report: &Report<'_>) -> Vec<Row> {
    report.parts.iter().flat_map(|part| rows_of(report, part)).collect()
}

/// The tests of a row.
#[derive(Default)]
struct Tests {
    t: Option<f64>,
    p: Option<f64>,
    adjusted: Option<f64>,
    equivalence: Option<f64>,
    /// Why there is no number, where the estimate does not say it.
    reason: Option<String>,
}

fn rows_of(report: &Report<'_>, part: &Part) -> Vec<Row> {
    let labels = &part.groups.labels;
    let what = if report.columns.outcome.is_share() { "share" } else { "mean" };
    let mut rows = Vec::new();
    let mut add = |about: [&str; 4], estimate: &Estimate, tests: Tests| {
        let about = [part.label.as_str()].into_iter().chain(about).map(text);
        let method = estimate.ci_method.map_or("", |method| method.name());
        let mut numbers = numbers(estimate, method);
        if let (Some(reason), Some(last)) = (tests.reason, numbers.last_mut()) {
            *last = json!(reason);
        }
        let tests = [tests.t, tests.p, tests.adjusted, tests.equivalence].map(number);
        let numbers = NUMBERS.into_iter().zip(numbers);
        rows.push(ABOUT.into_iter().zip(about).chain(numbers).chain(TESTS.into_iter().zip(tests)).collect());
    };
    add(["groups", what, "all", ""], &part.groups.everybody, Tests::default());
    for (label, estimate) in labels.iter().zip(&part.groups.estimates) {
        add(["groups", what, label, ""], estimate, Tests::default());
    }
    let families = [("reference", &part.groups.reference), ("pairs", &part.groups.pairs), ("rest", &part.groups.rest)];
    for (family, contrasts) in families {
        for contrast in contrasts {
            let (group, other) = (labels[contrast.group].as_str(), other(labels, contrast));
            let tests = Tests {
                t: contrast.statistic,
                p: contrast.p_value,
                adjusted: contrast.adjusted_p_value,
                equivalence: contrast.equivalence.map(|e| e.p_value),
                reason: contrast.skipped.filter(|_| contrast.difference.reason.is_none()).map(|s| s.name().to_owned()),
            };
            add([family, "difference", group, other], &contrast.difference, tests);
            for (name, found) in [("ratio", contrast.ratio), ("odds ratio", contrast.odds_ratio)] {
                if let Some(found) = found {
                    add([family, name, group, other], &relative(&contrast.difference, found), Tests::default());
                }
            }
        }
    }
    if let Some(Ok(adjusted)) = &part.adjusted {
        let reference = &labels[report.columns.reference];
        for (label, group) in labels.iter().zip(&adjusted.groups) {
            let estimate =
                |found: Option<Predicted>| predicted(&part.groups.everybody, adjusted.n, adjusted.degf, found);
            let statistic = if what == "share" { "adjusted share" } else { "adjusted mean" };
            let reason = group.reason.filter(|_| group.prediction.is_none()).map(|reason| reason.to_string());
            add(["adjusted", statistic, label, ""], &estimate(group.prediction), Tests { reason, ..Tests::default() });
            if label != reference {
                let t = group.difference.filter(|d| d.se > 0.0).map(|d| d.value / d.se);
                let tests = Tests {
                    t,
                    p: group.p_value,
                    reason: group.reason.map(|reason| reason.to_string()),
                    ..Tests::default()
                };
                add(["adjusted", "adjusted difference", label, reference], &estimate(group.difference), tests);
            }
        }
    }
    for (group, split) in &part.splits {
        let Ok(split) = split else { continue };
        let reference = &labels[report.columns.reference];
        let mut part_of_gap = |name: &str, place: usize| {
            if let Some(estimate) = split.estimates.get(place) {
                add(["decomposition", name, group, reference], estimate, Tests::default());
            }
        };
        part_of_gap("gap", split.gap);
        for part in split.parts.iter().filter(|p| matches!(p.kind, PartKind::Explained | PartKind::Unexplained)) {
            let name = if part.kind == PartKind::Explained { "explained" } else { "unexplained" };
            part_of_gap(name, part.total);
            part.terms.iter().for_each(|(term, place)| part_of_gap(&format!("{name}: {term}"), *place));
        }
    }
    if let Some(Ok(trend)) = &part.trend {
        let reference = &labels[report.columns.reference];
        for (label, group) in labels.iter().zip(&trend.groups) {
            if let Some(slope) = &group.slope {
                add(["trend", "slope", label, ""], slope, Tests::default());
            }
            let Some(difference) = &group.difference else { continue };
            let t = difference.value.zip(difference.se).filter(|(_, se)| *se > 0.0).map(|(value, se)| value / se);
            let tests = Tests { t, p: group.p_value, ..Tests::default() };
            add(["trend", "difference of slopes", label, reference], difference, tests);
            if let Some(odds) = group.odds {
                let about = ["trend", "factor of the odds ratio", label, reference];
                add(about, &relative(difference, odds), Tests::default());
            }
        }
    }
    rows
}

fn other<'a>(labels: &'a [String], contrast: &GroupContrast) -> &'a str {
    contrast.other.map_or("the rest", |other| labels[other].as_str())
}

/// A ratio in the place of a difference.
fn relative(of: &Estimate, found: Relative) -> Estimate {
    Estimate {
        value: Some(found.value),
        se: Some(found.value * found.se_log),
        ci_low: Some(found.low),
        ci_high: Some(found.high),
        ..of.clone()
    }
}

/// A prediction with the shared columns.
fn predicted(like: &Estimate, n: usize, degf: f64, found: Option<Predicted>) -> Estimate {
    let interval = found.and_then(|found| found.interval);
    Estimate {
        value: found.map(|found| found.value),
        se: found.map(|found| found.se),
        ci_low: interval.map(|i| i.low),
        ci_high: interval.map(|i| i.high),
        ci_method: interval.map(|i| i.method),
        degf,
        deff: None,
        n,
        n_eff: None,
        sum_w: f64::NAN,
        n_psus: None,
        reason: None,
        ..like.clone()
    }
}
