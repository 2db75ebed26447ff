//! Why do two groups, or two waves, differ: because they are made up of other people, or because like people answer
//! otherwise?
//!
//! | question | function |
//! |---|---|
//! | two printed tables of groups: composition against rates | [`kitagawa`] |
//! | any number of printed tables, wave after wave | [`kitagawa_waves`] |
//! | the same from respondents, several groupings at once, any number of waves | [`standardize`] |
//! | a gap held against several variables by regression, linear or logit | [`oaxaca_blinder`] |
//!
//! Every split adds up to the gap. It is arithmetic, not cause: "composition" is what the grouping at hand captures, and what
//! it leaves out counts as a difference of rates (or as unexplained).

mod error;
mod kitagawa;
mod oaxaca;
mod oaxaca_fit;
mod oaxaca_parts;
mod predictors;
mod product;
mod rows;
mod standardization;
mod table_waves;
mod ways;

pub use error::DecompositionError;
pub use kitagawa::{GroupTable, Kitagawa, KitagawaPart, TableCell, kitagawa};
pub use oaxaca::{Gap, Model, OaxacaBlinder, Part, PartKind, Reference, oaxaca_blinder};
pub use predictors::{Detail, Predictor};
pub use standardization::{Averaging, Change, Standardization, Standardized, standardize};
pub use table_waves::{Composition, TableChange, WaveCell, WaveTable, kitagawa_waves};
