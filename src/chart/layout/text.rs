//! Text set in lines.

use super::Column;
use crate::chart::fonts::{self, Weight};
use crate::chart::scene::{ASCENT, Anchor, DESCENT, Point, Scene, Text};
use crate::chart::spec::Color;

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub size: f64,
    /// Distance of baselines.
    pub line: f64,
    pub weight: Weight,
    pub color: Color,
}

impl Style {
    /// The width of a line.
    pub fn width(self, text: &str) -> f64 {
        fonts::width(text, self.size, self.weight)
    }

    /// The same style in another colour.
    pub fn in_color(self, color: Color) -> Self {
        Style { color, ..self }
    }

    /// The same style in bold.
    pub fn bold(self) -> Self {
        Style { weight: Weight::Bold, ..self }
    }

    /// A line of text at a baseline.
    pub fn at(self, text: impl Into<String>, at: Point, anchor: Anchor) -> Text {
        Text { text: text.into(), at, size: self.size, weight: self.weight, color: self.color, anchor }
    }

    /// The distance from the middle of a line down to its baseline.
    pub fn drop(self) -> f64 {
        self.size * (ASCENT - DESCENT) / 2.0 + 0.3
    }

    /// Lines of a text around a vertical middle.
    pub fn block(self, lines: &[String], x: f64, middle: f64, anchor: Anchor) -> Vec<Text> {
        let first = middle - (lines.len().saturating_sub(1)) as f64 * self.line / 2.0 + self.drop();
        lines
            .iter()
            .enumerate()
            .map(|(i, line)| self.at(line.clone(), (x, first + i as f64 * self.line), anchor))
            .collect()
    }
}

/// A paragraph at the left edge of a column; the bottom of its last line.
pub(super) fn paragraph(scene: &mut Scene, text: &str, column: Column, top: f64, style: Style) -> f64 {
    let mut lines = wrap(text, column.width, style);
    // Rather two shorter lines than one word alone.
    if lines.last().is_some_and(|last| style.width(last) < column.width * 0.08) {
        lines = balanced(text, column.width, style);
    }
    set(scene, lines, column.left, top, style)
}

/// Lines below each other; the bottom of the last one.
pub(super) fn set(scene: &mut Scene, lines: Vec<String>, left: f64, top: f64, style: Style) -> f64 {
    let mut y = top;
    for line in lines {
        let baseline = y + (style.line - style.size) / 2.0 + style.size * 0.86;
        scene.text(style.at(line, (left, baseline), Anchor::Start));
        y += style.line;
    }
    y
}

/// Lines no wider than `width`, broken at spaces, and inside a word only where the word alone is too wide.
pub(super) fn wrap(text: &str, width: f64, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split([' ', '\n', '\t', '\r']).filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if style.width(&longer) <= width {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            line.push(letter);
            if line.chars().count() > 1 && style.width(&line) > width {
                line.pop();
                lines.push(std::mem::replace(&mut line, letter.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Lines as few as `wrap` gives, but about equally long, so that no word is left alone.
pub(super) fn balanced(text: &str, width: f64, style: Style) -> Vec<String> {
    let lines = wrap(text, width, style);
    let (mut narrow, mut wide) = (width / 2.0, width);
    for _ in 0..12 {
        let middle = (narrow + wide) / 2.0;
        if wrap(text, middle, style).len() > lines.len() { narrow = middle } else { wide = middle }
    }
    if lines.len() > 1 { wrap(text, wide, style) } else { lines }
}

/// The widest of the lines.
pub(super) fn widest<'a>(lines: impl IntoIterator<Item = &'a String>, style: Style) -> f64 {
    lines.into_iter().map(|line| style.width(line)).fold(0.0, f64::max)
}
