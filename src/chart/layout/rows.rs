//! A panel of categories, one row each, with one or several plots beside the labels.

use super::marks::{self, Whisker};
use super::text::{self, Style};
use super::ticks;
use super::{Column, LABEL, PANEL_TITLE, TICK};
use crate::chart::fonts::Weight;
use crate::chart::palette;
use crate::chart::scene::{Anchor, Scene};
use crate::chart::spec::{Color, Interval, RowMark, RowsPanel, Track, ValueAxis};

/// Part of the width that labels may take, beside few and beside many plots.
const LABEL_PART: (f64, f64) = (0.36, 0.22);
/// White space between plots.
const BETWEEN: f64 = 22.0;
/// White space between plots whose tick labels could meet.
const BETWEEN_TICKS: f64 = 36.0;
/// Room for tick labels below the plots.
const FOOT: f64 = 20.0;
const SUBTITLE: Style = Style { weight: Weight::Regular, color: palette::SOFT_INK, ..PANEL_TITLE };
const DETAIL: Style = TICK;
const NOTE: Style = Style { color: palette::SOFT_INK, ..TICK };

/// Rows with their wrapped labels and places on the page.
struct Rows {
    labels: Vec<Vec<String>>,
    middles: Vec<f64>,
    heights: Vec<f64>,
    top: f64,
    bottom: f64,
}

/// Draws the panel; its bottom.
///
/// `rooms` are those of all panels that stand below each other.
pub(super) fn draw(scene: &mut Scene, panel: &RowsPanel, column: Column, top: f64, rooms: Rooms) -> f64 {
    let label_width = rooms.label;
    let details = panel.rows.iter().map(|row| &row.detail).chain(std::iter::once(&panel.detail_title));
    let detail_width = text::widest(details, DETAIL);
    let detail_room = if detail_width > 0.0 { detail_width + 14.0 } else { 0.0 };
    let left = column.left + label_width + detail_room + 14.0;
    let columns =
        track_columns(panel, rooms.note, Column { left, width: (column.left + column.width - left).max(60.0) });

    let headings: Vec<(Vec<String>, Vec<String>)> = panel
        .tracks
        .iter()
        .zip(&columns)
        .map(|(track, plot)| {
            let width = plot.width + rooms.note;
            (text::wrap(&track.title, width, PANEL_TITLE), text::wrap(&track.subtitle, width, SUBTITLE))
        })
        .collect();
    let n_lines = headings.iter().map(|(title, subtitle)| title.len() + subtitle.len()).max().unwrap_or(0);
    let has_names = panel.tracks.iter().any(|track| !(track.axis.label.is_empty() && track.notes_title.is_empty()))
        || !panel.detail_title.is_empty();
    let head = n_lines as f64 * PANEL_TITLE.line + if has_names { TICK.line + 2.0 } else { 0.0 } + 4.0;
    let rows = place_rows(panel, label_width, column, top + head);

    for ((track, plot), (title, subtitle)) in panel.tracks.iter().zip(&columns).zip(headings) {
        let first = top + (n_lines - title.len() - subtitle.len()) as f64 * PANEL_TITLE.line;
        let title_end = text::set(scene, title, plot.left, first, PANEL_TITLE);
        text::set(scene, subtitle, plot.left, title_end, SUBTITLE);
        draw_track(scene, panel, track, *plot, rooms.note, &rows);
    }
    draw_labels(scene, panel, column.left, left - 14.0, &rows);
    rows.bottom + FOOT
}

/// Room for texts, common to panels below each other, so that their plots stand in line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rooms {
    /// Labels at the left.
    label: f64,
    /// Notes at the right of each plot.
    note: f64,
}

impl Rooms {
    /// Room enough for both.
    pub fn or(self, other: Rooms) -> Rooms {
        Rooms { label: self.label.max(other.label), note: self.note.max(other.note) }
    }
}

/// The room that the texts of a panel need, if they may have it.
pub(super) fn rooms(panel: &RowsPanel, width: f64) -> Rooms {
    Rooms { label: label_width(panel, width), note: panel.tracks.iter().map(note_width).fold(0.0, f64::max) }
}

