//! Differences from a reference over time, a panel each: the figure of a trend of gaps.

use super::dots::{Scaled, ends};
use super::palette::series;
use super::spec::{ChartSpec, Dash, Interval, Panel, Section, Series, SeriesPoint, Shape, Tick, TimeAxis, TimePanel};

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct GapPlot {
    pub title: String,
    pub subtitle: String,
    pub caption: String,
    /// Shares, whose differences are in points; other numbers as they are.
    pub is_share: bool,
    pub panels: Vec<GapPanel>,
}

/// The differences of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GapPanel {
    pub label: String,
    /// In the order of time.
    pub points: Vec<GapPoint>,
}

/// A difference at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GapPoint {
    pub time: f64,
    pub value: f64,
    pub interval: Option<(f64, f64)>,
    /// Whether it is drawn hollow.
    pub is_small: bool,
}

/// The specification of panels with one scale: time to the right, the difference upwards, no difference as a heavier line.
pub fn gap_plot(plot: &GapPlot) -> ChartSpec {
    let scaled = Scaled { is_share: plot.is_share, is_gap: true };
    let points = || plot.panels.iter().flat_map(|panel| &panel.points);
    let x = time_axis(points().map(|point| point.time));
    let mut y = scaled.axis(points().flat_map(|point| ends(point.value, point.interval)).chain([0.0]));
    y.baseline = Some(0.0);
    let panel = |panel: &GapPanel| {
        let points: Vec<SeriesPoint> = panel.points.iter().map(point).collect();
        let last = panel.points.last().map_or_else(String::new, |point| scaled.text(point.value));
        Panel::Time(TimePanel {
            title: panel.label.clone(),
            x: x.clone(),
            y: y.clone(),
            series: vec![Series {
                label: String::new(),
                last,
                color: series(1),
                dash: Dash::Solid,
                shape: Shape::Square,
                is_dense: false,
                has_line: true,
                points,
            }],
            columns: Vec::new(),
            events: Vec::new(),
            strips: Vec::new(),
        })
    };
    let listed = |panel: &GapPanel| {
        let values = panel.points.iter().map(|point| format!("{} at {}", scaled.text(point.value), point.time));
        format!("{}: {}", panel.label, values.collect::<Vec<_>>().join(", "))
    };
    let columns = if plot.panels.len() > 1 { 2 } else { 1 };
    ChartSpec {
        id: "trend".to_owned(),
        language: "en".to_owned(),
        title: plot.title.clone(),
        subtitle: plot.subtitle.clone(),
        caption: plot.caption.clone(),
        alt: format!("{}. {}.", plot.title, plot.panels.iter().map(listed).collect::<Vec<_>>().join(". ")),
        keys: Vec::new(),
        sections: vec![Section { title: String::new(), columns, panels: plot.panels.iter().map(panel).collect() }],
    }
}

fn point(point: &GapPoint) -> SeriesPoint {
    SeriesPoint {
        x: point.time,
        value: point.value,
        interval: point.interval.map(|(low, high)| Interval { low, high }),
        is_open: point.is_small,
        is_opt_in: false,
        is_faint: point.is_small,
        starts_segment: false,
        is_sparse: false,
        is_after_gap: false,
    }
}

/// An axis with round times, and room at both ends.
fn time_axis(times: impl Iterator<Item = f64>) -> TimeAxis {
    let (low, high) = times.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), t| (low.min(t), high.max(t)));
    let (low, high) = if low < high { (low, high) } else { (0.0, 1.0) };
    let room = 0.04 * (high - low);
    let (step, decimals) = Scaled::step(low, high);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    let tick = |k: i64| {
        let at = k as f64 * step;
        Tick { at, label: format!("{at:.decimals$}") }
    };
    TimeAxis { from: low - room, until: high + room, ticks: (first..=last).map(tick).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_share_one_scale_that_shows_zero() {
        let point = |time: f64, value: f64| GapPoint {
            time,
            value,
            interval: Some((value - 0.03, value + 0.03)),
            is_small: false,
        };
        let panel = |label: &str, shift: f64| GapPanel {
            label: label.to_owned(),
            points: vec![point(2001.0, 0.05 + shift), point(2003.0, 0.08 + shift)],
        };
        let plot = GapPlot {
            title: "gap".to_owned(),
            subtitle: String::new(),
            caption: String::new(),
            is_share: true,
            panels: vec![panel("town", 0.0), panel("village", 0.1)],
        };
        let spec = gap_plot(&plot);
        let [Panel::Time(town), Panel::Time(village)] = spec.sections[0].panels.as_slice() else { panic!("no times") };
        assert_eq!((&town.y, &town.x), (&village.y, &village.x));
        assert!(town.y.from <= 0.0 && town.y.until >= 0.21 && town.y.baseline == Some(0.0));
        assert!(spec.alt.contains("village: +15.0 at 2001, +18.0 at 2003"), "{}", spec.alt);
        assert!(crate::chart::svg::render(&spec).unwrap().contains("village"));
    }
}
