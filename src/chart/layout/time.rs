//! A panel of values over time.

use super::events::{self, Lanes};
use super::marks::{self, Whisker};
use super::spread::{Wish, spread};
use super::{Column, LABEL, PANEL_TITLE, TICK};
use super::{text, ticks};
use crate::chart::palette;
use crate::chart::scene::{Anchor, Point, Scene, Shape};
use crate::chart::spec::{Dash, PointLook, Series, SeriesPoint, Shape as Outline, TimePanel};

/// Height of the plot where the labels need no more.
const HEIGHT: f64 = 330.0;
/// Room for the labels of the time axis.
const FOOT: f64 = 22.0;
/// Distance of the markers that tell dense lines apart.
const APART: f64 = 72.0;
/// Distance from the plot to the labels at its right.
const TO_LABEL: f64 = 14.0;

/// The plot on the page, and how values map to it.
struct Plot<'a> {
    panel: &'a TimePanel,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Plot<'_> {
    fn x(&self, time: f64) -> f64 {
        self.left + self.panel.x.position(time) * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - self.panel.y.position(value) * (self.bottom - self.top)
    }
}

/// Room above the plot: heading, name of the axis, labels of events.
pub(super) fn head(panel: &TimePanel, width: f64) -> f64 {
    let column = Column { left: 0.0, width };
    let title = text::wrap(&panel.title, width, PANEL_TITLE).len() as f64 * PANEL_TITLE.line;
    let axis = if panel.y.label.is_empty() { 0.0 } else { TICK.line };
    let title = if title > 0.0 { title + 6.0 } else { 0.0 };
    title + axis + lanes(panel, column).height() + 8.0
}

/// Draws the panel; its bottom. The plot begins `head` below `top`.
pub(super) fn draw(scene: &mut Scene, panel: &TimePanel, column: Column, top: f64, head: f64) -> f64 {
    let title_end = text::paragraph(scene, &panel.title, column, top, PANEL_TITLE);
    text::paragraph(scene, &panel.y.label, column, title_end, TICK);
    let labels = end_labels(panel, column);
    let needed: f64 = labels.iter().map(|lines| lines.len() as f64 * LABEL.line + 2.0).sum();
    let (left, right) = edges(panel, column);
    let plot_top = top + head;
    let plot = Plot { panel, left, right, top: plot_top, bottom: plot_top + HEIGHT.max(needed) };
    grid(scene, &plot);
    lanes(panel, column).draw(scene, plot.top, plot.bottom);
    columns(scene, &plot);
    // Dots lie under the lines, which would not be seen below them.
    let (lines, dots): (Vec<&Series>, Vec<&Series>) = panel.series.iter().partition(|series| series.has_line);
    for series in dots {
        points(scene, &plot, series);
    }
    for series in &panel.series {
        band(scene, &plot, series);
    }
    for series in &panel.series {
        line(scene, &plot, series);
    }
    for series in lines {
        points(scene, &plot, series);
    }
    draw_end_labels(scene, &plot, &labels);
    strips(scene, &plot, column, plot.bottom + FOOT)
}

fn lanes(panel: &TimePanel, column: Column) -> Lanes {
    let (left, right) = edges(panel, column);
    events::lanes(&panel.events, |time| left + panel.x.position(time) * (right - left), column)
}

/// Left and right edge of the plot, beside the tick labels and the labels at the lines' ends.
fn edges(panel: &TimePanel, column: Column) -> (f64, f64) {
    let ticks = text::widest(panel.y.ticks.iter().map(|tick| &tick.label), TICK);
    let labels = end_labels(panel, column);
    let widest = labels.iter().map(|lines| text::widest(lines, LABEL.bold())).fold(0.0, f64::max);
    let strips = strip_labels(panel, column);
    let widest = strips.iter().map(|lines| text::widest(lines, TICK)).fold(widest, f64::max);
    let right = if widest > 0.0 { widest + TO_LABEL } else { 6.0 };
    (column.left + ticks + 8.0, column.left + column.width - right)
}

fn end_labels(panel: &TimePanel, column: Column) -> Vec<Vec<String>> {
    let width = (column.width * 0.36).min(190.0);
    let style = LABEL.bold();
    let lines = |series: &Series| {
        if !series.has_line {
            return Vec::new();
        }
        if series.last.is_empty() {
            return text::wrap(&series.label, width, style);
        }
        // The value stays with the last word, unless both together are too wide.
        let last_word = series.label.rsplit(' ').next().unwrap_or("");
        let glued = format!("{last_word}\u{a0}{}", series.last);
        let space = if style.width(&glued) <= width { '\u{a0}' } else { ' ' };
        text::wrap(&format!("{}{space}{}", series.label, series.last), width, style)
    };
    panel.series.iter().map(lines).collect()
}

