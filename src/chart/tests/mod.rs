//! Charts of an invented country, drawn and measured.

mod labels;
mod samples;
mod selection;
mod stress;
mod svg;