fn label_width(panel: &RowsPanel, width: f64) -> f64 {
    let labels = panel.rows.iter().filter(|row| !row.is_heading);
    let widest = labels.map(|row| LABEL.width(&row.label)).fold(0.0, f64::max);
    let part = if panel.n_slots > 2 { LABEL_PART.1 } else { LABEL_PART.0 };
    (widest + 1.0).min(width * part)
}

/// The plots: equally wide, or as wide as their ranges so that one unit is equally long in all.
fn track_columns(panel: &RowsPanel, note: f64, column: Column) -> Vec<Column> {
    let between = if note == 0.0 { BETWEEN_TICKS } else { BETWEEN };
    // Slots that stay empty take as much room as the average track.
    let n_tracks = panel.tracks.len().max(1) as f64;
    let n_slots = n_tracks.max(panel.n_slots as f64);
    let room = (column.width + between) * n_tracks / n_slots - n_tracks * (note + between);
    let ranges: Vec<f64> = panel
        .tracks
        .iter()
        .map(|track| if panel.is_common_scale { track.axis.until - track.axis.from } else { 1.0 })
        .collect();
    let total: f64 = ranges.iter().sum();
    let mut left = column.left;
    let mut out = Vec::new();
    for range in &ranges {
        let width = (room * range / total).max(20.0);
        out.push(Column { left, width });
        left += width + note + between;
    }
    out
}

fn note_width(track: &Track) -> f64 {
    let notes = track.notes.iter().map(|(_, note)| note);
    let widest = text::widest(notes.chain(std::iter::once(&track.notes_title)), NOTE);
    if widest > 0.0 { widest + 10.0 } else { 0.0 }
}

fn place_rows(panel: &RowsPanel, label_width: f64, column: Column, top: f64) -> Rows {
    let plain = if panel.rows.len() > 20 { 22.0 } else { 26.0 };
    let mut rows = Rows { labels: Vec::new(), middles: Vec::new(), heights: Vec::new(), top, bottom: top };
    for (index, row) in panel.rows.iter().enumerate() {
        let (width, style) = if row.is_heading { (column.width, LABEL.bold()) } else { (label_width, LABEL) };
        let lines = text::wrap(&row.label, width, style);
        let space = if row.is_heading && index > 0 { 8.0 } else { 0.0 };
        let height = (lines.len() as f64 * LABEL.line + 7.0).max(plain);
        rows.middles.push(rows.bottom + space + height / 2.0);
        rows.heights.push(height);
        rows.labels.push(lines);
        rows.bottom += space + height;
    }
    rows
}

fn draw_labels(scene: &mut Scene, panel: &RowsPanel, left: f64, detail_right: f64, rows: &Rows) {
    if !panel.detail_title.is_empty() {
        let at = (detail_right, rows.top - 5.0);
        scene.text(DETAIL.at(panel.detail_title.clone(), at, Anchor::End));
    }
    for ((row, lines), middle) in panel.rows.iter().zip(&rows.labels).zip(&rows.middles) {
        let style = if row.is_heading { LABEL.bold() } else { LABEL };
        for text in style.block(lines, left, *middle, Anchor::Start) {
            if row.is_heading { scene.backed(text) } else { scene.text(text) }
        }
        let at = (detail_right, middle + DETAIL.drop());
        scene.text(DETAIL.at(row.detail.clone(), at, Anchor::End));
    }
}

fn draw_track(scene: &mut Scene, panel: &RowsPanel, track: &Track, plot: Column, note: f64, rows: &Rows) {
    let x = |value: f64| plot.left + track.axis.position(value) * plot.width;
    let name = (plot.left, rows.top - 5.0);
    scene.text(TICK.at(track.axis.label.clone(), name, Anchor::Start));
    for tick in &track.axis.ticks {
        let at = x(tick.at);
        let is_baseline = track.axis.baseline.is_some_and(|baseline| (baseline - tick.at).abs() < 1e-9);
        let (color, width) = if is_baseline { (palette::LINE, 1.2) } else { (palette::GRID, 1.0) };
        scene.line(vec![(at, rows.top), (at, rows.bottom)], color, width);
    }
    for (at, label) in ticks::printed(&track.axis.ticks, x) {
        scene.text(TICK.at(label, (at, rows.bottom + 4.0 + TICK.size), Anchor::Middle));
    }
    for reference in &track.references {
        let at = x(*reference);
        scene.line(vec![(at, rows.top), (at, rows.bottom)], palette::LINE, 1.0);
    }
    let has_points = track.marks.iter().any(|mark| matches!(mark, RowMark::Point { .. }));
    for (row, middle) in panel.rows.iter().zip(&rows.middles).filter(|_| has_points) {
        if !row.is_heading {
            scene.line(vec![(plot.left, *middle), (plot.left + plot.width, *middle)], palette::GRID, 0.6);
        }
    }
    for mark in &track.marks {
        draw_mark(scene, mark, &track.axis, rows, plot);
    }
    let right = plot.left + plot.width + note;
    scene.text(TICK.at(track.notes_title.clone(), (right, rows.top - 5.0), Anchor::End));
    for (row, note) in &track.notes {
        let Some(middle) = rows.middles.get(*row) else { continue };
        let at = (right, middle + NOTE.drop());
        scene.text(NOTE.at(note.clone(), at, Anchor::End));
    }
}