fn strip_labels(panel: &TimePanel, column: Column) -> Vec<Vec<String>> {
    let width = (column.width * 0.36).min(270.0);
    panel.strips.iter().map(|strip| text::wrap(&strip.label, width, TICK)).collect()
}

/// Rows of marks below the plot, their labels at the right; the bottom of the last one.
fn strips(scene: &mut Scene, plot: &Plot, column: Column, top: f64) -> f64 {
    const RADIUS: f64 = 3.2;
    if plot.panel.strips.is_empty() {
        return top;
    }
    let mut y = top + 8.0;
    for (strip, lines) in plot.panel.strips.iter().zip(strip_labels(plot.panel, column)) {
        let height = (lines.len() as f64 * (TICK.line - 2.0)).max(TICK.line) + 2.0;
        let middle = y + height / 2.0;
        scene.line(vec![(plot.left, middle), (plot.right, middle)], palette::GRID, 1.0);
        for (time, is_open) in &strip.marks {
            let (fill, stroke) =
                if *is_open { (palette::WHITE, Some((palette::SOFT_INK, 1.2))) } else { (palette::SOFT_INK, None) };
            let center = (plot.x(*time), middle);
            scene.shapes.push(Shape::Disc { center, radius: RADIUS, fill, stroke });
        }
        let style = text::Style { line: TICK.line - 2.0, ..TICK };
        for text in style.block(&lines, plot.right + TO_LABEL, middle, Anchor::Start) {
            scene.text(text);
        }
        y += height;
    }
    y + 4.0
}

fn grid(scene: &mut Scene, plot: &Plot) {
    for tick in &plot.panel.y.ticks {
        let y = plot.y(tick.at);
        let is_baseline = plot.panel.y.baseline.is_some_and(|baseline| (baseline - tick.at).abs() < 1e-9);
        let (color, width) = if is_baseline { (palette::LINE, 1.2) } else { (palette::GRID, 1.0) };
        scene.line(vec![(plot.left, y), (plot.right, y)], color, width);
        scene.text(TICK.at(tick.label.clone(), (plot.left - 8.0, y + TICK.drop()), Anchor::End));
    }
    for tick in plot.panel.x.ticks.iter().filter(|_| plot.panel.columns.is_empty()) {
        let x = plot.x(tick.at);
        scene.line(vec![(x, plot.bottom), (x, plot.bottom + 4.0)], palette::LINE, 1.0);
    }
    for (x, label) in ticks::printed(&plot.panel.x.ticks, |time| plot.x(time)) {
        scene.text(TICK.at(label, (x, plot.bottom + 6.0 + TICK.size), Anchor::Middle));
    }
}

fn columns(scene: &mut Scene, plot: &Plot) {
    let columns = &plot.panel.columns;
    let base = plot.y(plot.panel.y.baseline.unwrap_or(plot.panel.y.from));
    let step = columns.windows(2).map(|pair| plot.x(pair[1].from) - plot.x(pair[0].from)).fold(f64::INFINITY, f64::min);
    let widest = text::widest(columns.iter().map(|column| &column.label), TICK);
    for column in columns {
        let (left, right, top) = (plot.x(column.from), plot.x(column.until), plot.y(column.value));
        if column.is_hatched {
            marks::hatched(scene, (left, top), (right - left, base - top), column.color);
        } else {
            scene.rect((left, top), (right - left, base - top), column.color);
        }
        let middle = (left + right) / 2.0;
        if let Some(interval) = column.interval {
            let ends = ((middle, plot.y(interval.low)), (middle, plot.y(interval.high)));
            marks::whisker(scene, ends.0, ends.1, palette::INK, Whisker::Interval);
        } else if widest + 3.0 <= step {
            let style = TICK.in_color(palette::SOFT_INK);
            scene.backed(style.at(column.label.clone(), (middle, top - 4.0), Anchor::Middle));
        }
    }
}

/// Runs of points that are joined by a line.
fn segments(series: &Series) -> Vec<&[SeriesPoint]> {
    series.points.chunk_by(|_, next| !next.starts_segment).collect()
}

