//! A comparison for people.

use super::Report;
use super::explained::{adjusted, splits};
use super::run::Part;
use crate::analysis::SmallBase;
use crate::analysis::banner::{joined, letter};
use crate::analysis::compare::{GroupComparison, GroupContrast, OverallTest, Relative, Skipped, is_rounding};
use crate::cli::aligned::{Aligned, escaped};
use crate::cli::estimate::{decimals_for, percent, quantity};
use crate::cli::tabulate::AdjustName;
use crate::estimate::{Estimate, NotEstimable};

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
        // A standard error of nothing but rounding asks for no digits.
        let e = &groups.everybody;
        let se = e.se.filter(|se| !is_rounding(*se, e.value.unwrap_or(0.0)));
        Style { is_share, decimals: if is_share { 1 } else { decimals_for(se) } }
    }

    /// A value; of shares in percent.
    pub fn value(&self, value: f64) -> String {
        if self.is_share { format!("{}%", signed(value * 100.0, self.decimals)) } else { signed(value, self.decimals) }
    }

    /// A difference with its sign; of shares in percentage points.
    pub fn difference(&self, value: f64) -> String {
        let text = signed(if self.is_share { value * 100.0 } else { value }, self.decimals);
        let sign = if text.starts_with('−') || !text.contains(|c: char| matches!(c, '1'..='9')) { "" } else { "+" };
        format!("{sign}{text}")
    }

    /// The same with as many more decimals as two digits of a standard error need: changes per unit of time may be small.
    pub fn finer(&self, se: Option<f64>) -> Self {
        let shown = se.map(|se| if self.is_share { se * 100.0 } else { se }).filter(|se| *se > 0.0);
        let needed = shown.map_or(0, |se| decimals_for(Some(se)));
        Style { is_share: self.is_share, decimals: self.decimals.max(needed) }
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

/// A number with a true minus.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    quantity(value, decimals).replace('-', "−")
}

/// A ratio with its limits, in two decimals.
pub(super) fn ratio(found: Option<Relative>) -> String {
    ratio_in(found, |_| 2)
}

/// The same with the decimals that a digit of its standard error needs: factors per unit of time may be close to 1.
pub(super) fn finer_ratio(found: Option<Relative>) -> String {
    ratio_in(found, |r| decimals_for(Some(r.value * r.se_log)).saturating_sub(1).clamp(2, 6))
}