fn draw_mark(scene: &mut Scene, mark: &RowMark, axis: &ValueAxis, rows: &Rows, plot: Column) {
    let (RowMark::Point { row, .. } | RowMark::Bar { row, .. } | RowMark::Gap { row, .. }) = mark;
    let (Some(&y), Some(&height)) = (rows.middles.get(*row), rows.heights.get(*row)) else { return };
    let x = |value: f64| plot.left + axis.position(value) * plot.width;
    let span = |scene: &mut Scene, interval: &Interval, color: Color, kind: Whisker| {
        marks::whisker(scene, (x(interval.low), y), (x(interval.high), y), color, kind);
    };
    // What lies beyond the axis is cut at its end, and an arrow says so.
    let (lowest, highest) = extent(mark);
    if axis.is_above(highest) {
        marks::arrow(scene, (plot.left + plot.width + 2.0, y), 1.0);
    }
    if axis.is_below(lowest) {
        marks::arrow(scene, (plot.left - 2.0, y), -1.0);
    }
    match mark {
        RowMark::Point { value, interval, bounds, look, .. } => {
            marks::halo(scene, (x(*value), y), look.shape);
            if let Some(bounds) = bounds {
                span(scene, bounds, look.color, Whisker::Bounds);
            }
            if let Some(interval) = interval {
                span(scene, interval, look.color, if look.is_faint { Whisker::Faint } else { Whisker::Interval });
            }
            marks::dot(scene, (x(*value), y), *look);
        }
        RowMark::Bar { from, to, color, is_hatched, interval, label, .. } => {
            let thick = (height * 0.66).min(18.0);
            let (left, right) = (x(from.min(*to)), x(from.max(*to)));
            let (corner, size) = ((left, y - thick / 2.0), (right - left, thick));
            if *is_hatched {
                marks::hatched(scene, corner, size, *color);
            } else {
                // A hair of white keeps neighbours in a stack apart.
                scene.rect(corner, ((size.0 - 0.8).max(0.6), size.1), *color);
            }
            if let Some(interval) = interval {
                span(scene, interval, palette::INK, Whisker::Bounds);
            }
            let style = NOTE.bold().in_color(palette::text_on(*color));
            if style.width(label) + 5.0 <= size.0 {
                scene.text(style.at(label.clone(), ((left + right) / 2.0, y + style.drop()), Anchor::Middle));
            }
        }
        RowMark::Gap { text, .. } => {
            let lines = text::wrap(text, plot.width - 8.0, TICK);
            let mut lines = lines.into_iter();
            let first = lines.next().unwrap_or_default();
            let shown = if lines.next().is_some() { format!("{first} …") } else { first };
            scene.backed(TICK.at(shown, (plot.left + 4.0, y + TICK.drop()), Anchor::Start));
        }
    }
}

/// The lowest and highest value that a mark shows.
fn extent(mark: &RowMark) -> (f64, f64) {
    let (values, intervals): (Vec<f64>, Vec<&Interval>) = match mark {
        RowMark::Point { value, interval, bounds, .. } => (vec![*value], interval.iter().chain(bounds).collect()),
        RowMark::Bar { from, to, interval, .. } => (vec![*from, *to], interval.iter().collect()),
        RowMark::Gap { .. } => (Vec::new(), Vec::new()),
    };
    let ends = values.into_iter().chain(intervals.into_iter().flat_map(|interval| [interval.low, interval.high]));
    ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}
