//! Characteristics of the respondents of a survey as codes.

use std::collections::BTreeMap;

use super::{Poll, column, text};
use crate::analysis::work::{Work, list};
use crate::design::Codes;

/// A characteristic of each row of the survey; a blank cell is not known. None where the data lack it, with a remark, or
/// after a problem.
pub(in crate::analysis) fn characteristic(
    analysis: &str,
    what: &str,
    id: &str,
    poll: &Poll<'_>,
    work: &mut Work<'_>,
) -> Option<Codes> {
    let Some(own) = poll.data.characteristic.iter().find(|own| own.id == id) else {
        let known: Vec<String> = work
            .study
            .definition
            .respondents
            .iter()
            .flat_map(|data| data.characteristic.iter().map(|own| own.id.clone()))
            .collect();
        if known.iter().any(|other| other == id) {
            let text = format!("`{what}` is passed over: `{}` does not know `{id}`", poll.data.id);
            work.remark(analysis, &poll.survey.id, text);
        } else {
            work.unknown(analysis, "characteristic", id, known.iter().map(String::as_str));
        }
        return None;
    };
    let column = column(analysis, poll.file, &own.column, work)?;
    let mut strange: BTreeMap<String, usize> = BTreeMap::new();
    let levels: Vec<Option<String>> = poll
        .rows
        .iter()
        .map(|&row| {
            let value = text(column, row);
            let level = own.level(&value);
            if level.is_none() && !value.is_empty() && own.bands.is_empty() {
                *strange.entry(value).or_default() += 1;
            }
            level
        })
        .collect();
    for (value, n_rows) in &strange {
        let message = format!("`{value}` of column `{}` ({n_rows} rows) belongs to no level of `{id}`", own.column);
        let problem = work.problem(analysis, "A06", message);
        problem.expected = Some(list(own.levels.values().flatten().map(String::as_str)));
        problem.hint = Some("name it under `levels` of the characteristic".to_owned());
    }
    strange.is_empty().then(|| Codes::from_optional(&levels))
}
