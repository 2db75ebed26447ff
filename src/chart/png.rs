//! A chart as PNG: its SVG painted by resvg with the bundled fonts and no others.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb::Database};

use super::fonts;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};

/// The PNG of a chart's SVG, `scale` pixels a page unit; 2 is good for screens.
///
/// # Errors
///
/// F05 where the SVG cannot be read or the picture would be too large.
pub fn render(svg: &str, scale: f32) -> Result<Vec<u8>> {
    let options = Options { font_family: "Inter".to_owned(), fontdb: Arc::clone(fonts()), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| problem(error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(scale).ok_or_else(|| problem(format!("scale {scale}")))?;
    let mut pixmap = Pixmap::new(size.width(), size.height())
        .ok_or_else(|| problem(format!("{} × {} pixels", size.width(), size.height())))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| problem(error.to_string()))
}

/// The bundled fonts under their own name and under every generic one.
fn fonts() -> &'static Arc<Database> {
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    FONTS.get_or_init(|| {
        let mut database = Database::new();
        database.load_font_data(fonts::REGULAR.to_vec());
        database.load_font_data(fonts::BOLD.to_vec());
        database.set_sans_serif_family("Inter");
        database.set_serif_family("Inter");
        database.set_monospace_family("Inter");
        database.set_cursive_family("Inter");
        database.set_fantasy_family("Inter");
        Arc::new(database)
    })
}

fn problem(observed: String) -> Error {
    Error::unusable(Diagnostic::error("F05", Place::file("chart"), "the chart cannot be painted").observed(observed))
}
