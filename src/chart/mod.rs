//! Results as pictures: results → chart specification → SVG → PNG.
//!
//! [`figure()`] chooses the results that a figure of the definition names and turns them into a [`ChartSpec`], our own
//! chart model, in which every text is already in the reader's language. [`svg`] lays a specification out with real
//! text widths and draws it with plotters; `png`, a feature, paints that SVG with the bundled fonts. Nothing is
//! estimated here.

pub mod dots;
pub mod figure;
pub mod gaps;
#[cfg(feature = "png")]
pub mod png;
pub mod spec;
pub mod svg;

pub(crate) mod fonts;
mod layout;
mod palette;
mod scene;
#[cfg(test)]
mod tests;

pub use figure::{FigureTexts, figure};
pub use fonts::{BOLD as INTER_BOLD, FAMILY as FONT_FAMILY, REGULAR as INTER_REGULAR};
pub use spec::ChartSpec;
