//! What was done to the weights, printed.

use serde_json::{Value, json};

use crate::cli::estimate::quantity;
use crate::estimate::{QuantileRule, Sorted};
use crate::weighting::{WeightSummary, Weighted, WeightingRecord};

/// Gap of a target that counts as none: the rounding of sums.
const NO_GAP: f64 = 1e-12;

/// The record for people.
pub fn text(before: &[f64], adjusted: &Weighted) -> String {
    let record = &adjusted.record;
    let plural = if record.iterations == 1 { "" } else { "s" };
    let mut out = format!("{}: {} iteration{plural}", record.method, record.iterations);
    if record.n_trimmed > 0 {
        out.push_str(&format!(", {} weights at a bound", record.n_trimmed));
    }
    if !record.gaps.is_empty() {
        let largest = record.gaps.iter().map(|gap| gap.relative()).fold(0.0, f64::max);
        out.push_str(&format!(", largest remaining gap {}\n\n", gap_text(largest)));
        out.push_str(&margins(record));
    } else {
        out.push('\n');
    }
    out.push('\n');
    out.push_str(&distribution(before, adjusted.design.weights(), record));
    out
}

fn gap_text(relative: f64) -> String {
    if relative < NO_GAP { "none".to_owned() } else { format!("{relative:.1e}") }
}

fn margins(record: &WeightingRecord) -> String {
    let rows = record.gaps.iter().map(|gap| {
        let what = [gap.margin.clone(), gap.level.clone()];
        let numbers = [quantity(gap.target, 1), quantity(gap.reached, 1), gap_text(gap.relative())];
        what.into_iter().chain(numbers).collect::<Vec<_>>()
    });
    let header = ["margin", "level", "target", "reached", "gap"].map(str::to_owned).to_vec();
    aligned(&std::iter::once(header).chain(rows).collect::<Vec<_>>(), 2)
}

fn distribution(before: &[f64], after: &[f64], record: &WeightingRecord) -> String {
    let quartiles = [before, after].map(quartiles);
    let summaries = [record.before, record.after];
    let mut rows = vec![["weights", "before", "after"].map(str::to_owned).to_vec()];
    let mut add = |name: &str, values: [String; 2]| {
        let [a, b] = values;
        rows.push(vec![name.to_owned(), a, b]);
    };
    add("n", summaries.map(|s| s.n.to_string()));
    add("sum", summaries.map(|s| quantity(s.sum, 1)));
    add("smallest", summaries.map(|s| quantity(s.min, 4)));
    for (at, name) in ["lower quartile", "median", "upper quartile"].into_iter().enumerate() {
        add(name, quartiles.map(|q| quantity(q[at], 4)));
    }
    add("largest", summaries.map(|s| quantity(s.max, 4)));
    add("Kish design effect", summaries.map(|s| quantity(s.kish_deff(), 4)));
    add("effective n", summaries.map(|s| quantity(s.n_eff(), 1)));
    aligned(&rows, 1)
}

fn quartiles(weights: &[f64]) -> [f64; 3] {
    let positive: Vec<f64> = weights.iter().copied().filter(|w| *w != 0.0).collect();
    let sorted = Sorted::new(&positive, &vec![1.0; positive.len()]);
    [0.25, 0.5, 0.75].map(|p| sorted.quantile(p, QuantileRule::Gumbel).unwrap_or(f64::NAN))
}

fn aligned(rows: &[Vec<String>], n_left: usize) -> String {
    let n_columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            let padding = " ".repeat(width - cell.chars().count());
            if at < n_left { format!("{cell}{padding}") } else { format!("{padding}{cell}") }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// A warning where targets were not reached.
pub fn gap(record: &WeightingRecord) -> Option<String> {
    let widest = record.gaps.iter().filter(|_| !record.is_converged);
    let widest = widest.max_by(|a, b| a.relative().total_cmp(&b.relative()))?;
    let (margin, level, n) = (&widest.margin, &widest.level, record.iterations);
    Some(format!(
        "warning: targets were not reached in {n} iterations, and the weights were taken as they are; the largest remaining \
         gap is {:.2} % (`{level}` of `{margin}`: {} instead of {}). Estimates of what the targets fix are off by as much",
        100.0 * widest.relative(),
        quantity(widest.reached, 1),
        quantity(widest.target, 1)
    ))
}

/// The record for machines.
pub fn json(before: &[f64], adjusted: &Weighted) -> Value {
    let record = &adjusted.record;
    let gaps = record.gaps.iter().map(|gap| {
        json!({
            "margin": gap.margin,
            "level": gap.level,
            "target": gap.target,
            "reached": gap.reached,
            "relative_gap": gap.relative(),
        })
    });
    json!({
        "method": record.method,
        "iterations": record.iterations,
        "converged": record.is_converged,
        "n_trimmed": record.n_trimmed,
        "margins": gaps.collect::<Vec<_>>(),
        "before": summary(&record.before, before),
        "after": summary(&record.after, adjusted.design.weights()),
    })
}

fn summary(s: &WeightSummary, weights: &[f64]) -> Value {
    let [lower, median, upper] = quartiles(weights);
    json!({
        "n": s.n,
        "sum": s.sum,
        "min": s.min,
        "lower_quartile": lower,
        "median": median,
        "upper_quartile": upper,
        "max": s.max,
        "kish_deff": s.kish_deff(),
        "n_eff": s.n_eff(),
    })
}
