//! Groups as dots with intervals, sorted: the figure of a comparison.

use super::palette::series;
use super::spec::{
    ChartSpec, Interval, Panel, PointLook, Row, RowMark, RowsPanel, Scale, Section, Shape, Tick, Track, ValueAxis,
};
use crate::analysis::result::Unit;

/// Ticks that an axis has about.
const TICKS: f64 = 5.0;

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct DotPlot {
    /// What the values are, such as "share of vote = yes".
    pub what: String,
    pub subtitle: String,
    pub caption: String,
    /// Shares, printed in percent; other numbers as they are.
    pub is_share: bool,
    /// Panels below each other.
    pub panels: Vec<DotPanel>,
}

/// Dots on one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct DotPanel {
    /// Heading; none where empty.
    pub title: String,
    pub dots: Vec<Dot>,
    /// The value of everybody, drawn through all rows.
    pub everybody: Option<f64>,
}

/// A group.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    pub label: String,
    /// Rows in the group.
    pub n: usize,
    pub value: f64,
    pub interval: Option<(f64, f64)>,
    /// Whether it is drawn hollow.
    pub is_small: bool,
}

/// The specification of a dot plot: highest value on top, the number of rows beside each label, the value at the right edge.
pub fn dot_plot(plot: &DotPlot) -> ChartSpec {
    let panels: Vec<(&DotPanel, Vec<&Dot>)> = plot.panels.iter().map(|panel| (panel, sorted(panel))).collect();
    let title = match panels.as_slice() {
        [(_, dots)] => match (dots.first(), dots.last()) {
            (Some(high), Some(low)) if dots.len() > 1 => {
                format!("{}: {}, {}: {}", high.label, plot.text(high.value), low.label, plot.text(low.value))
            }
            _ => plot.what.clone(),
        },
        _ => plot.what.clone(),
    };
    let listed = |(panel, dots): &(&DotPanel, Vec<&Dot>)| {
        let groups: Vec<String> = dots.iter().map(|dot| format!("{} {}", dot.label, plot.text(dot.value))).collect();
        let heading = if panel.title.is_empty() { String::new() } else { format!("{}: ", panel.title) };
        format!("{heading}{}", groups.join(", "))
    };
    let alt = panels.iter().map(listed).collect::<Vec<_>>().join(". ");
    ChartSpec {
        id: "comparison".to_owned(),
        language: "en".to_owned(),
        title,
        subtitle: plot.subtitle.clone(),
        caption: plot.caption.clone(),
        alt: format!("Dot plot of the {}. {alt}.", plot.what),
        keys: Vec::new(),
        sections: panels.iter().map(|(panel, dots)| plot.section(panel, dots)).collect(),
    }
}

fn sorted(panel: &DotPanel) -> Vec<&Dot> {
    let mut dots: Vec<&Dot> = panel.dots.iter().collect();
    dots.sort_by(|a, b| b.value.total_cmp(&a.value));
    dots
}

impl DotPlot {
    fn text(&self, value: f64) -> String {
        if self.is_share { format!("{:.0}%", value * 100.0) } else { format!("{value:.2}") }
    }

    fn section(&self, panel: &DotPanel, dots: &[&Dot]) -> Section {
        let row = |dot: &&Dot| Row { label: dot.label.clone(), detail: format!("n = {}", dot.n), is_heading: false };
        let mark = |(row, dot): (usize, &&Dot)| RowMark::Point {
            row,
            value: dot.value,
            interval: dot.interval.map(|(low, high)| Interval { low, high }),
            bounds: None,
            look: PointLook { color: series(0), shape: Shape::Circle, is_open: dot.is_small, is_faint: dot.is_small },
        };
        let track = Track {
            title: String::new(),
            subtitle: String::new(),
            axis: self.axis(dots),
            marks: dots.iter().enumerate().map(mark).collect(),
            notes: dots.iter().enumerate().map(|(row, dot)| (row, self.text(dot.value))).collect(),
            notes_title: String::new(),
            references: panel.everybody.into_iter().collect(),
        };
        let rows = dots.iter().map(row).collect();
        let tracks = vec![track];
        let panel_of_rows = RowsPanel { rows, detail_title: String::new(), tracks, is_common_scale: false, n_slots: 1 };
        Section { title: panel.title.clone(), columns: 1, panels: vec![Panel::Rows(panel_of_rows)] }
    }

    fn axis(&self, dots: &[&Dot]) -> ValueAxis {
        let ends = dots.iter().flat_map(|dot| {
            let (low, high) = dot.interval.unwrap_or((dot.value, dot.value));
            [low, high]
        });
        let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = if low < high { (low, high) } else { (0.0, 1.0) };
        let step = round_step((high - low) / TICKS);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let decimals = |step: f64| (-libm::log10(step)).ceil().clamp(0.0, 6.0) as usize;
        let tick = |k: i64| {
            let at = k as f64 * step;
            let label = match self.is_share {
                true => format!("{:.*}%", decimals(step * 100.0), at * 100.0),
                false => format!("{:.*}", decimals(step), at),
            };
            Tick { at, label }
        };
        ValueAxis {
            unit: if self.is_share { Unit::Share } else { Unit::Index },
            scale: Scale::Linear,
            from: first as f64 * step,
            until: last as f64 * step,
            ticks: (first..=last).map(tick).collect(),
            label: String::new(),
            baseline: None,
        }
    }
}

/// 1, 2 or 5 times a power of ten, at least as large.
fn round_step(step: f64) -> f64 {
    let power = libm::pow(10.0, libm::log10(step).floor());
    [1.0, 2.0, 5.0].map(|k| k * power).into_iter().find(|s| *s >= step).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> DotPlot {
        let dot = |label: &str, value: f64| Dot {
            label: label.to_owned(),
            n: 120,
            value,
            interval: Some((value - 0.04, value + 0.04)),
            is_small: label == "village",
        };
        let panel = DotPanel {
            title: String::new(),
            dots: vec![dot("town", 0.42), dot("city", 0.61), dot("village", 0.38)],
            everybody: Some(0.5),
        };
        let (subtitle, caption) = ("by place".to_owned(), "Whiskers are intervals.".to_owned());
        DotPlot { what: "share of yes".to_owned(), subtitle, caption, is_share: true, panels: vec![panel] }
    }

    #[test]
    fn dots_are_sorted_and_the_title_says_how_far_apart_they_are() {
        let spec = dot_plot(&plot());
        assert_eq!(spec.title, "city: 61%, village: 38%");
        let [Panel::Rows(panel)] = spec.sections[0].panels.as_slice() else { panic!("no rows") };
        let labels: Vec<&str> = panel.rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!((labels, panel.rows[0].detail.as_str()), (vec!["city", "town", "village"], "n = 120"));
        let axis = &panel.tracks[0].axis;
        let ticks: Vec<&str> = axis.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(ticks, ["30%", "40%", "50%", "60%", "70%"]);
        assert!(crate::chart::svg::render(&spec).unwrap().contains("n = 120"));
    }

    #[test]
    fn one_value_without_interval_has_an_axis() {
        let mut one = plot();
        one.panels[0].dots.truncate(1);
        one.panels[0].dots[0].interval = None;
        assert!(crate::chart::svg::render(&dot_plot(&one)).is_ok());
    }
}
