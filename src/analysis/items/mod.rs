//! Lists of items that somebody found: per period, per head, by actor. Rates are of items found.

mod actors;
mod period;
mod periods;
mod rates;

pub(super) use actors::run as actors;
pub(super) use periods::run as periods;
pub(super) use rates::run as rates;

use super::work::Work;
use crate::study::EventList;

/// The list of a data id, or a problem.
fn items<'s>(analysis: &str, data: &str, work: &mut Work<'s>) -> Option<&'s EventList> {
    let study = work.study;
    let found = study.items(data);
    if found.is_none() {
        work.unknown(analysis, "item data", data, study.items.iter().map(|list| list.data.as_str()));
    }
    found
}
