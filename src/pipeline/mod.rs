//! What is read, computed and written, in which order.
//!
//! ```text
//! read → validate (an open error stops) → analyse → judge → draw → assemble bytes → write, or compare
//! ```

mod build;
mod check;
mod draw;
mod journal;
mod lock;
mod packages;
mod project;
mod read;
mod summary;
mod texts;
mod trace;
mod write;

pub use build::{Built, Request, build};
pub use check::{Difference, compare};
pub use draw::draw_figure;
pub use project::{Project, StudyFolder};
pub use read::{Checked, check, results};
pub use summary::{Summary, counted};
pub use texts::StudyText;
pub use trace::{SourceRows, Trace, below, listing, listing_json, trace};
pub use write::write;
