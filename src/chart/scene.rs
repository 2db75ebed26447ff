//! A laid-out chart: shapes with positions in page units, drawn in order. It knows nothing of statistics or files.

use super::fonts::{self, Weight};
use super::palette;
use super::spec::{Color, Dash};

/// A page of shapes; later ones lie on top.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub width: f64,
    pub height: f64,
    pub shapes: Vec<Shape>,
}

/// A point of the page: to the right, downwards.
pub(super) type Point = (f64, f64);

#[derive(Debug, Clone)]
pub(super) enum Shape {
    Line { points: Vec<Point>, color: Color, width: f64, dash: Dash, alpha: f64 },
    Area { points: Vec<Point>, color: Color, alpha: f64 },
    Rect { corner: Point, size: (f64, f64), color: Color },
    Disc { center: Point, radius: f64, fill: Color, stroke: Option<(Color, f64)> },
    Text(Text),
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub text: String,
    /// Where the anchor lies on the baseline.
    pub at: Point,
    pub size: f64,
    pub weight: Weight,
    pub color: Color,
    pub anchor: Anchor,
}

/// Which end of a text stands at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A rectangle: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Bounds {
    /// Do the two share more than an edge?
    #[cfg(test)]
    pub fn overlaps(&self, other: &Bounds) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

impl Text {
    /// The room that the letters take.
    pub fn bounds(&self) -> Bounds {
        let width = fonts::width(&self.text, self.size, self.weight);
        let left = match self.anchor {
            Anchor::Start => self.at.0,
            Anchor::Middle => self.at.0 - width / 2.0,
            Anchor::End => self.at.0 - width,
        };
        let (top, bottom) = (self.at.1 - ASCENT * self.size, self.at.1 + DESCENT * self.size);
        Bounds { left, top, right: left + width, bottom }
    }
}

/// Height of capitals above the baseline, in font sizes.
pub(super) const ASCENT: f64 = 0.74;
/// Depth of letters below the baseline, in font sizes.
pub(super) const DESCENT: f64 = 0.21;

impl Scene {
    /// An empty page of a width; the height follows from what is drawn.
    pub fn new(width: f64) -> Self {
        Scene { width, height: 0.0, shapes: Vec::new() }
    }

    /// A line through points.
    pub fn line(&mut self, points: Vec<Point>, color: Color, width: f64) {
        self.dashed(points, color, width, Dash::Solid);
    }

    /// A line with strokes and gaps.
    pub fn dashed(&mut self, points: Vec<Point>, color: Color, width: f64, dash: Dash) {
        self.shapes.push(Shape::Line { points, color, width, dash, alpha: 1.0 });
    }

    /// A filled rectangle; nothing where it has no extent.
    pub fn rect(&mut self, corner: Point, size: (f64, f64), color: Color) {
        if size.0 > 0.0 && size.1 > 0.0 {
            self.shapes.push(Shape::Rect { corner, size, color });
        }
    }

    /// A line of text; nothing where it is empty.
    pub fn text(&mut self, text: Text) {
        if !text.text.is_empty() {
            self.shapes.push(Shape::Text(text));
        }
    }

    /// A line of text on a patch of paper, for places where lines run through.
    pub fn backed(&mut self, text: Text) {
        let bounds = text.bounds();
        let (width, height) = (bounds.right - bounds.left + 4.0, bounds.bottom - bounds.top + 2.0);
        self.rect((bounds.left - 2.0, bounds.top - 1.0), (width, height), palette::WHITE);
        self.text(text);
    }

    /// All texts of the page.
    #[cfg(test)]
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) => Some(text),
            _ => None,
        })
    }
}
