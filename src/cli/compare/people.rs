//! A comparison for people.

use super::Report;
use super::explained::{adjusted, splits};
use super::run::Part;
use crate::analysis::SmallBase;
use crate::analysis::banner::{joined, letter};
use crate::analysis::compare::{GroupComparison, GroupContrast, Relative};
use crate::cli::aligned::{Aligned, escaped};
use crate::cli::estimate::{decimals_for, percent, quantity};
use crate::estimate::Estimate;

/// Headings, tables and lines, in order.
pub(super) enum Piece {
    Heading(String),
    Table(Aligned),
    Line(String),
}

/// Aligned text.
pub fn text(report: &Report<'_>) -> String {
    let mut out = format!("{}\n", report.file);
    for (name, note) in &report.notes {
        out.push_str(&format!("  {:<9}{note}\n", format!("{name}:")));
    }
    for piece in pieces(report) {
        match piece {
            Piece::Heading(text) => out.push_str(&format!("\n{text}\n")),
            Piece::Table(table) => out.push_str(&table.text()),
            Piece::Line(text) => out.push_str(&format!("  {text}\n")),
        }
    }
    out
}

/// Markdown.
pub fn markdown(report: &Report<'_>) -> String {
    let mut out = String::new();
    for piece in pieces(report) {
        match piece {
            Piece::Heading(text) => out.push_str(&format!("\n### {}\n\n", escaped(&text))),
            Piece::Table(table) => out.push_str(&format!("{}\n", table.markdown())),
            Piece::Line(text) => out.push_str(&format!("- {}\n", escaped(&text))),
        }
    }
    out.push('\n');
    for (name, note) in &report.notes {
        out.push_str(&format!("{name}: {}.  \n", escaped(note)));
    }
    out.trim_start().to_owned()
}

/// How values of an outcome are written.
pub(super) struct Style {
    pub is_share: bool,
    decimals: usize,
}

impl Style {
    fn of(report: &Report<'_>, groups: &GroupComparison) -> Self {
        let is_share = report.columns.outcome.is_share();
        Style { is_share, decimals: if is_share { 1 } else { decimals_for(groups.everybody.se) } }
    }

    /// A value; of shares in percent.
    pub fn value(&self, value: f64) -> String {
        if self.is_share {
            format!("{}%", quantity(value * 100.0, self.decimals))
        } else {
            quantity(value, self.decimals)
        }
    }

    /// A difference with its sign; of shares in percentage points.
    pub fn difference(&self, value: f64) -> String {
        let text = quantity(if self.is_share { value * 100.0 } else { value }, self.decimals);
        let sign = if text.starts_with('-') || !text.contains(|c: char| matches!(c, '1'..='9')) { "" } else { "+" };
        format!("{sign}{}", text.replace('-', "−"))
    }

    /// Limits, each as it is shown.
    pub fn range(&self, limits: Option<(f64, f64)>, show: impl Fn(f64) -> String) -> String {
        limits.map_or_else(String::new, |(low, high)| format!("{} to {}", show(low), show(high)))
    }
}

pub(super) fn p_value(p: Option<f64>) -> String {
    match p {
        None => "–".to_owned(),
        Some(p) if p < 0.001 => "<0.001".to_owned(),
        Some(p) => quantity(p, 3),
    }
}

pub(super) fn ratio(found: Option<Relative>) -> String {
    found.map_or_else(
        || "–".to_owned(),
        |r| format!("{} ({}–{})", quantity(r.value, 2), quantity(r.low, 2), quantity(r.high, 2)),
    )
}

pub(super) fn limits(e: &Estimate) -> Option<(f64, f64)> {
    e.ci_low.zip(e.ci_high)
}

fn pieces(report: &Report<'_>) -> Vec<Piece> {
    report.parts.iter().flat_map(|part| of_part(report, part)).collect()
}

