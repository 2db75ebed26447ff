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
    /// Shares, printed in percent, and their differences in points; other numbers as they are.
    pub is_share: bool,
    /// Headings of the plots of differences beside that of values: those as they are, those after adjustment.
    pub gaps: Vec<String>,
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
    /// For each heading of [`DotPlot::gaps`], the difference from the reference.
    pub gaps: Vec<Gap>,
}

/// A difference from the reference.
#[derive(Debug, Clone, PartialEq)]
pub enum Gap {
    /// The value and its interval.
    Known(f64, Option<(f64, f64)>),
    /// Why there is none, such as that the group is the reference.
    None(String),
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
        let groups: Vec<String> = dots.iter().map(|dot| plot.in_words(dot)).collect();
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
    /// A group with its value and differences, for those who do not see the picture.
    fn in_words(&self, dot: &Dot) -> String {
        let mut text = format!("{} {}", dot.label, self.text(dot.value));
        for (title, gap) in self.gaps.iter().zip(&dot.gaps) {
            if let Gap::Known(value, _) = gap {
                text.push_str(&format!(" ({title}: {})", self.gap_text(*value)));
            }
        }
        text
    }

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
        let ends = dots.iter().flat_map(|dot| ends(dot.value, dot.interval));
        let track = Track {
            title: if self.gaps.is_empty() { String::new() } else { self.what.clone() },
            subtitle: String::new(),
            axis: Scaled { is_share: self.is_share, is_gap: false }.axis(ends),
            marks: dots.iter().enumerate().map(mark).collect(),
            notes: dots.iter().enumerate().map(|(row, dot)| (row, self.text(dot.value))).collect(),
            notes_title: String::new(),
            references: panel.everybody.into_iter().collect(),
        };
        let rows = dots.iter().map(row).collect();
        let mut tracks = vec![track];
        tracks.extend((0..self.gaps.len()).map(|which| self.gap_track(which, dots)));
        let n_slots = tracks.len();
        let panel_of_rows = RowsPanel { rows, detail_title: String::new(), tracks, is_common_scale: false, n_slots };
        Section { title: panel.title.clone(), columns: 1, panels: vec![Panel::Rows(panel_of_rows)] }
    }

    /// Differences; all plots of them have one scale, which shows 0.
    fn gap_track(&self, which: usize, dots: &[&Dot]) -> Track {
        let all = dots.iter().flat_map(|dot| &dot.gaps).filter_map(|gap| match gap {
            Gap::Known(value, interval) => Some(ends(*value, *interval)),
            Gap::None(_) => None,
        });
        let mut track = Track {
            title: self.gaps[which].clone(),
            subtitle: if self.is_share { "percentage points".to_owned() } else { String::new() },
            axis: self.gaps_scaled().axis(all.flatten().chain([0.0])),
            marks: Vec::new(),
            notes: Vec::new(),
            notes_title: String::new(),
            references: vec![0.0],
        };
        for (row, dot) in dots.iter().enumerate() {
            match dot.gaps.get(which) {
                Some(Gap::Known(value, interval)) => {
                    track.marks.push(RowMark::Point {
                        row,
                        value: *value,
                        interval: interval.map(|(low, high)| Interval { low, high }),
                        bounds: None,
                        look: PointLook {
                            color: series(1 + which),
                            shape: if which == 0 { Shape::Square } else { Shape::Triangle },
                            is_open: dot.is_small,
                            is_faint: dot.is_small,
                        },
                    });
                    track.notes.push((row, self.gap_text(*value)));
                }
                Some(Gap::None(text)) => track.marks.push(RowMark::Gap { row, text: text.clone() }),
                None => {}
            }
        }
        track
    }

    fn gap_text(&self, value: f64) -> String {
        self.gaps_scaled().text(value)
    }

    fn gaps_scaled(&self) -> Scaled {
        Scaled { is_share: self.is_share, is_gap: true }
    }
}

/// How values, or differences of them, are written and scaled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scaled {
    pub is_share: bool,
    pub is_gap: bool,
}

impl Scaled {
    /// A difference with its sign; of shares in points.
    pub fn text(self, value: f64) -> String {
        self.signed(value, if self.is_share { 1 } else { 2 })
    }

