//! One table, many formats. CSV and JSON carry the numbers as they are; Markdown and HTML speak a language.

mod csv;
mod html;
mod json;
mod markdown;
mod words;

pub use csv::{csv, field};
pub use html::{escape, html};
pub use json::{json, json_lines, value};
pub use markdown::{markdown, one_line};
pub use words::cell_words;
