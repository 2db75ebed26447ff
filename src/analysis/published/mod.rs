//! Printed shares: which polls belong to a series, what their sample is assumed to be, and what a side adds up to.

mod collapse;
mod sample;
mod selection;

pub(super) use collapse::{Absent, Printed, printed};
pub(super) use sample::{Sample, net_figures, share_figures};
pub(super) use selection::{Polls, Request, Selected, is_coarse, select};
