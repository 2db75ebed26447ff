//! Lists of items that somebody found: per period, per head, by actor. Rates are of items found.

mod actors;
mod breaks;
mod chance;
mod period;
mod periods;
mod rates;

pub(super) use actors::run as actors;
pub(super) use breaks::run as breaks;
pub(super) use periods::{detectable_ratio, ratio, run as periods};
pub(super) use rates::run as rates;

use std::ops::RangeInclusive;

use super::work::Work;
use crate::study::{EventList, Origin};

/// The list of a data id, or a problem.
fn items<'s>(analysis: &str, data: &str, work: &mut Work<'s>) -> Option<&'s EventList> {
    let study = work.study;
    let found = study.items(data);
    if found.is_none() {
        work.unknown(analysis, "item data", data, study.items.iter().map(|list| list.data.as_str()));
    }
    found
}

/// Items dated in each year, and where they stand; none where the list does not exist, which is a problem.
pub(super) fn per_year(
    analysis: &str,
    data: &str,
    years: RangeInclusive<i32>,
    work: &mut Work<'_>,
) -> Option<(Vec<u64>, Vec<Origin>)> {
    let list = items(analysis, data, work)?;
    let (mut counts, mut origins) = (Vec::new(), Vec::new());
    for year in years {
        let window = i16::try_from(year).ok().and_then(|year| period::Window::year(year, None));
        let inside = window.map(|window| window.sort(&list.items).0).unwrap_or_default();
        counts.push(inside.len() as u64);
        origins.extend(inside.iter().map(|item| item.origin.clone()));
    }
    Some((counts, origins))
}
