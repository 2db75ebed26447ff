//! When did it break: change points, breaks of a regression, and how often such a break appears by chance.
//!
//! | question | where |
//! |---|---|
//! | how many changes of mean, variance or rate, and where | [`change_points`] |
//! | breaks of a regression with intervals and confidence sets for their dates | [`RegressionBreaks`] |
//! | is there any break at all | [`cusum_test`], [`sup_f_test`] |
//! | a break at a date known beforehand | [`chow_test`], [`interrupted_series`] |
//! | a bend whose place is unknown | [`broken_line`] |
//!
//! Positions are the last observation before the break, counted from 1, as in R.

mod bai_perron;
mod break_interval;
mod break_set;
mod broken_line;
mod change_points;
mod costs;
mod hansen;
mod interrupted;
mod stability;
mod triangle;

pub use bai_perron::{BreakModel, RegressionBreaks};
pub use break_interval::BreakInterval;
pub use break_set::{BreakErrors, BreakSet};
pub use broken_line::{BrokenLine, broken_line};
pub use change_points::{ChangePoints, Penalty, Search, change_points};
pub use costs::Cost;
pub use hansen::sup_f_p_value;
pub use interrupted::{Interruption, PlaceboShare, interrupted_series, placebo_dates, placebo_months};
pub use stability::{Cusum, StabilityTest, SupF, chow_test, cusum_test, sup_f_test};
