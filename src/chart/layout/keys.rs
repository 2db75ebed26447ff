//! The legend: entries one behind the other, wrapped like words.

use super::marks::{self, Whisker};
use super::text::Style;
use super::{Column, TICK};
use crate::chart::palette;
use crate::chart::scene::{Anchor, Scene};
use crate::chart::spec::{Key, KeySymbol, PointLook, Shape};

const STYLE: Style = Style { size: 12.0, line: 20.0, color: palette::SOFT_INK, ..TICK };
const SYMBOL: f64 = 18.0;
const WHISKER: f64 = 30.0;
const GAP: f64 = 6.0;
const BETWEEN: f64 = 20.0;
/// Radius of small points in the legend, a little larger than among their like.
const KEY_RADIUS: f64 = 2.4;

/// Draws the legend; its bottom.
pub(super) fn draw(scene: &mut Scene, keys: &[Key], column: Column, top: f64) -> f64 {
    let (mut x, mut y) = (column.left, top);
    for key in keys {
        let symbol_width = width_of(key.symbol);
        let room = (column.width - symbol_width - GAP).max(1.0);
        let lines = super::text::wrap(&key.text, room, STYLE);
        let width = symbol_width + GAP + super::text::widest(&lines, STYLE);
        if x > column.left && x + width > column.left + column.width {
            (x, y) = (column.left, y + STYLE.line);
        }
        let middle = y + STYLE.line / 2.0;
        symbol(scene, key.symbol, x, middle);
        for (index, line) in lines.iter().enumerate() {
            let baseline = middle + index as f64 * STYLE.line + STYLE.drop();
            scene.text(STYLE.at(line.clone(), (x + symbol_width + GAP, baseline), Anchor::Start));
        }
        y += (lines.len().saturating_sub(1)) as f64 * STYLE.line;
        x += width + BETWEEN;
    }
    y + STYLE.line
}

fn width_of(symbol: KeySymbol) -> f64 {
    match symbol {
        KeySymbol::Whisker(_) | KeySymbol::ThinWhisker(_) | KeySymbol::DashedWhisker(_) => WHISKER,
        KeySymbol::Point(_) | KeySymbol::SmallPoint(_) | KeySymbol::Reference(_) => 12.0,
        KeySymbol::Patch(_) | KeySymbol::Hatched(_) | KeySymbol::Band(_) | KeySymbol::HatchedBand(_) => SYMBOL,
    }
}

fn symbol(scene: &mut Scene, symbol: KeySymbol, x: f64, y: f64) {
    let width = width_of(symbol);
    let ends = ((x + 1.0, y), (x + width - 1.0, y));
    let middle = (x + width / 2.0, y);
    let look = |color| PointLook { color, shape: Shape::Circle, is_open: false, is_faint: false };
    match symbol {
        KeySymbol::Point(look) => marks::point(scene, middle, look),
        KeySymbol::SmallPoint(look) => marks::small(scene, middle, look, KEY_RADIUS),
        KeySymbol::Band(color) | KeySymbol::HatchedBand(color) => {
            let edges = [(x, y - 6.0, y + 6.0), (x + SYMBOL, y - 6.0, y + 6.0)];
            let steps: Vec<_> = (0..=9).map(|i| (x + 2.0 * f64::from(i), y - 6.0, y + 6.0)).collect();
            let is_hatched = matches!(symbol, KeySymbol::HatchedBand(_));
            marks::ribbon(scene, if is_hatched { &steps } else { &edges }, color, is_hatched);
            scene.line(vec![(x, y), (x + SYMBOL, y)], color, 1.8);
        }
        KeySymbol::Reference(color) => {
            scene.line(vec![(middle.0, y - 8.0), (middle.0, y + 8.0)], color, 1.0);
        }
        KeySymbol::Patch(color) => scene.rect((x, y - 6.0), (SYMBOL, 12.0), color),
        KeySymbol::Hatched(color) => marks::hatched(scene, (x, y - 6.0), (SYMBOL, 12.0), color),
        KeySymbol::Whisker(color) => {
            marks::whisker(scene, ends.0, ends.1, color, Whisker::Interval);
            marks::dot(scene, middle, look(color));
        }
        KeySymbol::ThinWhisker(color) => marks::whisker(scene, ends.0, ends.1, color, Whisker::Bounds),
        KeySymbol::DashedWhisker(color) => {
            marks::whisker(scene, ends.0, ends.1, color, Whisker::Faint);
            marks::dot(scene, middle, look(color));
        }
    }
}
