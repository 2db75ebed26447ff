//! One mood from many questions that were asked in scattered years.

mod dyad_ratios;
mod recursion;

pub use dyad_ratios::{DyadRatios, ItemLoading, LastReading, Mood, Reading};
