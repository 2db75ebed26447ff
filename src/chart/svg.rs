//! A chart as SVG, drawn by plotters.
//!
//! plotters knows whole coordinates only, so everything is drawn ten times as large and a `viewBox` scales it back:
//! positions have one decimal. plotters writes neither `title` nor `desc`, so the frame around its shapes is ours.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};

use super::fonts::{self, Weight};
use super::layout;
use super::scene::{Anchor, Point, Scene, Shape, Text};
use super::spec::{ChartSpec, Color, Dash};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};

/// Drawing units per page unit.
const FINE: f64 = 10.0;
/// plotters divides every font size by this before it writes it.
const PLOTTERS_FONT_SCALE: f64 = 1.24;
/// Where plotters puts the baseline below the top of a text, in font sizes.
const TOP_TO_BASELINE: f64 = 0.76;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = std::result::Result<(), String>;

/// The chart as a self-contained SVG document; the same specification always gives the same bytes.
///
/// # Errors
///
/// F04 where the drawing library refuses a shape.
pub fn render(spec: &ChartSpec) -> Result<String> {
    let scene = layout::scene(spec);
    let shapes = draw(&scene).map_err(|cause| {
        Error::unusable(
            Diagnostic::error("F04", Place::file("report.toml").key(spec.id.clone()), "the chart cannot be drawn")
                .observed(cause),
        )
    })?;
    Ok(document(spec, &scene, &shapes))
}

/// The same document with its fonts inside, for a file that is looked at by itself.
pub fn with_fonts(svg: &str) -> String {
    let (head, body) = svg.split_once("<g ").unwrap_or((svg, ""));
    if body.is_empty() {
        return svg.to_owned();
    }
    // Charts have no italics.
    let faces = fonts::WEB_FACES.iter().filter(|(_, style, _)| *style == "normal");
    let rules: String = faces.map(|face| fonts::face_rule(*face)).collect();
    format!("{head}<style>\n{rules}</style>\n<g {body}")
}

fn draw(scene: &Scene) -> std::result::Result<String, String> {
    let mut drawn = String::new();
    {
        let size = (whole(scene.width).unsigned_abs(), whole(scene.height).unsigned_abs());
        let area = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
        for shape in &scene.shapes {
            draw_shape(&area, shape)?;
        }
        area.present().map_err(|error| error.to_string())?;
    }
    let body = drawn.split_once('\n').map_or("", |(_, body)| body);
    Ok(with_round_font_sizes(body.trim_end().trim_end_matches("</svg>")))
}

fn draw_shape(area: &Area, shape: &Shape) -> Drawn {
    match shape {
        Shape::Line { points, color, width, dash, alpha } => {
            let style = ShapeStyle { color: rgb(*color).mix(*alpha), filled: false, stroke_width: stroke(*width) };
            let points: Vec<_> = points.iter().copied().map(fine).collect();
            match strokes(*dash, *width) {
                None => put(area, &PathElement::new(points, style)),
                Some((on, off)) => put(area, &DashedPathElement::new(points, on, off, style)),
            }
        }
        Shape::Area { points, color, alpha } => {
            let points: Vec<_> = points.iter().copied().map(fine).collect();
            put(area, &Polygon::new(points, rgb(*color).mix(*alpha).filled()))
        }
        Shape::Rect { corner, size, color } => {
            let corners = [fine(*corner), fine((corner.0 + size.0, corner.1 + size.1))];
            put(area, &Rectangle::new(corners, rgb(*color).filled()))
        }
        Shape::Disc { center, radius, fill, stroke: ring } => {
            put(area, &Circle::new(fine(*center), whole(*radius), rgb(*fill).filled()))?;
            let Some((color, width)) = ring else { return Ok(()) };
            put(area, &Circle::new(fine(*center), whole(*radius), rgb(*color).stroke_width(stroke(*width))))
        }
        Shape::Text(text) => draw_text(area, text),
    }
}

fn draw_text(area: &Area, text: &Text) -> Drawn {
    let style = match text.weight {
        Weight::Regular => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    let side = match text.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let font = FontDesc::new(FontFamily::Name(fonts::FAMILY), text.size * FINE * PLOTTERS_FONT_SCALE, style);
    let color = rgb(text.color);
    let style = TextStyle::from(font).color(&color).pos(Pos::new(side, VPos::Top));
    let at = fine((text.at.0, text.at.1 - TOP_TO_BASELINE * text.size));
    area.draw_text(&printable(&text.text), &style, at).map_err(|error| error.to_string())
}

fn put<'a, 'b, E>(area: &Area<'b>, element: &'a E) -> Drawn
where
    for<'e> &'e E: plotters::element::PointCollection<'e, (i32, i32)>,
    E: plotters::element::Drawable<SVGBackend<'b>>,
{
    area.draw(element).map_err(|error| error.to_string())
}

/// The frame: size, name and description for readers of the screen, and what all shapes share.
fn document(spec: &ChartSpec, scene: &Scene, shapes: &str) -> String {
    let id = escape(&spec.id);
    let (width, height) = (scene.width, scene.height);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {fine_width} {fine_height}\" role=\"img\" lang=\"{language}\" \
         aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{alt}</desc>\n\
         <g stroke-linejoin=\"round\">\n{shapes}</g>\n</svg>\n",
        fine_width = whole(width),
        fine_height = whole(height),
        language = escape(&spec.language),
        title = escape(&spec.title),
        alt = escape(&spec.alt),
    )
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for letter in printable(text).chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

fn fine((x, y): Point) -> (i32, i32) {
    (whole(x), whole(y))
}

/// A length in drawing units.
fn whole(length: f64) -> i32 {
    (length * FINE).round() as i32
}

fn stroke(width: f64) -> u32 {
    whole(width).unsigned_abs().max(1)
}

/// Lengths of strokes and gaps, in drawing units.
fn strokes(dash: Dash, width: f64) -> Option<(i32, i32)> {
    match dash {
        Dash::Solid => None,
        Dash::Long => Some((whole(9.0), whole(4.0))),
        Dash::Short => Some((whole(4.0), whole(2.5))),
        Dash::Dots => Some((whole(width.max(1.2)), whole(2.6))),
    }
}

fn rgb(color: Color) -> RGBColor {
    RGBColor(color.0, color.1, color.2)
}

/// Font sizes with one decimal: plotters divides the size that it is given and prints what comes out.
fn with_round_font_sizes(svg: &str) -> String {
    const ATTRIBUTE: &str = "font-size=\"";
    let mut parts = svg.split(ATTRIBUTE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(ATTRIBUTE);
        let (size, rest) = part.split_once('"').unwrap_or((part, ""));
        match size.parse::<f64>() {
            Ok(size) => out.push_str(&format!("{}\"", (size * 10.0).round() / 10.0)),
            Err(_) => out.push_str(&format!("{size}\"")),
        }
        out.push_str(rest);
    }
    out
}

/// Text without characters that may not stand in XML.
fn printable(text: &str) -> String {
    let is_allowed = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if is_allowed(c) { c } else { ' ' }).collect()
}
