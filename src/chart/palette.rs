//! Colours: Okabe–Ito hues, darkened until text in them is easy to read on white.

use crate::study::definition::Side;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

/// Titles and the labels of rows.
pub(super) const INK: Color = Color(0x1A, 0x1A, 0x1A);
/// Subtitles.
pub(super) const SOFT_INK: Color = Color(0x45, 0x45, 0x45);
/// Captions, tick labels and details.
pub(super) const GREY: Color = Color(0x66, 0x66, 0x66);
/// Axis lines, event lines and leaders.
pub(super) const LINE: Color = Color(0x8C, 0x8C, 0x8C);
/// The grid, light on purpose.
pub(super) const GRID: Color = Color(0xE3, 0xE3, 0xE3);
/// The paper.
pub(super) const WHITE: Color = Color(0xFF, 0xFF, 0xFF);

/// Colours of series, in the order in which they are given out.
pub(super) const SERIES: [Color; 8] = [
    Color(0x00, 0x72, 0xB2),
    Color(0xC4, 0x4E, 0x00),
    Color(0x00, 0x7D, 0x5C),
    Color(0x2A, 0x2A, 0x2A),
    Color(0xA8, 0x48, 0x7F),
    Color(0x8C, 0x64, 0x00),
    Color(0x5B, 0x4E, 0xA0),
    Color(0x5E, 0x6B, 0x73),
];

const POSITIVE: [Color; 3] = [Color(0x00, 0x46, 0x6E), Color(0x00, 0x72, 0xB2), Color(0x4A, 0x96, 0xC8)];
const NEGATIVE: [Color; 3] = [Color(0x8A, 0x33, 0x00), Color(0xC4, 0x4E, 0x00), Color(0xD9, 0x74, 0x2F)];
const NEUTRAL: [Color; 1] = [Color(0x6A, 0x6A, 0x6A)];
const UNDECIDED: [Color; 2] = [Color(0x8C, 0x8C, 0x8C), Color(0x94, 0x94, 0x94)];

/// The colour of the `index`-th series.
pub(super) fn series(index: usize) -> Color {
    SERIES[index % SERIES.len()]
}

/// The colour of the `index`-th of `count` answers of one side, from the strongest to the weakest.
pub(super) fn side(side: Side, index: usize, count: usize) -> Color {
    let ramp: &[Color] = match side {
        Side::Positive => &POSITIVE,
        Side::Negative => &NEGATIVE,
        Side::Neutral => &NEUTRAL,
        Side::Undecided => &UNDECIDED,
    };
    // A single answer of a side takes the middle of the ramp, the plain hue.
    let place = if count <= 1 { ramp.len() / 2 } else { index };
    ramp[place.min(ramp.len() - 1)]
}

/// Ends of the ramp of ordered classes.
const RAMP: (Color, Color) = (Color(0xD6, 0xE8, 0xF5), Color(0x00, 0x46, 0x6E));

/// The colour of the `index`-th of `count` ordered classes, from light to dark.
pub(super) fn ramp(index: usize, count: usize) -> Color {
    let part = if count <= 1 { 0.5 } else { index.min(count - 1) as f64 / (count - 1) as f64 };
    let between = |low: u8, high: u8| (f64::from(low) + part * (f64::from(high) - f64::from(low))).round() as u8;
    let (low, high) = RAMP;
    Color(between(low.0, high.0), between(low.1, high.1), between(low.2, high.2))
}

/// White or ink, whichever is easier to read on a colour.
pub(super) fn text_on(color: Color) -> Color {
    let on_white = color.contrast_on_white();
    // Contrast against ink is the contrast of ink on white divided by that of the colour.
    if on_white * on_white >= INK.contrast_on_white() { WHITE } else { INK }
}

impl Color {
    /// Contrast against white, from 1 to 21 (WCAG 2).
    pub fn contrast_on_white(self) -> f64 {
        1.05 / (self.luminance() + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let v = f64::from(channel) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { libm::pow((v + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_and_text_colours_are_readable_on_white() {
        for color in SERIES.iter().chain(&[INK, SOFT_INK, GREY]) {
            assert!(color.contrast_on_white() >= 4.5, "{color:?}");
        }
    }

    #[test]
    fn filled_areas_stand_out_from_white() {
        for color in [&POSITIVE[..], &NEGATIVE, &NEUTRAL, &UNDECIDED].concat() {
            assert!(color.contrast_on_white() >= 3.0, "{color:?}");
        }
    }
}
