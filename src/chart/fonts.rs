//! The bundled font and the width of text set in it.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef};
use base64::Engine as _;

/// Inter Regular, Latin and Cyrillic among others; the licence stands beside it in `fonts/OFL.txt`.
pub const REGULAR: &[u8] = include_bytes!("fonts/Inter-Regular.otf");
/// Inter Bold.
pub const BOLD: &[u8] = include_bytes!("fonts/Inter-Bold.otf");
/// The faces that a picture or page carries within itself: weight, style, WOFF2.
pub const WEB_FACES: [(&str, &str, &[u8]); 3] = [
    ("400", "normal", include_bytes!("fonts/Inter-Regular.woff2")),
    ("700", "normal", include_bytes!("fonts/Inter-Bold.woff2")),
    ("400", "italic", include_bytes!("fonts/Inter-Italic.woff2")),
];

/// One `@font-face` rule with the font inside.
pub fn face_rule((weight, style, bytes): (&str, &str, &[u8])) -> String {
    let data = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!(
        "@font-face{{font-family:Inter;font-weight:{weight};font-style:{style};font-display:block;\
         src:url(data:font/woff2;base64,{data}) format(\"woff2\")}}\n"
    )
}

/// The family that charts ask for: Inter where it is at hand, or what comes close.
pub const FAMILY: &str = "Inter, Helvetica, Arial, sans-serif";

/// How much wider than in Inter a text may come out.
const SLACK: f64 = 1.03;

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Normal text.
    Regular,
    /// Titles and labels that lead.
    Bold,
}

/// Width of a line of text, in units of the font size.
///
/// Some slack is in it: a viewer that does not read fonts from inside a picture takes a wider one.
pub(super) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let font = face(weight);
    let per_em = f64::from(font.units_per_em().unwrap_or(1000.0));
    let units: f64 = text.chars().map(|c| f64::from(font.h_advance_unscaled(font.glyph_id(c)))).sum();
    units / per_em * size * SLACK
}

/// Does the bundled font have a glyph for the character?
#[cfg(test)]
pub(super) fn covers(c: char, weight: Weight) -> bool {
    c.is_whitespace() || face(weight).glyph_id(c).0 != 0
}

fn face(weight: Weight) -> &'static FontRef<'static> {
    static FACES: OnceLock<[FontRef<'static>; 2]> = OnceLock::new();
    let [regular, bold] = FACES.get_or_init(|| {
        [REGULAR, BOLD].map(|bytes| FontRef::try_from_slice(bytes).expect("the bundled font is a font"))
    });
    match weight {
        Weight::Regular => regular,
        Weight::Bold => bold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_grows_with_size_and_weight() {
        let regular = width("Отношение, %", 10.0, Weight::Regular);
        assert!((width("Отношение, %", 20.0, Weight::Regular) - 2.0 * regular).abs() < 1e-9);
        assert!(width("Отношение, %", 10.0, Weight::Bold) > regular);
    }

    #[test]
    fn the_font_has_what_reports_need() {
        for c in "Aa Žé Яя ё № – — − × ≥ ± ½ % · … “” «» \u{a0}→".chars() {
            assert!(covers(c, Weight::Regular) && covers(c, Weight::Bold), "{c:?}");
        }
    }
}
