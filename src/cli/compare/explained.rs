//! For people: a comparison after other columns are held equal, and what composition explains of its gaps.

use super::Report;
use super::people::{Piece, Style, is_suppressed, limits, p_value, padded};
use super::run::Part;
use crate::analysis::compare::NoEffect;
use crate::analysis::decomposition::{OaxacaBlinder, PartKind};
use crate::cli::aligned::Aligned;
use crate::cli::estimate::{percent, quantity};
use crate::model::Predicted;

/// The groups with other columns held equal, and what is to be known of the model.
pub fn adjusted(report: &Report<'_>, part: &Part, style: &Style) -> Vec<Piece> {
    let Some(found) = &part.adjusted else { return Vec::new() };
    let held = report.args.what.adjust.join(", ");
    let mut pieces = vec![Piece::Heading(format!("after holding {held} equal"))];
    let found = match found {
        Ok(found) => found,
        Err(reason) => {
            pieces.push(Piece::Line(format!("no model: {reason}")));
            return pieces;
        }
    };
    let interval = format!("{} % interval", percent(report.args.what.level));
    let what = if style.is_share { "adjusted share" } else { "adjusted mean" };
    let reference = &part.groups.labels[report.columns.reference];
    let unit = if style.is_share { " (pp)" } else { "" };
    let header = vec![
        report.group_name().to_owned(),
        what.to_owned(),
        interval.clone(),
        format!("− {reference}{unit}"),
        interval,
        "p".to_owned(),
        "before".to_owned(),
    ];
    let range = |found: Option<Predicted>, show: &dyn Fn(f64) -> String| {
        style.range(found.and_then(|f| f.interval).map(|i| (i.low, i.high)), show)
    };
    let width = header.len();
    let is_small = |group: usize| is_suppressed(&part.groups.estimates[group]);
    let rows = part.groups.labels.iter().zip(&found.groups).enumerate().map(|(k, (label, group))| {
        let value = |v: f64| style.value(v);
        let gap = |v: f64| style.difference(v);
        let is_reference = k == report.columns.reference;
        if is_small(k) {
            let difference = if is_reference { "reference" } else { "–" };
            return vec![label.clone(), "–".to_owned(), String::new(), difference.to_owned()];
        }
        let shown = group.prediction.map_or_else(|| "n/e".to_owned(), |p| value(p.value));
        if is_small(report.columns.reference) {
            return vec![label.clone(), shown, range(group.prediction, &value), "–".to_owned()];
        }
        let before = part.groups.reference.iter().find(|c| c.group == k).and_then(|c| c.difference.value);
        let missing = if is_reference { "reference" } else { "n/e" };
        vec![
            label.clone(),
            shown,
            range(group.prediction, &value),
            group.difference.map_or_else(|| missing.to_owned(), |d| gap(d.value)),
            range(group.difference, &gap),
            if is_reference { String::new() } else { p_value(group.p_value) },
            before.map_or_else(String::new, gap),
        ]
    });
    let rows = rows.map(|row| padded(row, width)).collect();
    pieces.push(Piece::Table(Aligned { header, rows, n_left: 1 }));
    for (label, group) in part.groups.labels.iter().zip(&found.groups) {
        if let Some(reason) = group.reason.filter(|reason| *reason != NoEffect::Reference) {
            pieces.push(Piece::Line(format!("{label}: not estimable: {reason}")));
        }
    }
    if found.groups.iter().any(|group| group.reason == Some(NoEffect::Reference)) {
        let text = format!("differences from {reference} are not estimable; name another group with `--reference`");
        pieces.push(Piece::Line(text));
    }
    let model = if style.is_share { "logit model" } else { "linear model" };
    let (n, degf) = (quantity(found.n as f64, 0), quantity(found.degf, 0));
    let scale = if style.is_share { ", intervals of shares on the logit scale" } else { "" };
    pieces.push(Piece::Line(format!(
        "means of predictions of a {model} of {n} rows with all values, were all in the group; t with {degf} degrees of freedom{scale}; \
         `before` is the difference without the model"
    )));
    if !found.separated.is_empty() {
        let names = found.separated.join(", ");
        pieces.push(Piece::Line(format!(
            "separation: all or none with {names} give the answer, so these effects are infinite: of a group it is not estimable \
             (n/e), people of a level are predicted at 0 or 100 %, whatever the group"
        )));
    }
    if !found.collinear.is_empty() {
        let names = found.collinear.join(", ");
        pieces.push(Piece::Line(format!("left out, because other columns explain them or nobody has them: {names}")));
    }
    pieces
}

