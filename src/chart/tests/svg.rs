//! The SVG of every sample: the same each time, well formed, with few decimals and with every label in it.

use super::samples;
use crate::chart::fonts::{Weight, covers};
use crate::chart::{layout, svg};

#[test]
fn the_same_chart_gives_the_same_bytes() {
    for spec in samples::all() {
        assert_eq!(svg::render(&spec).unwrap(), svg::render(&spec).unwrap(), "{}", spec.id);
    }
}

#[test]
fn every_label_is_in_the_svg_and_in_the_font() {
    for spec in samples::all() {
        let drawn = svg::render(&spec).unwrap();
        for text in layout::scene(&spec).texts() {
            let escaped = text.text.replace('&', "&amp;").replace('\'', "&apos;");
            assert!(drawn.contains(&escaped), "{}: `{escaped}`", spec.id);
            for letter in text.text.chars() {
                assert!(covers(letter, text.weight), "{}: no glyph for {letter:?}", spec.id);
            }
        }
    }
    assert!(!covers('日', Weight::Regular), "the check notices a letter that the font lacks");
}

#[test]
fn numbers_have_two_decimals_at_most() {
    for spec in samples::all() {
        let drawn = svg::render(&spec).unwrap();
        for value in drawn.split('"').skip(1).step_by(2) {
            for number in value.split([',', ' ']).filter(|number| number.parse::<f64>().is_ok()) {
                let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
                assert!(decimals <= 2, "{}: {number}", spec.id);
            }
        }
    }
}

#[test]
fn the_svg_says_in_words_what_it_shows() {
    let spec = samples::all().remove(0);
    let drawn = svg::render(&spec).unwrap();
    assert!(drawn.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\""), "{}", &drawn[..200]);
    for part in
        ["role=\"img\"", "<title id=\"trend-title\">Six in ten", "<desc id=\"trend-desc\">", "viewBox=\"0 0 9600 "]
    {
        assert!(drawn.contains(part), "{part}");
    }
    let opened = drawn.matches("<text").count();
    assert_eq!(opened, drawn.matches("</text>").count());
    assert!(drawn.ends_with("</g>\n</svg>\n"));
}

/// Set `OPROS_CHART_SAMPLES` to a folder to look at the samples.
#[test]
fn samples_can_be_looked_at() {
    let Some(folder) = std::env::var_os("OPROS_CHART_SAMPLES").map(std::path::PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).unwrap();
    for spec in samples::all() {
        let svg = svg::render(&spec).unwrap();
        std::fs::write(folder.join(format!("{}.svg", spec.id)), &svg).unwrap();
        #[cfg(feature = "png")]
        std::fs::write(folder.join(format!("{}.png", spec.id)), crate::chart::png::render(&svg, 1.5).unwrap()).unwrap();
    }
}

#[cfg(feature = "png")]
mod png {
    use resvg::tiny_skia::Pixmap;

    use super::samples;
    use crate::chart::fonts::{self, Weight};
    use crate::chart::scene::{Anchor, Text};
    use crate::chart::{layout, png, svg};

    fn text_width(text: &Text) -> f64 {
        fonts::width(&text.text, text.size, text.weight)
    }

    #[test]
    fn every_label_is_in_the_picture() {
        for spec in samples::all() {
            let drawn = svg::render(&spec).unwrap();
            let with = Pixmap::decode_png(&png::render(&drawn, 1.0).unwrap()).unwrap();
            let without = Pixmap::decode_png(&png::render(&without_text(&drawn), 1.0).unwrap()).unwrap();
            for text in layout::scene(&spec).texts() {
                let bounds = text.bounds();
                let differs = (bounds.top.floor() as u32..bounds.bottom.ceil() as u32).any(|y| {
                    let columns = bounds.left.floor() as u32..bounds.right.ceil() as u32;
                    columns.into_iter().any(|x| with.pixel(x, y) != without.pixel(x, y))
                });
                assert!(differs, "{}: `{}` is not painted", spec.id, text.text);
            }
        }
    }

    #[test]
    fn cyrillic_is_painted_letter_by_letter() {
        let text = Text {
            text: "Ёж, щука № 5 — «Привет»".to_owned(),
            at: (10.0, 30.0),
            size: 20.0,
            weight: Weight::Bold,
            color: crate::chart::palette::INK,
            anchor: Anchor::Start,
        };
        let mut widths = Vec::new();
        for end in text.text.char_indices().map(|(i, _)| i).skip(1) {
            widths.push(fonts::width(&text.text[..end], text.size, text.weight));
        }
        assert!(widths.windows(2).all(|pair| pair[1] > pair[0]), "every letter has a width");
        assert!(text_width(&text) < 400.0);
        let svg = |text: &str| {
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"40\"><text x=\"10\" y=\"30\" \
                 font-size=\"20\" font-family=\"{}\">{text}</text></svg>",
                fonts::FAMILY
            )
        };
        let paint = |text: &str| png::render(&svg(text), 1.0).unwrap();
        let letters = ["Ё", "ж", "щ", "№", "—", "«"];
        for (i, letter) in letters.iter().enumerate() {
            assert_ne!(paint(letter), paint(""), "{letter}");
            for other in &letters[i + 1..] {
                assert_ne!(paint(letter), paint(other), "{letter} and {other} look alike");
            }
        }
    }

    #[test]
    fn an_svg_that_is_none_is_an_error() {
        assert_eq!(png::render("<svg", 1.0).unwrap_err().diagnostics()[0].code, "F05");
    }

    fn without_text(svg: &str) -> String {
        let mut out = String::new();
        let mut rest = svg;
        while let Some(start) = rest.find("<text") {
            out.push_str(&rest[..start]);
            let end = rest[start..].find("</text>").unwrap() + "</text>".len();
            rest = &rest[start + end..];
        }
        out + rest
    }
}

#[test]
fn a_file_carries_its_fonts_and_says_the_same() {
    let drawn = svg::render(&samples::all().remove(0)).unwrap();
    let whole = svg::with_fonts(&drawn);
    assert_eq!(whole.matches("@font-face").count(), 2);
    let (start, end) = (whole.find("<style>").unwrap(), whole.find("</style>\n").unwrap() + "</style>\n".len());
    assert_eq!(format!("{}{}", &whole[..start], &whole[end..]), drawn);
}
