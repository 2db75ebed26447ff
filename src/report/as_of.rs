//! The last day that the data of a study speak of.

use crate::study::{PartialDate, Study};

/// The latest end of a poll, election, count or item; none for a study without dates.
pub fn last_day(study: &Study) -> Option<PartialDate> {
    let polls = study.toplines.iter().map(|topline| topline.known_field().end);
    let surveys = study.definition.survey.iter().map(|survey| survey.field_end);
    let elections = study.official.iter().map(|result| result.date);
    let counts = study.counts.iter().filter_map(|count| count.end);
    let items = study.items.iter().flat_map(|list| &list.items).filter_map(|item| item.date);
    polls
        .chain(surveys)
        .chain(elections)
        .chain(counts)
        .chain(items)
        .max_by_key(|date| (date.last_day(), date.precision()))
}
