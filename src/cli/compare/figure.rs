//! The figure of a comparison.

use super::Report;
use super::run::Part;
use crate::analysis::SmallBase;
use crate::chart::dots::{Dot, DotPanel, DotPlot, dot_plot};
use crate::chart::svg;
use crate::cli::estimate::percent;
use crate::error::Result;

/// The figure as SVG with its fonts inside.
///
/// # Errors
///
/// What the drawing library refuses.
pub fn figure(report: &Report<'_>) -> Result<String> {
    let level = percent(report.args.what.level);
    let plot = DotPlot {
        what: report.columns.words.clone(),
        subtitle: format!("{} by {}, {}", report.columns.words, report.group_name(), report.file),
        caption: format!(
            "Dots are estimates, whiskers {level}% intervals; the line is the value of all. Hollow: base of 30 to 99, or fewer \
             than 8 sampling units; smaller groups are not shown. Intervals cover sampling only."
        ),
        is_share: report.columns.outcome.is_share(),
        panels: report.parts.iter().map(panel).collect(),
    };
    Ok(svg::with_fonts(&svg::render(&dot_plot(&plot))?))
}

fn panel(part: &Part) -> DotPanel {
    let dots = part.groups.labels.iter().zip(&part.groups.estimates).filter_map(|(label, e)| {
        let mark = SmallBase::of_estimate(e);
        let value = e.value.filter(|_| mark != Some(SmallBase::Suppressed))?;
        let interval = e.ci_low.zip(e.ci_high);
        Some(Dot { label: label.clone(), n: e.n, value, interval, is_small: mark.is_some() })
    });
    DotPanel { title: part.label.clone(), dots: dots.collect(), everybody: part.groups.everybody.value }
}