fn of_part(report: &Report<'_>, part: &Part) -> Vec<Piece> {
    let style = Style::of(report, &part.groups);
    let by = if part.label.is_empty() { String::new() } else { format!("{}: ", part.label) };
    let mut pieces = vec![
        Piece::Heading(format!("{by}{} by {}", report.columns.words, report.group_name())),
        Piece::Table(groups(report, part, &style)),
    ];
    pieces.extend(marks(&part.groups).map(Piece::Line));
    pieces.extend(adjusted(report, part, &style));
    pieces.extend(splits(report, part, &style));
    pieces.extend(super::trend::pieces(report, part, &style));
    if report.args.output.pairs {
        pieces.push(Piece::Heading("every two groups".to_owned()));
        pieces.push(Piece::Table(pairs(report, part, &style)));
    }
    pieces.push(Piece::Heading("are all groups alike?".to_owned()));
    pieces.push(Piece::Table(tests(part)));
    pieces
}

fn marked(e: &Estimate, text: String) -> String {
    match SmallBase::of_estimate(e) {
        Some(SmallBase::Suppressed) => "–".to_owned(),
        Some(SmallBase::Bracketed) => format!("[{text}]"),
        Some(SmallBase::Starred) => format!("{text}*"),
        None => text,
    }
}

/// Whether a base is too small to be shown.
pub(super) fn is_suppressed(e: &Estimate) -> bool {
    SmallBase::of_estimate(e) == Some(SmallBase::Suppressed)
}

