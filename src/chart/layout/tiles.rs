//! A map of tiles with its scale of colours.

use super::text::Style;
use super::{Column, TICK};
use crate::chart::fonts::Weight;
use crate::chart::palette;
use crate::chart::scene::{Anchor, Scene};
use crate::chart::spec::TilesPanel;

/// White space between tiles.
const BETWEEN: f64 = 3.0;
const MOST_WIDE: f64 = 60.0;
const NAME: Style = Style { size: 11.5, line: 13.0, weight: Weight::Bold, color: palette::INK };

/// Draws the panel; its bottom.
pub(super) fn draw(scene: &mut Scene, panel: &TilesPanel, column: Column, top: f64) -> f64 {
    let n_columns = panel.tiles.iter().map(|tile| tile.column).max().unwrap_or(1).max(1);
    let n_rows = panel.tiles.iter().map(|tile| tile.row).max().unwrap_or(1).max(1);
    let size = (column.width / f64::from(n_columns)).min(MOST_WIDE);
    let head = scale(scene, panel, column, top) + 12.0;
    for tile in &panel.tiles {
        let corner = (
            column.left + f64::from(tile.column.saturating_sub(1)) * size,
            head + f64::from(tile.row.saturating_sub(1)) * size,
        );
        let side = size - BETWEEN;
        let fill = tile.color.unwrap_or(palette::GRID);
        scene.rect(corner, (side, side), fill);
        let ink = palette::text_on(fill);
        let (middle, centre) = (corner.0 + side / 2.0, corner.1 + side / 2.0);
        scene.text(NAME.in_color(ink).at(tile.label.clone(), (middle, centre - 3.0), Anchor::Middle));
        let text = if tile.is_marked { format!("({})", tile.text) } else { tile.text.clone() };
        scene.text(TICK.in_color(ink).at(text, (middle, centre + 12.0), Anchor::Middle));
    }
    head + f64::from(n_rows) * size + 6.0
}

/// The colours with their edges; its bottom.
fn scale(scene: &mut Scene, panel: &TilesPanel, column: Column, top: f64) -> f64 {
    let width = 56.0;
    for (k, color) in panel.scale.colors.iter().enumerate() {
        scene.rect((column.left + k as f64 * width, top), (width - 1.0, 14.0), *color);
    }
    for (k, edge) in panel.scale.edges.iter().enumerate() {
        let anchor = if k == 0 { Anchor::Start } else { Anchor::Middle };
        scene.text(TICK.at(edge.clone(), (column.left + k as f64 * width, top + 14.0 + TICK.line), anchor));
    }
    top + 14.0 + TICK.line + 4.0
}
