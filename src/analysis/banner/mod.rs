//! Banner tables: the answers of many questions in the columns of many banner variables, with bases and significance letters.
//!
//! A [`Request`] names the questions (lines) and the spans of columns; [`banner`] answers it in one pass over the rows. Every
//! cell carries its interval and base, every letter its test.
//!
//! ```
//! use opros::analysis::banner::{Options, Question, Request, Span, banner};
//! use opros::design::{Codes, SurveyDesign};
//! let n = 400;
//! let vote: Vec<&str> = (0..n).map(|i| if i % 4 < 2 + i % 2 { "yes" } else { "no" }).collect();
//! let sex: Vec<&str> = (0..n).map(|i| if i % 2 == 0 { "f" } else { "m" }).collect();
//! let design = SurveyDesign::builder().weights(&vec![1.0; n]).build()?;
//! let (vote, sex) = (Codes::from_labels(&vote), Codes::from_labels(&sex));
//! let request = Request {
//!     questions: vec![Question { name: "vote".into(), answers: &vote, nets: vec![] }],
//!     spans: vec![Span { name: "sex".into(), groups: &sex, nets: vec![] }],
//!     mask: None,
//! };
//! let found = banner(&design, &request, &Options::default())?;
//! assert_eq!(found.columns.iter().map(|c| c.letter.as_str()).collect::<Vec<_>>(), ["", "A", "B"]);
//! let table = &found.tables[0];
//! assert_eq!((table.cell(1, 0).value, table.bases[1].n), (Some(0.5), 200));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compare;
mod request;
mod table;

#[cfg(test)]
mod tests;

pub use compare::{Against, Comparison, TEST};
pub use request::{BannerError, Net, Options, Question, Request, Span};
pub use table::{Banner, Column, ColumnBase, Line, Table, banner, banner_in_groups, joined, letter};

pub use crate::analysis::compare::Skipped;