    fn signed(self, value: f64, decimals: usize) -> String {
        let text = format!("{:.decimals$}", if self.is_share { value * 100.0 } else { value }.abs());
        match () {
            () if !text.contains(|c: char| matches!(c, '1'..='9')) => text,
            () if value < 0.0 => format!("−{text}"),
            () => format!("+{text}"),
        }
    }

    /// The distance of ticks on an axis, and their decimals.
    pub fn step(low: f64, high: f64) -> (f64, usize) {
        let step = round_step((high - low) / TICKS);
        (step, decimals(step))
    }

    /// An axis that holds values, with round ends.
    pub fn axis(self, ends: impl Iterator<Item = f64>) -> ValueAxis {
        let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = if low < high { (low, high) } else { (0.0, 1.0) };
        let (step, _) = Self::step(low, high);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let tick = |k: i64| {
            let at = k as f64 * step;
            let label = match self.is_share {
                _ if self.is_gap => self.signed(at, decimals(if self.is_share { step * 100.0 } else { step })),
                true => format!("{:.*}%", decimals(step * 100.0), at * 100.0),
                false => format!("{:.*}", decimals(step), at),
            };
            Tick { at, label }
        };
        ValueAxis {
            unit: match (self.is_share, self.is_gap) {
                (true, false) => Unit::Share,
                (true, true) => Unit::ShareDifference,
                (false, _) => Unit::Index,
            },
            scale: Scale::Linear,
            from: first as f64 * step,
            until: last as f64 * step,
            ticks: (first..=last).map(tick).collect(),
            label: String::new(),
            baseline: None,
        }
    }
}

/// Decimals that a distance of ticks needs.
fn decimals(step: f64) -> usize {
    (-libm::log10(step)).ceil().clamp(0.0, 6.0) as usize
}

/// The ends of an interval, or the value without one.
pub(super) fn ends(value: f64, interval: Option<(f64, f64)>) -> [f64; 2] {
    let (low, high) = interval.unwrap_or((value, value));
    [low, high]
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
            gaps: Vec::new(),
        };
        let panel = DotPanel {
            title: String::new(),
            dots: vec![dot("town", 0.42), dot("city", 0.61), dot("village", 0.38)],
            everybody: Some(0.5),
        };
        let (subtitle, caption) = ("by place".to_owned(), "Whiskers are intervals.".to_owned());
        DotPlot {
            what: "share of yes".to_owned(),
            subtitle,
            caption,
            is_share: true,
            gaps: Vec::new(),
            panels: vec![panel],
        }
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
    fn differences_stand_beside_on_one_scale_and_the_reference_is_named() {
        let mut both = plot();
        both.gaps = vec!["less town".to_owned(), "after age is held equal".to_owned()];
        for (dot, gap) in both.panels[0].dots.iter_mut().zip([None, Some(0.19), Some(-0.04)]) {
            let known = |size: f64| Gap::Known(size, Some((size - 0.05, size + 0.05)));
            let reference = || Gap::None("reference".to_owned());
            dot.gaps = [1.0, 0.5].map(|part| gap.map_or_else(reference, |gap| known(part * gap))).to_vec();
        }
        let spec = dot_plot(&both);
        let [Panel::Rows(panel)] = spec.sections[0].panels.as_slice() else { panic!("no rows") };
        let [_, before, after] = panel.tracks.as_slice() else { panic!("{} tracks", panel.tracks.len()) };
        assert_eq!((&before.axis, before.references.as_slice()), (&after.axis, [0.0].as_slice()));
        let notes: Vec<(usize, &str)> = before.notes.iter().map(|(row, text)| (*row, text.as_str())).collect();
        assert_eq!(notes, [(0, "+19.0"), (2, "−4.0")]);
        assert!(before.marks.iter().any(|mark| matches!(mark, RowMark::Gap { row: 1, text } if text == "reference")));
        let ticks: Vec<&str> = before.axis.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert!(ticks.contains(&"0") && ticks.contains(&"+10"), "{ticks:?}");
        assert!(crate::chart::svg::render(&spec).unwrap().contains("percentage points"));
    }

    #[test]
    fn one_value_without_interval_has_an_axis() {
        let mut one = plot();
        one.panels[0].dots.truncate(1);
        one.panels[0].dots[0].interval = None;
        assert!(crate::chart::svg::render(&dot_plot(&one)).is_ok());
    }
}
