//! Characteristics of the respondents of a survey as codes.

use std::collections::BTreeMap;

use super::figures::flags;
use super::outcome::{Coded, YES};
use super::{Cut, Poll, column, text};
use crate::analysis::result::Flag;
use crate::analysis::work::{Work, list};
use crate::design::{Codes, MISSING};
use crate::estimate::{self, Options};

/// Characteristics that a gap is held against.
pub(super) struct Held<'a> {
    /// Their codes, by their short names.
    pub by: Vec<(&'a str, Codes)>,
    /// Respondents who were asked and of whom the place and all characteristics are known.
    pub mask: Vec<bool>,
    /// What is special about the gap among them: the marks of both sides.
    pub flags: Vec<Flag>,
}

/// Characteristics of those who were asked, with a remark on how many stay out. None where the data lack one, or after a
/// problem; `what` says what they are for.
pub(super) fn held<'a>(
    analysis: &str,
    what: &str,
    ids: &'a [String],
    poll: &Poll<'_>,
    coded: &Coded,
    cut: &Cut<'_>,
    work: &mut Work<'_>,
) -> Option<Held<'a>> {
    let mut by = Vec::new();
    for id in ids {
        by.push((id.as_str(), characteristic(analysis, what, id, poll, work)?));
    }
    let is_placed = |row: usize| coded.asked[row] && cut.split.code_of_row[row] != MISSING;
    let is_known = |row: usize| by.iter().all(|(_, codes)| codes.codes()[row] != MISSING);
    let mask: Vec<bool> = (0..poll.rows.len()).map(|row| is_placed(row) && is_known(row)).collect();
    let lost = (0..poll.rows.len()).filter(|&row| is_placed(row) && !mask[row]).count();
    if lost > 0 {
        let names = list(by.iter().map(|(id, _)| *id));
        let text = format!("`{what}`: {lost} respondents of whom {names} is not known stay out");
        work.remark(analysis, &poll.survey.id, text);
    }
    let declared = poll.design.is_declared(|row| mask[row]);
    let sides = cut.split.domains().within(&mask);
    let sides = estimate::proportions(&poll.design.design, &coded.answers, &sides, &Options::default());
    let flags = sides.map_or_else(
        |_| Vec::new(),
        |sides| {
            let of_half = |half: &&str| sides.get(sides.position(half, YES)?);
            let halves = cut.halves.iter().filter_map(of_half);
            halves.flat_map(|side| flags(side, poll.is_opt_in, declared)).collect()
        },
    );
    Some(Held { by, mask, flags })
}

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
