//! The last day that the data of a study speak of.

use crate::study::{PartialDate, PublishedTopline, Study};

/// The latest end of a poll, election, count or item; none for a study without dates.
pub fn last_day(study: &Study) -> Option<PartialDate> {
    let polls = study.toplines.iter().map(end_of_poll);
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

/// A date that only stands for its month is not known to the day.
fn end_of_poll(topline: &PublishedTopline) -> PartialDate {
    let end = topline.field.end;
    let month = || format!("{:.7}", end.to_string()).parse().ok();
    if topline.is_month_only { month().unwrap_or(end) } else { end }
}
