//! How differences change with time, for people.

use super::Report;
use super::people::{Piece, Style, degf, finer_ratio, is_suppressed, limits, p_value};
use super::read::Times;
use super::run::Part;
use crate::cli::aligned::Aligned;
use crate::cli::estimate::{percent, quantity};
use crate::estimate::Estimate;

/// Heading, table and lines; nothing where no trend was asked for.
pub fn pieces(report: &Report<'_>, part: &Part, style: &Style) -> Vec<Piece> {
    let (Some(found), Some(times)) = (&part.trend, &report.columns.trend) else { return Vec::new() };
    let reference = &part.groups.labels[report.columns.reference];
    let name = &times.name;
    let mut pieces = vec![Piece::Heading(format!("does the difference to {reference} change with {name}?"))];
    let found = match found {
        Ok(found) => found,
        Err(reason) => {
            pieces.push(Piece::Line(format!("no model: {reason}")));
            return pieces;
        }
    };
    let per = unit(times);
    let interval = format!("{} % interval", percent(report.args.what.level));
    let points = if style.is_share { " (pp)" } else { "" };
    let mut header = vec![
        report.group_name().to_owned(),
        format!("change {per}{points}"),
        interval.clone(),
        format!("− {reference}{points}"),
        interval,
        "p".to_owned(),
    ];
    if style.is_share {
        header.push("odds ratio ×".to_owned());
    }
    let width = header.len();
    let own = style;
    let tell = |e: &Option<Estimate>, missing: &str| {
        let style = own.finer(e.as_ref().and_then(|e| e.se));
        let value = e.as_ref().and_then(|e| e.value).map_or_else(|| missing.to_owned(), |v| style.difference(v));
        [value, style.range(e.as_ref().and_then(limits), |v| style.difference(v))]
    };
    let row = |(k, (label, group)): (usize, (&String, &crate::analysis::compare::GroupTrend))| {
        let mut row = vec![label.clone()];
        if part.groups.estimates.get(k).is_some_and(is_suppressed) {
            row.push("–".to_owned());
            row.resize(width, String::new());
            return row;
        }
        row.extend(tell(&group.slope, "n/e"));
        if k == report.columns.reference {
            row.push("reference".to_owned());
        } else {
            row.extend(tell(&group.difference, "n/e"));
            row.push(p_value(group.p_value));
            row.extend(style.is_share.then(|| finer_ratio(group.odds)));
        }
        row.resize(width, String::new());
        row
    };
    let rows = part.groups.labels.iter().zip(&found.groups).enumerate().map(row);
    pieces.push(Piece::Table(Aligned { header, rows: rows.collect(), n_left: 1 }));
    for (k, (label, group)) in part.groups.labels.iter().zip(&found.groups).enumerate() {
        let own = group.slope.as_ref().and_then(|slope| slope.reason);
        if let Some(reason) = own.filter(|_| !part.groups.estimates.get(k).is_some_and(is_suppressed)) {
            let from = if k == report.columns.reference { ", and differences from it have none" } else { "" };
            pieces.push(Piece::Line(format!("n/e {label}: no interval and no test{from}: {reason}")));
        }
    }
    for (name, test) in part.tests_of_trend() {
        pieces.push(Piece::Line(match test {
            Ok(t) => format!("{name}: F {} on {}, p {}", quantity(t.statistic, 2), degf(&t), p_value(Some(t.p_value))),
            Err(reason) => format!("{name}: n/e, {reason}"),
        }));
    }
    let held = match report.args.what.adjust.as_slice() {
        [] => String::new(),
        held => format!(", {} held equal", held.join(", ")),
    };
    pieces.push(Piece::Line(format!(
        "interaction of group and {name} in a linear model of {} rows, {} times{held}; waves that are samples of their own belong \
         into strata of their own",
        quantity(found.n as f64, 0),
        found.times.len()
    )));
    if !found.collinear.is_empty() {
        let names = found.collinear.join(", ");
        pieces.push(Piece::Line(format!("left out, because other columns explain them or nobody has them: {names}")));
    }
    pieces
}

fn unit(times: &Times) -> String {
    if times.is_date { "a year".to_owned() } else { format!("per unit of {}", times.name) }
}
