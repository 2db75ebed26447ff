//! A panel of points between two axes.

use super::text::{self};
use super::{Column, LABEL, TICK, ticks};
use crate::chart::palette;
use crate::chart::scene::{Anchor, Bounds, Scene, Shape};
use crate::chart::spec::{ScatterPanel, ScatterPoint};

const HEIGHT: f64 = 420.0;
/// Room below the plot: tick labels and the name of the axis.
const FOOT: f64 = 40.0;
/// Radius of the largest and of the smallest point.
const RADII: (f64, f64) = (15.0, 3.0);

/// Draws the panel; its bottom.
pub(super) fn draw(scene: &mut Scene, panel: &ScatterPanel, column: Column, top: f64) -> f64 {
    let head = text::paragraph(scene, &panel.y.label, column, top, TICK) + 8.0;
    let left = column.left + text::widest(panel.y.ticks.iter().map(|tick| &tick.label), TICK) + 8.0;
    let (right, bottom) = (column.left + column.width - 10.0, head + HEIGHT);
    let x = |value: f64| left + panel.x.position(value) * (right - left);
    let y = |value: f64| bottom - panel.y.position(value) * HEIGHT;
    for tick in &panel.y.ticks {
        scene.line(vec![(left, y(tick.at)), (right, y(tick.at))], palette::GRID, 1.0);
        scene.text(TICK.at(tick.label.clone(), (left - 8.0, y(tick.at) + TICK.drop()), Anchor::End));
    }
    for tick in &panel.x.ticks {
        scene.line(vec![(x(tick.at), head), (x(tick.at), bottom)], palette::GRID, 1.0);
    }
    for (at, label) in ticks::printed(&panel.x.ticks, x) {
        scene.text(TICK.at(label, (at, bottom + 6.0 + TICK.size), Anchor::Middle));
    }
    scene.text(TICK.at(panel.x.label.clone(), (right, bottom + 8.0 + TICK.size + TICK.line), Anchor::End));
    let most = panel.points.iter().map(|point| point.size).fold(0.0, f64::max);
    let radius = |point: &ScatterPoint| match most > 0.0 {
        // The area of a point stands for its weight.
        true => (RADII.0 * (point.size / most).max(0.0).sqrt()).max(RADII.1),
        false => RADII.1,
    };
    let mut order: Vec<&ScatterPoint> = panel.points.iter().collect();
    order.sort_by(|a, b| b.size.total_cmp(&a.size));
    for point in &order {
        let (center, stroke) = ((x(point.x), y(point.y)), Some((palette::WHITE, 1.0)));
        scene.shapes.push(Shape::Disc { center, radius: radius(point), fill: palette::series(0), stroke });
    }
    let disc = |point: &ScatterPoint| {
        let (px, py, reach) = (x(point.x), y(point.y), radius(point) * 0.8);
        Bounds { left: px - reach, right: px + reach, top: py - reach, bottom: py + reach }
    };
    // A label that finds no room is left out; the table beside the figure names every area.
    let mut taken: Vec<Bounds> = order.iter().map(|point| disc(point)).collect();
    for point in order.iter().filter(|point| point.is_named) {
        let (px, py) = (x(point.x), y(point.y));
        let reach = radius(point) + 4.0;
        let places = [
            ((px + reach, py + LABEL.drop()), Anchor::Start),
            ((px - reach, py + LABEL.drop()), Anchor::End),
            ((px, py - reach - 2.0), Anchor::Middle),
            ((px, py + reach + LABEL.size), Anchor::Middle),
            ((px + reach * 0.7, py - reach * 0.7), Anchor::Start),
            ((px + reach * 0.7, py + reach * 0.7 + TICK.size), Anchor::Start),
            ((px - reach * 0.7, py - reach * 0.7), Anchor::End),
            ((px - reach * 0.7, py + reach * 0.7 + TICK.size), Anchor::End),
        ];
        let free = places
            .into_iter()
            .map(|(at, anchor)| TICK.in_color(palette::INK).at(point.label.clone(), at, anchor))
            .find(|text| {
                let own = text.bounds();
                let inside = own.left >= left && own.right <= right + 8.0 && own.top >= head && own.bottom <= bottom;
                let is_free = taken.iter().all(|other| {
                    own.right <= other.left
                        || other.right <= own.left
                        || own.bottom <= other.top
                        || other.bottom <= own.top
                });
                inside && is_free
            });
        if let Some(text) = free {
            taken.push(text.bounds());
            scene.text(text);
        }
    }
    bottom + FOOT
}
