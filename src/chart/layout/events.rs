//! Labels of dated events in lanes above the plot, no label over another and no line through a label.

use super::text::{self, Style};
use super::{Column, TICK};
use crate::chart::palette;
use crate::chart::scene::{Anchor, Scene};
use crate::chart::spec::Event;

const STYLE: Style = Style { color: palette::SOFT_INK, ..TICK };
/// Widest line of a label before it is wrapped.
const MAX_WIDTH: f64 = 170.0;
/// Room around a label.
const PAD: f64 = 5.0;

/// Events with a lane each; lane 0 is next to the plot.
#[derive(Debug)]
pub(super) struct Lanes {
    labels: Vec<Label>,
    /// Height of each lane.
    heights: Vec<f64>,
}

#[derive(Debug)]
struct Label {
    x: f64,
    lines: Vec<String>,
    left: f64,
    right: f64,
    is_left: bool,
    lane: usize,
}

/// Lanes for events at horizontal positions, inside a column of the page.
pub(super) fn lanes(events: &[Event], x_of: impl Fn(f64) -> f64, column: Column) -> Lanes {
    let mut events: Vec<&Event> = events.iter().collect();
    // From right to left: an earlier label goes above later ones, and its line passes left of them.
    events.sort_by(|a, b| b.x.total_cmp(&a.x).then_with(|| b.label.cmp(&a.label)));
    let mut labels: Vec<Label> = Vec::new();
    for event in events {
        let x = x_of(event.x);
        let lines = text::wrap(&event.label, MAX_WIDTH.min(column.width / 2.0 - PAD), STYLE);
        let width = text::widest(&lines, STYLE) + PAD;
        // The label stands to the right of its line, or to the left where the page ends.
        let is_left = x + width > column.left + column.width;
        let left = if is_left { x - width } else { x };
        let mut label = Label { x, lines, left, right: left + width, is_left, lane: 0 };
        while labels.iter().any(|other| label.is_in_the_way_of(other)) && label.lane <= labels.len() {
            label.lane += 1;
        }
        labels.push(label);
    }
    let n_lanes = labels.iter().map(|label| label.lane + 1).max().unwrap_or(0);
    let height = |lane| {
        let of_lane = labels.iter().filter(|label| label.lane == lane);
        of_lane.map(|label| label.lines.len()).max().unwrap_or(0) as f64 * STYLE.line + 3.0
    };
    let heights = (0..n_lanes).map(height).collect();
    Lanes { labels, heights }
}

impl Label {
    /// Do the labels overlap, or does the line of one cross the other?
    fn is_in_the_way_of(&self, other: &Label) -> bool {
        let crosses = |line: &Label, text: &Label| {
            line.lane > text.lane && (text.left - PAD..text.right + PAD).contains(&line.x) && line.x != text.x
        };
        let overlap = self.lane == other.lane && self.left < other.right + PAD && other.left < self.right + PAD;
        overlap || crosses(self, other) || crosses(other, self)
    }
}

impl Lanes {
    /// Height of all lanes.
    pub fn height(&self) -> f64 {
        self.heights.iter().sum()
    }

    /// Draws labels above the plot and lines down to its bottom.
    pub fn draw(&self, scene: &mut Scene, plot_top: f64, plot_bottom: f64) {
        for label in &self.labels {
            let below: f64 = self.heights.iter().take(label.lane).sum();
            let height = label.lines.len() as f64 * STYLE.line;
            let top = plot_top - below - height - 3.0;
            scene.line(vec![(label.x, top + 1.0), (label.x, plot_bottom)], palette::LINE, 0.8);
            let (x, anchor) = if label.is_left { (label.x - PAD, Anchor::End) } else { (label.x + PAD, Anchor::Start) };
            for (i, line) in label.lines.iter().enumerate() {
                let baseline = top + i as f64 * STYLE.line + STYLE.size;
                scene.text(STYLE.at(line.clone(), (x, baseline), anchor));
            }
        }
    }
}