fn band(scene: &mut Scene, plot: &Plot, series: &Series) {
    if !series.is_dense || !series.has_line {
        return;
    }
    for run in segments(series) {
        let limits: Vec<(f64, f64, f64)> = run
            .iter()
            .filter_map(|point| point.interval.map(|i| (plot.x(point.x), plot.y(i.high), plot.y(i.low))))
            .collect();
        let is_whole = limits.len() == run.len() && run.iter().any(|point| point.is_sparse);
        if !is_whole {
            marks::ribbon(scene, &limits, series.color, false);
            continue;
        }
        // Neighbouring stretches share the point where they meet, so that the ribbon has no gaps.
        let mut start = 0;
        while start < run.len() {
            let length = run[start..].iter().take_while(|point| point.is_sparse == run[start].is_sparse).count();
            let end = (start + length).min(run.len() - 1);
            marks::ribbon(scene, &limits[start..=end], series.color, run[start].is_sparse);
            start += length;
        }
    }
}

fn line(scene: &mut Scene, plot: &Plot, series: &Series) {
    for run in segments(series).into_iter().filter(|_| series.has_line) {
        let points: Vec<Point> = run.iter().map(|point| (plot.x(point.x), plot.y(point.value))).collect();
        if points.len() > 1 {
            scene.dashed(points, series.color, if series.is_dense { 1.4 } else { 2.0 }, series.dash);
        }
    }
    for pair in series.points.windows(2).filter(|pair| pair[1].is_after_gap) {
        let points = pair.iter().map(|point| (plot.x(point.x), plot.y(point.value))).collect();
        scene.dashed(points, series.color, 0.8, Dash::Dots);
    }
}

fn points(scene: &mut Scene, plot: &Plot, series: &Series) {
    if !series.has_line {
        let look = PointLook { color: series.color, shape: series.shape, is_open: false, is_faint: false };
        let n = plot.panel.series.iter().filter(|series| !series.has_line).map(|series| series.points.len()).sum();
        for point in &series.points {
            marks::small(scene, (plot.x(point.x), plot.y(point.value)), look, marks::small_radius(n));
        }
        return;
    }
    let has_markers = plot.panel.series.iter().filter(|series| series.has_line).count() > 1;
    let mut last_marked = f64::NEG_INFINITY;
    for run in segments(series) {
        // A poll that no line leads to would not be seen without a marker.
        let is_alone = run.len() == 1;
        for point in run {
            let x = plot.x(point.x);
            if series.is_dense && !is_alone && (!has_markers || x - last_marked < APART) {
                continue;
            }
            last_marked = x;
            if let Some(interval) = point.interval.filter(|_| !series.is_dense || is_alone) {
                let ends = vec![(x, plot.y(interval.low)), (x, plot.y(interval.high))];
                scene.dashed(ends, series.color, 1.2, if point.is_faint { Dash::Short } else { Dash::Solid });
            }
            let shape = if point.is_opt_in { Outline::Diamond } else { series.shape };
            let is_open = point.is_open && !series.is_dense;
            let look = PointLook { color: series.color, shape, is_open, is_faint: point.is_faint };
            marks::point(scene, (x, plot.y(point.value)), look);
        }
    }
}

fn draw_end_labels(scene: &mut Scene, plot: &Plot, labels: &[Vec<String>]) {
    let ends: Vec<Option<Point>> = plot
        .panel
        .series
        .iter()
        .map(|series| series.points.last().map(|point| (plot.x(point.x), plot.y(point.value))))
        .collect();
    let wishes: Vec<Wish> = ends
        .iter()
        .zip(labels)
        .map(|(end, lines)| Wish {
            middle: end.map_or(plot.bottom, |end| end.1),
            extent: lines.len() as f64 * LABEL.line + 2.0,
        })
        .collect();
    let middles = spread(&wishes, plot.top - 4.0, plot.bottom + 4.0);
    for (((series, end), lines), middle) in plot.panel.series.iter().zip(&ends).zip(labels).zip(middles) {
        let Some(end) = end.filter(|_| series.has_line) else { continue };
        let x = plot.right + TO_LABEL;
        let is_far = end.0 < plot.right - 30.0 || (middle - end.1).abs() > 4.0;
        if is_far {
            let leader = vec![(end.0 + 7.0, end.1), (plot.right + 1.0, end.1), (x - 3.0, middle)];
            scene.dashed(leader, palette::LINE, 0.8, Dash::Dots);
        }
        for text in LABEL.bold().in_color(series.color).block(lines, x, middle, Anchor::Start) {
            scene.text(text);
        }
    }
}
