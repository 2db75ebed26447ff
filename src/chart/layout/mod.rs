//! Where everything stands on the page: from a chart specification to a scene of shapes.

mod events;
mod keys;
mod marks;
mod rows;
mod scatter;
mod spread;
mod text;
mod ticks;
mod tiles;
mod time;

use super::fonts::Weight;
use super::palette;
use super::scene::{Scene, Shape};
use super::spec::{ChartSpec, Panel, Section};
use rows::Rooms;
use text::Style;

/// Width of a chart in page units.
const WIDTH: f64 = 960.0;
/// White space around the chart.
const MARGIN: f64 = 28.0;
/// White space between panels beside each other.
const GUTTER: f64 = 28.0;
/// Parts of the width that titles and paragraphs may take: viewers that do not read fonts from inside a picture set
/// them wider, bold ones most.
const TITLE_PART: f64 = 0.89;
const PROSE_PART: f64 = 0.97;

const TITLE: Style = Style { size: 22.0, line: 28.0, weight: Weight::Bold, color: palette::INK };
const SUBTITLE: Style = Style { size: 14.0, line: 20.0, weight: Weight::Regular, color: palette::SOFT_INK };
const HEADING: Style = Style { size: 14.0, line: 19.0, weight: Weight::Bold, color: palette::INK };
const PANEL_TITLE: Style = Style { size: 12.5, line: 16.0, weight: Weight::Bold, color: palette::INK };
const LABEL: Style = Style { size: 12.5, line: 15.5, weight: Weight::Regular, color: palette::INK };
const TICK: Style = Style { size: 11.5, line: 15.0, weight: Weight::Regular, color: palette::GREY };
const CAPTION: Style = Style { size: 11.5, line: 16.0, weight: Weight::Regular, color: palette::GREY };

/// A column of the page: left edge and width.
#[derive(Debug, Clone, Copy)]
struct Column {
    left: f64,
    width: f64,
}

/// The chart as shapes with positions. Its height follows from its content.
pub(super) fn scene(spec: &ChartSpec) -> Scene {
    let mut scene = Scene::new(WIDTH);
    let column = Column { left: MARGIN, width: WIDTH - 2.0 * MARGIN };
    let mut y = MARGIN - 4.0;
    y = text::set(&mut scene, text::balanced(&spec.title, column.width * TITLE_PART, TITLE), column.left, y, TITLE);
    let prose = Column { width: column.width * PROSE_PART, ..column };
    if !spec.subtitle.is_empty() {
        y = text::paragraph(&mut scene, &spec.subtitle, prose, y + 5.0, SUBTITLE);
    }
    y += 16.0;
    if !spec.keys.is_empty() {
        y = keys::draw(&mut scene, &spec.keys, column, y) + 12.0;
    }
    for section in &spec.sections {
        y = draw_section(&mut scene, section, column, y) + 18.0;
    }
    if !spec.caption.is_empty() {
        y = text::paragraph(&mut scene, &spec.caption, prose, y, CAPTION);
    }
    scene.height = (y + MARGIN - 10.0).ceil();
    let paper = Shape::Rect { corner: (0.0, 0.0), size: (scene.width, scene.height), color: palette::WHITE };
    scene.shapes.insert(0, paper);
    scene
}

fn draw_section(scene: &mut Scene, section: &Section, column: Column, top: f64) -> f64 {
    let mut y = top;
    if !section.title.is_empty() {
        scene.line(vec![(column.left, y), (column.left + column.width, y)], palette::LINE, 0.8);
        y = text::paragraph(scene, &section.title, column, y + 7.0, HEADING) + 8.0;
    }
    let n_columns = section.columns.clamp(1, 4);
    let count = n_columns as f64;
    let width = (column.width - (count - 1.0) * GUTTER) / count;
    let rooms = section.panels.iter().map(|panel| match panel {
        Panel::Time(_) | Panel::Scatter(_) | Panel::Tiles(_) => Rooms::default(),
        Panel::Rows(panel) => rows::rooms(panel, width),
    });
    let rooms = rooms.fold(Rooms::default(), Rooms::or);
    for (line, panels) in section.panels.chunks(n_columns).enumerate() {
        if line > 0 {
            y += 16.0;
        }
        let mut bottom = y;
        let top_of_plot = panels.iter().map(|panel| head(panel, width)).fold(0.0, f64::max);
        for (index, panel) in panels.iter().enumerate() {
            let place = Column { left: column.left + index as f64 * (width + GUTTER), width };
            let end = match panel {
                Panel::Time(panel) => time::draw(scene, panel, place, y, top_of_plot),
                Panel::Rows(panel) => rows::draw(scene, panel, place, y, rooms),
                Panel::Scatter(panel) => scatter::draw(scene, panel, place, y),
                Panel::Tiles(panel) => tiles::draw(scene, panel, place, y),
            };
            bottom = bottom.max(end);
        }
        y = bottom;
    }
    y
}

/// Room above the plot, so that plots beside each other begin at one height.
fn head(panel: &Panel, width: f64) -> f64 {
    match panel {
        Panel::Time(panel) => time::head(panel, width),
        Panel::Rows(_) | Panel::Scatter(_) | Panel::Tiles(_) => 0.0,
    }
}
