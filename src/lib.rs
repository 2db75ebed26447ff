//! Opros: survey and polling statistics, from poll data to a report in which every number has a source.
//!
//! `ARCHITECTURE.md` has the map of the house. In a program of one's own: a design, then estimates with their errors.
//!
//! ```
//! use opros::design::{Codes, Domains, SurveyDesign};
//! use opros::estimate::{Options, proportions};
//!
//! // Eight people of four towns in two regions.
//! let design = SurveyDesign::builder()
//!     .weights(&[1.0, 2.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0])
//!     .strata(&["north", "north", "north", "north", "south", "south", "south", "south"])
//!     .psu(&["a", "a", "b", "b", "c", "c", "d", "d"])
//!     .build()?;
//! let votes = Codes::from_labels(&["yes", "no", "yes", "yes", "no", "no", "yes", "no"]);
//! let shares = proportions(&design, &votes, &Domains::whole(8), &Options::default())?;
//! let yes = shares.iter().zip(["no", "yes"]).find(|(_, answer)| *answer == "yes").map(|(share, _)| share);
//! // The weights of those who say yes are 4 of 10; towns less regions are 2 degrees of freedom.
//! assert!(yes.is_some_and(|yes| yes.value.is_some_and(|share| (share - 0.4).abs() < 1e-12) && yes.degf == 2.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod analysis;
pub mod chart;
pub mod cli;
pub mod design;
pub mod diagnostic;
pub mod error;
pub mod estimate;
pub mod explain;
pub mod ingest;
pub mod locale;
pub mod model;
pub mod numeric;
pub mod pipeline;
pub mod report;
pub mod rows;
pub mod study;
pub mod weighting;

pub use error::{Error, Result};