fn groups(report: &Report<'_>, part: &Part, style: &Style) -> Aligned {
    let found = &part.groups;
    let what = if style.is_share { "share" } else { "mean" };
    let interval = format!("{} % interval", percent(report.args.what.level));
    let reference = &found.labels[report.columns.reference];
    let mut header: Vec<String> = vec![report.group_name().to_owned(), String::new()];
    let unit = if style.is_share { " (pp)" } else { "" };
    header.extend(["n".to_owned(), what.to_owned(), interval.clone(), format!("− {reference}{unit}"), interval]);
    header.extend(["p".to_owned(), "adj. p".to_owned(), "ratio".to_owned()]);
    if style.is_share {
        header.push("odds ratio".to_owned());
    }
    if report.args.what.within.is_some() {
        header.push("equivalent?".to_owned());
    }
    header.extend(["letters".to_owned(), "rest".to_owned()]);
    let width = header.len();
    let line = |name: &str, letter: String, e: &Estimate| {
        let value = match e.value {
            Some(value) => marked(e, style.value(value)),
            None => "n/e".to_owned(),
        };
        let shown = limits(e).filter(|_| !is_suppressed(e));
        vec![name.to_owned(), letter, quantity(e.n as f64, 0), value, style.range(shown, |v| style.value(v))]
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (k, estimate) in found.estimates.iter().enumerate() {
        let mut row = line(&found.labels[k], format!("({})", letter(k)), estimate);
        match found.reference.iter().find(|contrast| contrast.group == k) {
            None => row.push("reference".to_owned()),
            Some(contrast) => row.extend(difference(report, found, contrast, style)),
        }
        row.resize(width - 2, String::new());
        row.extend([letters(report, found, k), arrow(report, found, k)]);
        rows.push(row);
    }
    let mut all = line("all", String::new(), &found.everybody);
    all.resize(width, String::new());
    rows.push(all);
    Aligned { header, rows, n_left: 2 }
}

/// Whether a contrast rests on a group that is too small to be shown.
fn is_hidden(found: &GroupComparison, contrast: &GroupContrast) -> bool {
    let mut sides = std::iter::once(contrast.group).chain(contrast.other);
    sides.any(|group| is_suppressed(&found.estimates[group]))
}

/// Difference, interval, p, adjusted p, ratios, equivalence.
fn difference(report: &Report<'_>, found: &GroupComparison, contrast: &GroupContrast, style: &Style) -> Vec<String> {
    if is_hidden(found, contrast) {
        return vec!["–".to_owned()];
    }
    let Some(value) = contrast.difference.value.filter(|_| contrast.difference.n > 0) else {
        return vec!["n/e".to_owned()];
    };
    let mut row = vec![
        style.difference(value),
        style.range(limits(&contrast.difference), |v| style.difference(v)),
        p_value(contrast.p_value),
        p_value(contrast.adjusted_p_value),
        ratio(contrast.ratio),
    ];
    if style.is_share {
        row.push(ratio(contrast.odds_ratio));
    }
    if report.args.what.within.is_some() {
        let words = |e: crate::analysis::trend::change::Equivalence| {
            format!("{} (p {})", if e.is_equivalent { "yes" } else { "not shown" }, p_value(Some(e.p_value)))
        };
        row.push(contrast.equivalence.map_or_else(|| "–".to_owned(), words));
    }
    row
}

/// The groups whose share or mean is smaller.
fn letters(report: &Report<'_>, found: &GroupComparison, group: usize) -> String {
    let smaller = |contrast: &&GroupContrast| {
        let (Some(p), Some(d), Some(other)) = (contrast.adjusted_p_value, contrast.difference.value, contrast.other)
        else {
            return false;
        };
        p < report.args.what.alpha && (contrast.group == group && d > 0.0 || other == group && d < 0.0)
    };
    let name = |contrast: &GroupContrast| {
        letter(if contrast.group == group { contrast.other.unwrap_or(group) } else { contrast.group })
    };
    let mut letters: Vec<String> = found.pairs.iter().filter(smaller).map(name).collect();
    letters.sort_by_key(|letter| (letter.len(), letter.clone()));
    joined(letters.into_iter(), found.labels.len())
}

fn arrow(report: &Report<'_>, found: &GroupComparison, group: usize) -> String {
    let contrast = &found.rest[group];
    match contrast.adjusted_p_value.zip(contrast.difference.value) {
        Some((p, d)) if p < report.args.what.alpha => if d > 0.0 { "↑" } else { "↓" }.to_owned(),
        _ => String::new(),
    }
}

fn marks(found: &GroupComparison) -> impl Iterator<Item = String> {
    let has = |mark| found.estimates.iter().any(|e| SmallBase::of_estimate(e) == Some(mark));
    [
        (SmallBase::Suppressed, "– base below 30: not shown and not tested (csv and json carry the numbers)"),
        (SmallBase::Bracketed, "[ ] base of 30 to 49, or fewer than 8 sampling units with members"),
        (SmallBase::Starred, "* base of 50 to 99"),
    ]
    .into_iter()
    .filter(move |(mark, _)| has(*mark))
    .map(|(_, text)| text.to_owned())
    .collect::<Vec<_>>()
    .into_iter()
}

/// A row with empty cells up to a width.
pub(super) fn padded(mut row: Vec<String>, width: usize) -> Vec<String> {
    row.resize(width, String::new());
    row
}

fn pairs(report: &Report<'_>, part: &Part, style: &Style) -> Aligned {
    let labels = &part.groups.labels;
    let interval = format!("{} % interval", percent(report.args.what.level));
    let unit = if style.is_share { "difference (pp)" } else { "difference" };
    let header = ["group", "against", unit, &interval, "t", "degf", "p", "adj. p"].map(str::to_owned).to_vec();
    let width = header.len();
    let row = |c: &GroupContrast| {
        let other = c.other.map_or("the rest", |other| labels[other].as_str());
        if is_hidden(&part.groups, c) {
            return padded(vec![labels[c.group].clone(), other.to_owned(), "–".to_owned()], width);
        }
        vec![
            labels[c.group].clone(),
            other.to_owned(),
            c.difference.value.map_or_else(|| "n/e".to_owned(), |v| style.difference(v)),
            style.range(limits(&c.difference), |v| style.difference(v)),
            c.statistic.map_or_else(|| "–".to_owned(), |t| quantity(t, 2)),
            quantity(c.difference.degf, 0),
            p_value(c.p_value),
            p_value(c.adjusted_p_value),
        ]
    };
    let rows = part.groups.pairs.iter().chain(&part.groups.rest).map(row).collect();
    Aligned { header, rows, n_left: 2 }
}

fn tests(part: &Part) -> Aligned {
    let row = |(name, found): &(&'static str, Result<crate::analysis::compare::OverallTest, String>)| match found {
        Ok(t) => {
            let degf = match t.denominator_degf {
                Some(denominator) => format!("{} and {}", quantity(t.degf, 1), quantity(denominator, 1)),
                None => quantity(t.degf, 1),
            };
            vec![(*name).to_owned(), quantity(t.statistic, 2), degf, p_value(Some(t.p_value))]
        }
        Err(reason) => vec![(*name).to_owned(), "n/e".to_owned(), String::new(), reason.clone()],
    };
    let header = ["test", "statistic", "degf", "p"].map(str::to_owned).to_vec();
    Aligned { header, rows: part.tests.iter().map(row).collect(), n_left: 1 }
}