fn ratio_in(found: Option<Relative>, decimals: impl Fn(Relative) -> usize) -> String {
    let shown = |r: Relative| {
        let [value, low, high] = [r.value, r.low, r.high].map(|number| quantity(number, decimals(r)));
        format!("{value} ({low}–{high})")
    };
    found.map_or_else(|| "–".to_owned(), shown)
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
    let heading = format!("{by}{} by {}", report.columns.words, report.group_name());
    if let Some(nothing) = nothing(&part.groups) {
        return match part.label.is_empty() {
            true => vec![Piece::Heading(heading), Piece::Line(nothing)],
            // One line each: there may be many such values.
            false => vec![Piece::Line(format!("{}: {nothing}", part.label))],
        };
    }
    let mut pieces = vec![Piece::Heading(heading)];
    pieces.push(Piece::Table(groups(report, part, &style)));
    pieces.extend(marks(&part.groups).map(Piece::Line));
    pieces.extend(reasons(&part.groups).into_iter().map(Piece::Line));
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

/// Why there is nothing to compare in a table, said in place of it.
fn nothing(found: &GroupComparison) -> Option<String> {
    let sizes = || found.estimates.iter().map(|e| e.n);
    match sizes().max().unwrap_or(0) {
        0 => Some("nothing can be compared: no row that counts has an outcome and a group".to_owned()),
        largest if found.estimates.iter().all(is_suppressed) => Some(format!(
            "nothing can be compared: all {} groups have a base below 30, the largest {largest} (csv and json carry the numbers)",
            sizes().filter(|n| *n > 0).count()
        )),
        _ => None,
    }
}

/// Why groups have no interval or are not tested, and the way out.
fn reasons(found: &GroupComparison) -> Vec<String> {
    let mut reasons: Vec<(NotEstimable, Vec<&str>)> = Vec::new();
    let shown = found.labels.iter().zip(&found.estimates).filter(|(_, e)| !is_suppressed(e));
    for (label, reason) in shown.filter_map(|(label, e)| Some((label, e.reason?))) {
        match reasons.iter_mut().find(|(own, _)| *own == reason) {
            Some((_, labels)) => labels.push(label),
            None => reasons.push((reason, vec![label])),
        }
    }
    let line = |(reason, labels): (NotEstimable, Vec<&str>)| {
        let way_out = match reason {
            NotEstimable::OnePsu | NotEstimable::NoDegreesOfFreedom => {
                ", so its standard error is not known, and it is in no test; strata that stand for themselves are declared with \
                 `--self-representing`"
            }
            NotEstimable::MissingValues => "; `--missing exclude` takes the rows with an outcome",
            _ => "",
        };
        format!("n/e {}: {reason}{way_out}", labels.join(", "))
    };
    let mut lines: Vec<String> = reasons.into_iter().map(line).collect();
    let has = |wanted: Skipped| found.reference.iter().chain(&found.pairs).any(|c| c.skipped == Some(wanted));
    if has(Skipped::ZeroVariance) {
        let text = "shares of 0 or 100 % are not tested; the interval of a difference from one is Newcombe's, from those of both";
        lines.push(text.to_owned());
    }
    for reason in [Skipped::NoVariation, Skipped::NoError].into_iter().filter(|reason| has(*reason)) {
        lines.push(format!("not tested: {}", reason.name()));
    }
    lines
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
    header.push("p".to_owned());
    header.extend(is_adjusted(report).then(|| "adj. p".to_owned()));
    header.push("ratio".to_owned());
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
    ];
    row.extend(is_adjusted(report).then(|| p_value(contrast.adjusted_p_value)));
    row.push(ratio(contrast.ratio));
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

/// Whether p-values are adjusted for their number.
fn is_adjusted(report: &Report<'_>) -> bool {
    report.args.what.adjust_p != AdjustName::None
}

/// Degrees of freedom of a test.
pub(super) fn degf(test: &OverallTest) -> String {
    match test.denominator_degf {
        Some(denominator) => format!("{} and {}", quantity(test.degf, 1), quantity(denominator, 1)),
        None => quantity(test.degf, 1),
    }
}

/// The groups whose share or mean is smaller.
fn letters(report: &Report<'_>, found: &GroupComparison, group: usize) -> String {
    let smaller = |contrast: &GroupContrast| {
        let (d, other) = (contrast.difference.value?, contrast.other?);
        let smaller = match (contrast.group == group, other == group) {
            (true, _) if d > 0.0 => other,
            (_, true) if d < 0.0 => contrast.group,
            _ => return None,
        };
        let is_strict = significance(report, contrast)?;
        let is_small = !is_strict && report.args.what.alpha.len() > 1;
        Some((smaller, if is_small { letter(smaller).to_lowercase() } else { letter(smaller) }))
    };
    let mut letters: Vec<(usize, String)> = found.pairs.iter().filter_map(smaller).collect();
    letters.sort();
    joined(letters.into_iter().map(|(_, letter)| letter), found.labels.len())
}

/// Nothing where a difference is not significant; otherwise whether it is at the strictest level.
fn significance(report: &Report<'_>, contrast: &GroupContrast) -> Option<bool> {
    let p = contrast.adjusted_p_value?;
    let is_below = |level: Option<&f64>| level.is_some_and(|level| p < *level);
    let levels = &report.args.what.alpha;
    is_below(levels.first()).then(|| is_below(levels.last()))
}

fn arrow(report: &Report<'_>, found: &GroupComparison, group: usize) -> String {
    let contrast = &found.rest[group];
    match significance(report, contrast).zip(contrast.difference.value) {
        Some((is_strict, d)) => {
            let arrow = if d > 0.0 { "↑" } else { "↓" };
            arrow.repeat(if is_strict && report.args.what.alpha.len() > 1 { 2 } else { 1 })
        }
        None => String::new(),
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
    let mut header = ["group", "against", unit, &interval, "t", "degf", "p"].map(str::to_owned).to_vec();
    header.extend(is_adjusted(report).then(|| "adj. p".to_owned()));
    let width = header.len();
    let row = |c: &GroupContrast| {
        let other = c.other.map_or("the rest", |other| labels[other].as_str());
        if is_hidden(&part.groups, c) {
            return padded(vec![labels[c.group].clone(), other.to_owned(), "–".to_owned()], width);
        }
        let mut row = vec![
            labels[c.group].clone(),
            other.to_owned(),
            c.difference.value.map_or_else(|| "n/e".to_owned(), |v| style.difference(v)),
            style.range(limits(&c.difference), |v| style.difference(v)),
            c.statistic.map_or_else(|| "–".to_owned(), |t| signed(t, 2)),
            quantity(c.difference.degf, 0),
            p_value(c.p_value),
        ];
        row.extend(is_adjusted(report).then(|| p_value(c.adjusted_p_value)));
        row
    };
    let rows = part.groups.pairs.iter().chain(&part.groups.rest).map(row).collect();
    Aligned { header, rows, n_left: 2 }
}

fn tests(part: &Part) -> Aligned {
    let row = |(name, found): &(&'static str, Result<OverallTest, String>)| match found {
        Ok(t) => {
            vec![(*name).to_owned(), signed(t.statistic, 2), degf(t), p_value(Some(t.p_value))]
        }
        Err(reason) => vec![(*name).to_owned(), "n/e".to_owned(), String::new(), reason.clone()],
    };
    let header = ["test", "statistic", "degf", "p"].map(str::to_owned).to_vec();
    Aligned { header, rows: part.tests.iter().map(row).collect(), n_left: 1 }
}
