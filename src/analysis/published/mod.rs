//! Printed shares: which polls belong to a series, what their sample is assumed to be, and what a side adds up to.

mod collapse;
mod sample;
mod selection;

pub(super) use collapse::{Absent, Printed, leaves_room, printed, single};
pub(super) use sample::{DECLARED, Sample, unit_of, value_figures};
pub(super) use selection::{Request, SegmentKey, Selected, is_coarse, select};
