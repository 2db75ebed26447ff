//! Points, whiskers and hatched bars.

use crate::chart::palette;
use crate::chart::scene::{self, Point, Scene};
use crate::chart::spec::{Color, Dash, PointLook, Shape};

/// How strong a whisker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whisker {
    /// An interval.
    Interval,
    /// An interval from a small base.
    Faint,
    /// Outer limits under other assumptions.
    Bounds,
}

const RADIUS: f64 = 4.0;

/// A point with a thin white rim, so that it stands out from lines.
pub(super) fn point(scene: &mut Scene, at: Point, look: PointLook) {
    halo(scene, at, look.shape);
    dot(scene, at, look);
}

/// The white rim of a point alone. A whisker is drawn over it, so that a short interval stays visible.
pub(super) fn halo(scene: &mut Scene, at: Point, shape: Shape) {
    scene.shapes.push(if shape == Shape::Circle {
        scene::Shape::Disc { center: at, radius: RADIUS + 1.2, fill: palette::WHITE, stroke: None }
    } else {
        scene::Shape::Area { points: outline(shape, at, RADIUS + 1.6), color: palette::WHITE, alpha: 1.0 }
    });
}

/// Radius of small points: the smaller, the more there are.
pub(super) fn small_radius(n: usize) -> f64 {
    (35.0 / (n.max(1) as f64).sqrt()).clamp(1.7, 3.0)
}

/// One of very many points: small, without rim.
pub(super) fn small(scene: &mut Scene, at: Point, look: PointLook, radius: f64) {
    scene.shapes.push(if look.shape == Shape::Circle {
        scene::Shape::Disc { center: at, radius, fill: look.color, stroke: None }
    } else {
        scene::Shape::Area { points: outline(look.shape, at, radius), color: look.color, alpha: 1.0 }
    });
}

/// A band between limits: horizontal position, upper and lower end. A hatched one has upright lines and only a hint of colour.
pub(super) fn ribbon(scene: &mut Scene, limits: &[(f64, f64, f64)], color: Color, is_hatched: bool) {
    const APART: f64 = 4.0;
    let upper = limits.iter().map(|(x, high, _)| (*x, *high));
    let lower = limits.iter().rev().map(|(x, _, low)| (*x, *low));
    let points: Vec<Point> = upper.chain(lower).collect();
    if points.len() <= 2 {
        return;
    }
    scene.shapes.push(scene::Shape::Area { points, color, alpha: if is_hatched { 0.06 } else { 0.22 } });
    let mut last = f64::NEG_INFINITY;
    for (x, high, low) in limits.iter().filter(|_| is_hatched) {
        if x - last >= APART {
            last = *x;
            let points = vec![(*x, *high), (*x, *low)];
            scene.shapes.push(scene::Shape::Line { points, color, width: 0.7, dash: Dash::Solid, alpha: 0.55 });
        }
    }
}

/// A point without rim.
pub(super) fn dot(scene: &mut Scene, at: Point, look: PointLook) {
    let fill = if look.is_open { palette::WHITE } else { look.color };
    if look.shape == Shape::Circle {
        let stroke = look.is_open.then_some((look.color, 1.6));
        let radius = if look.is_open { RADIUS - 0.4 } else { RADIUS };
        scene.shapes.push(scene::Shape::Disc { center: at, radius, fill, stroke });
        return;
    }
    let corners = outline(look.shape, at, RADIUS);
    scene.shapes.push(scene::Shape::Area { points: corners.clone(), color: fill, alpha: 1.0 });
    if look.is_open {
        let mut ring = corners;
        ring.extend(ring.first().copied());
        scene.line(ring, look.color, 1.6);
    }
}

fn outline(shape: Shape, (x, y): Point, r: f64) -> Vec<Point> {
    match shape {
        Shape::Diamond => {
            let r = r * 1.35;
            vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
        }
        Shape::Triangle => vec![(x, y - 1.2 * r), (x + 1.15 * r, y + 0.85 * r), (x - 1.15 * r, y + 0.85 * r)],
        Shape::TriangleDown => vec![(x, y + 1.2 * r), (x - 1.15 * r, y - 0.85 * r), (x + 1.15 * r, y - 0.85 * r)],
        Shape::Circle | Shape::Square => {
            let r = r * 0.92;
            vec![(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
        }
    }
}

/// A line between the limits of an interval, with short caps for outer limits.
pub(super) fn whisker(scene: &mut Scene, from: Point, to: Point, color: Color, kind: Whisker) {
    match kind {
        Whisker::Interval => scene.line(vec![from, to], color, 2.0),
        Whisker::Faint => scene.dashed(vec![from, to], color, 1.6, Dash::Short),
        Whisker::Bounds => {
            scene.line(vec![from, to], color, 0.9);
            let (dx, dy) = if from.1 == to.1 { (0.0, 4.0) } else { (4.0, 0.0) };
            for (x, y) in [from, to] {
                scene.line(vec![(x - dx, y - dy), (x + dx, y + dy)], color, 0.9);
            }
        }
    }
}

/// A small arrow to the right (1) or left (−1): the value lies beyond the axis.
pub(super) fn arrow(scene: &mut Scene, (x, y): Point, direction: f64) {
    let points = vec![(x, y - 4.0), (x + 6.0 * direction, y), (x, y + 4.0)];
    scene.shapes.push(scene::Shape::Area { points, color: palette::SOFT_INK, alpha: 1.0 });
}

/// A bar with an outline and slanted lines.
pub(super) fn hatched(scene: &mut Scene, corner: Point, size: (f64, f64), color: Color) {
    const STEP: f64 = 6.0;
    let ((left, top), (width, height)) = (corner, size);
    if width <= 0.0 || height <= 0.0 {
        return;
    }
    let (right, bottom) = (left + width, top + height);
    // Each line has x + y = sum; it enters at the left or bottom edge and leaves at the top or right one.
    let mut sum = left + top + STEP;
    while sum < right + bottom {
        let start = if sum - left <= bottom { (left, sum - left) } else { (sum - bottom, bottom) };
        let end = if sum - top <= right { (sum - top, top) } else { (right, sum - right) };
        scene.line(vec![start, end], color, 1.3);
        sum += STEP;
    }
    scene.line(vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], color, 1.3);
}