/// How each gap to the reference is split.
pub fn splits(report: &Report<'_>, part: &Part, style: &Style) -> Vec<Piece> {
    if part.splits.is_empty() {
        return Vec::new();
    }
    let reference = &part.groups.labels[report.columns.reference];
    let held = report.args.what.decompose.join(", ");
    let mut pieces = vec![Piece::Heading(format!("where the gap to {reference} comes from: {held}"))];
    let mut rows = Vec::new();
    let labels = &part.groups.labels;
    let is_small = |label: &String| {
        labels.iter().position(|l| l == label).is_some_and(|k| is_suppressed(&part.groups.estimates[k]))
    };
    for (group, split) in &part.splits {
        if is_small(group) || is_small(reference) {
            rows.push(vec![group.clone(), "gap".to_owned(), "–".to_owned(), String::new()]);
            continue;
        }
        let split = match split {
            Ok(split) => split,
            Err(reason) => {
                pieces.push(Piece::Line(format!("{group}: not split: {reason}")));
                continue;
            }
        };
        let mut row = |name: &str, place: usize| {
            let Some(e) = split.estimates.get(place) else { return };
            let value = e.value.map_or_else(|| "n/e".to_owned(), |v| style.difference(v));
            rows.push(vec![group.clone(), name.to_owned(), value, style.range(limits(e), |v| style.difference(v))]);
        };
        row("gap", split.gap);
        for part in &split.parts {
            let name = match part.kind {
                PartKind::Explained => "made up of other people",
                PartKind::Unexplained => "like people answer otherwise",
                _ => continue,
            };
            row(name, part.total);
            if part.kind == PartKind::Explained {
                part.terms.iter().skip(1).for_each(|(term, place)| row(&format!("  of it {term}"), *place));
            }
        }
    }
    if rows.is_empty() {
        return pieces;
    }
    let unit = if style.is_share { "pp" } else { "difference" };
    let interval = format!("{} % interval", percent(report.args.what.level));
    let header = vec![report.group_name().to_owned(), "part".to_owned(), unit.to_owned(), interval];
    pieces.push(Piece::Table(Aligned { header, rows, n_left: 2 }));
    pieces.extend(without_values(part, reference).map(Piece::Line));
    let model = if style.is_share { "logit" } else { "linear" };
    pieces.push(Piece::Line(format!(
        "Oaxaca–Blinder, twofold, {model}, coefficients of all rows with the group held; arithmetic, not cause"
    )));
    pieces
}

/// Rows of the table above that are outside a split, as a column of it has no value there: its gap is that of the others.
fn without_values<'a>(part: &'a Part, reference: &'a str) -> impl Iterator<Item = String> + 'a {
    let n_of = |label: &str| {
        let place = part.groups.labels.iter().position(|own| own == label);
        place.and_then(|k| part.groups.estimates.get(k)).map_or(0, |e| e.n)
    };
    let line = move |(group, split): &'a (String, Result<OaxacaBlinder, String>)| {
        let [n, n_reference] = split.as_ref().ok()?.n;
        let (all, all_of_reference) = (n_of(group), n_of(reference));
        let is_less = n < all || n_reference < all_of_reference;
        is_less.then(|| {
            let rows = |n: usize| quantity(n as f64, 0);
            format!(
                "{group} less {reference}: of {} and {} rows, {} and {} have all values and are split; the gap is theirs",
                rows(all),
                rows(all_of_reference),
                rows(n),
                rows(n_reference)
            )
        })
    };
    part.splits.iter().filter_map(line)
}
