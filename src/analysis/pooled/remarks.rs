//! What the reader of a pooled series should know.

use super::input::Input;
use crate::analysis::trend::pooling::{LeftOut, PooledSeries};
use crate::analysis::work::{Work, pollster_name};
use crate::study::definition::PooledAnalysis;

/// Says which polls are not in the likelihood.
pub(super) fn left_out(analysis: &PooledAnalysis, input: &Input<'_>, pooled: &PooledSeries, work: &mut Work<'_>) {
    let pollsters = &work.study.definition.pollster;
    for (code, house) in input.houses.iter().enumerate() {
        let is_own = |(poll, why): &&(usize, LeftOut)| input.polls[*poll].house == code && *why == LeftOut::NoSample;
        let own: Vec<usize> = pooled.left_out.iter().filter(is_own).map(|(poll, _)| *poll).collect();
        let (Some(first), Some(last)) = (own.first(), own.last()) else { continue };
        let reason = input.sources[*last].no_sample.as_deref().unwrap_or("its sample is not known");
        let text = format!(
            "{} polls of {}, from {} to {}, are not in the model: for the last of them, {reason}",
            own.len(),
            pollster_name(pollsters, house.pollster),
            input.sources[*first].when,
            input.sources[*last].when
        );
        work.remark(&analysis.id, &house.id, text);
    }
    for (event, found) in analysis.event.iter().zip(&pooled.events) {
        if found.straddling.is_empty() {
            continue;
        }
        let polls: Vec<&str> = found.straddling.iter().map(|poll| input.sources[*poll].poll).collect();
        let text = format!("may have been asked before or after it and are not in the model: {}", polls.join(", "));
        work.remark(&analysis.id, &event.event, text);
    }
}

/// Says that an effect of a house holds the difference of its question.
pub(super) fn different_questions(analysis: &PooledAnalysis, input: &Input<'_>, work: &mut Work<'_>) {
    let Some(first) = input.houses.first() else { return };
    for house in input.houses.iter().filter(|house| house.question.id != first.question.id) {
        let text = format!(
            "asks another question than {} (\u{201c}{}\u{201d}): its effect holds the difference of the wording",
            pollster_name(&work.study.definition.pollster, first.pollster),
            house.question.wording.get("en")
        );
        work.remark(&analysis.id, &house.id, text);
    }
}
