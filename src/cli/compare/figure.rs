//! The figure of a comparison.

use super::Report;
use super::run::Part;
use crate::analysis::SmallBase;
use crate::analysis::compare::GroupComparison;
use crate::chart::dots::{Dot, DotPanel, DotPlot, Gap, dot_plot};
use crate::chart::gaps::{GapPanel, GapPlot, GapPoint, gap_plot};
use crate::chart::svg;
use crate::cli::estimate::percent;
use crate::error::Result;
use crate::estimate::Estimate;

/// The figure as SVG with its fonts inside.
///
/// # Errors
///
/// What the drawing library refuses.
pub fn figure(report: &Report<'_>) -> Result<String> {
    let level = percent(report.args.what.level);
    let reference = reference(report);
    let mut gaps = vec![format!("difference from {reference}")];
    if !report.args.what.adjust.is_empty() {
        gaps.push(format!("difference from {reference}, after holding {} equal", report.args.what.adjust.join(", ")));
    }
    let plot = DotPlot {
        what: report.columns.words.clone(),
        subtitle: format!("{} by {}, {}", report.columns.words, report.group_name(), report.file),
        caption: format!(
            "Left: estimates with {level}% intervals; the line is the value of all. Right: differences from {reference}, the \
             reference, with {level}% intervals; the line is no difference. Hollow: base of 30 to 99, or fewer than 8 sampling \
             units; smaller groups are not shown. Intervals cover sampling only."
        ),
        is_share: report.columns.outcome.is_share(),
        gaps,
        panels: report.parts.iter().map(|part| panel(report, part)).collect(),
    };
    Ok(svg::with_fonts(&svg::render(&dot_plot(&plot))?))
}

fn reference<'a>(report: &'a Report<'_>) -> &'a str {
    report.columns.groups.labels().get(report.columns.reference).map_or("", String::as_str)
}

fn panel(report: &Report<'_>, part: &Part) -> DotPanel {
    let dot = |(group, e): (usize, &Estimate)| {
        let mark = SmallBase::of_estimate(e);
        let value = e.value.filter(|_| mark != Some(SmallBase::Suppressed))?;
        let (interval, label) = (e.ci_low.zip(e.ci_high), part.groups.labels[group].clone());
        Some(Dot { label, n: e.n, value, interval, is_small: mark.is_some(), gaps: gaps(report, part, group) })
    };
    let dots = part.groups.estimates.iter().enumerate().filter_map(dot);
    DotPanel { title: part.label.clone(), dots: dots.collect(), everybody: part.groups.everybody.value }
}

/// The difference of a group from the reference, and that after adjustment where it was asked for.
fn gaps(report: &Report<'_>, part: &Part, group: usize) -> Vec<Gap> {
    let asked = if report.args.what.adjust.is_empty() { 1 } else { 2 };
    let none = |text: &str| Gap::None(text.to_owned());
    if group == report.columns.reference {
        return vec![none("reference"); asked];
    }
    let of_reference = part.groups.estimates.get(report.columns.reference);
    if of_reference.and_then(SmallBase::of_estimate) == Some(SmallBase::Suppressed) {
        return vec![none("the reference is too small"); asked];
    }
    let found = part.groups.reference.iter().find(|contrast| contrast.group == group).map(|c| &c.difference);
    let before = found.and_then(|d| Some(Gap::Known(d.value?, d.ci_low.zip(d.ci_high))));
    let mut gaps = vec![before.unwrap_or_else(|| none("not estimable"))];
    if let Some(adjusted) = &part.adjusted {
        let found = adjusted.as_ref().ok().and_then(|adjusted| adjusted.groups.get(group)?.difference);
        let after = found.map(|d| Gap::Known(d.value, d.interval.map(|interval| (interval.low, interval.high))));
        gaps.push(after.unwrap_or_else(|| none("not estimable")));
    }
    gaps
}

/// The differences at each time of `--trend` as SVG with its fonts inside; none where no trend was found.
///
/// # Errors
///
/// What the drawing library refuses.
pub fn over_time(report: &Report<'_>) -> Result<Option<String>> {
    let Some(times) = &report.columns.trend else { return Ok(None) };
    let panels: Vec<GapPanel> = report.parts.iter().flat_map(|part| gap_panels(report, part)).collect();
    if panels.is_empty() {
        return Ok(None);
    }
    let (level, reference) = (percent(report.args.what.level), reference(report));
    let unit = if report.columns.outcome.is_share() { "percentage points, " } else { "" };
    let plot = GapPlot {
        title: format!("{}: difference from {reference} by {}", report.columns.words, times.name),
        subtitle: format!("{unit}by {}, {}", report.group_name(), report.file),
        caption: format!(
            "Differences from {reference} at each time with {level}% intervals; the line is no difference. Hollow: base of 30 to 99, \
             or fewer than 8 sampling units; smaller groups are not shown. Intervals cover sampling only."
        ),
        is_share: report.columns.outcome.is_share(),
        panels,
    };
    Ok(Some(svg::with_fonts(&svg::render(&gap_plot(&plot))?)))
}

fn gap_panels(report: &Report<'_>, part: &Part) -> Vec<GapPanel> {
    let of_group = |(group, label): (usize, &String)| {
        let point = |(time, found): &(f64, GroupComparison)| {
            let contrast = found.reference.iter().find(|contrast| contrast.group == group)?;
            let marks = [group, report.columns.reference].map(|k| SmallBase::of_estimate(&found.estimates[k]));
            let d = &contrast.difference;
            let value = d.value.filter(|_| !marks.contains(&Some(SmallBase::Suppressed)))?;
            let (interval, is_small) = (d.ci_low.zip(d.ci_high), marks.iter().any(Option::is_some));
            Some(GapPoint { time: *time, value, interval, is_small })
        };
        let points: Vec<GapPoint> = part.over_time.iter().filter_map(point).collect();
        let label = if part.label.is_empty() { label.clone() } else { format!("{label}, {}", part.label) };
        (!points.is_empty()).then_some(GapPanel { label, points })
    };
    part.groups.labels.iter().enumerate().filter_map(of_group).collect()
}
