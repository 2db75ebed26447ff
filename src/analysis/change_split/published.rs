//! Splits of published groups.

use super::{Step, averaging};
use crate::analysis::ages::{AgeBand, published};
use crate::analysis::decomposition::{Composition, KitagawaPart, WaveCell, WaveTable, kitagawa_waves};
use crate::analysis::detectable;
use crate::analysis::result::{Evidence, Figures, ResultRecord};
use crate::analysis::work::Work;
use crate::study::definition::{ChangeSplitAnalysis, PublishedGroups};
use crate::study::{Origin, PopulationFrame, Span};

/// Level of the intervals.
const LEVEL: f64 = 0.95;
/// Why a composition that is the same everywhere has no part in the change.
const ONE_COMPOSITION: &str = "one composition is taken for all polls, so that it cannot change";

/// The groups of one poll.
struct PollGroups<'r> {
    id: &'r str,
    when: Span,
    groups: Vec<&'r ResultRecord>,
}

/// Writes the parts of each change.
pub(super) fn write<'s>(analysis: &'s ChangeSplitAnalysis, groups: &'s PublishedGroups, work: &mut Work<'s>) {
    let found = published(&analysis.id, groups, work);
    let mut polls: Vec<PollGroups<'_>> = Vec::new();
    for record in found.iter().filter(|record| record.about("group") != "all") {
        let Some(when) = record.when else { continue };
        match polls.iter_mut().find(|poll| poll.id == record.about("poll")) {
            Some(poll) => poll.groups.push(record),
            None => polls.push(PollGroups { id: record.about("poll"), when, groups: vec![record] }),
        }
    }
    if polls.is_empty() {
        return;
    }
    let labels = common(&polls);
    let reason = if polls.len() < 2 {
        Some("one poll only has groups".to_owned())
    } else if labels.is_empty() {
        Some("the polls have no group in common".to_owned())
    } else {
        None
    };
    let tables = match reason {
        Some(reason) => Err(reason),
        None => tables(analysis, &polls, &labels, work),
    };
    let last = polls.len() - 1;
    let whole =
        Step { from: polls[0].id, to: polls[last].id, fields: [polls[0].when, polls[last].when], is_whole: true };
    let (tables, frame_files) = match tables {
        Ok(tables) => tables,
        Err(reason) => {
            let record = whole.record(analysis, &["change"], Evidence::Published);
            work.record(record.figures(Figures::not_estimable(reason)));
            return;
        }
    };
    let changes = match kitagawa_waves(&tables, averaging(analysis), LEVEL) {
        Ok(changes) => changes,
        Err(error) => {
            let record = whole.record(analysis, &["change"], Evidence::Published);
            work.record(record.figures(Figures::not_estimable(error.to_string())));
            return;
        }
    };
    let is_one = tables.iter().all(|table| {
        let same = |(a, b): (&WaveCell, &WaveCell)| a.share.total_cmp(&b.share).is_eq();
        table.composition == Composition::Known && table.cells.iter().zip(&tables[0].cells).all(same)
    });
    for (k, change) in changes.iter().enumerate() {
        let (from, to) = (&polls[change.from], &polls[change.to]);
        let step = Step { from: from.id, to: to.id, fields: [from.when, to.when], is_whole: k >= last };
        let mut write = |path: &[&str], part: &KitagawaPart, is_composition: bool| {
            let figures = match path {
                ["detectable"] => detectable::of_change(&part_figures(part)),
                _ if is_composition && is_one => Figures::not_estimable(ONE_COMPOSITION),
                _ => part_figures(part),
            };
            let rows = [from, to].into_iter().flat_map(|poll| &poll.groups).flat_map(|record| &record.origins);
            let record = step.record(analysis, path, Evidence::Published);
            let record = record.with("statistic", &groups.variable).rests_on(rows.chain(&frame_files));
            let flags = [from, to].into_iter().flat_map(|poll| &poll.groups).flat_map(|record| &record.flags).copied();
            work.record(record.flags(flags.collect::<Vec<_>>()).figures(figures));
        };
        write(&["change"], &change.split.gap, false);
        write(&["detectable"], &change.split.gap, false);
        write(&["within"], &change.split.rates, false);
        write(&["composition"], &change.split.composition, true);
        for (label, part) in labels.iter().zip(&change.split.rates_by_group) {
            write(&["within", label], part, false);
        }
        for (label, part) in labels.iter().zip(&change.split.composition_by_group) {
            write(&["composition", label], part, true);
        }
    }
}

fn part_figures(part: &KitagawaPart) -> Figures {
    let Some(interval) = part.interval.filter(|_| part.se.is_some_and(|se| se > 0.0)) else {
        let reason = match part.se {
            Some(_) => "it follows from the populations alone, without sampling",
            None => "the number of people in the groups is not known",
        };
        return Figures::without_interval(part.estimate, reason);
    };
    Figures {
        estimate: Some(part.estimate),
        se: part.se,
        ci_low: Some(interval.low),
        ci_high: Some(interval.high),
        level: Some(LEVEL),
        ci_method: Some("wald"),
        ..Figures::default()
    }
}

/// Groups that every poll has, in the order of the first; by age where they are ages.
fn common<'r>(polls: &[PollGroups<'r>]) -> Vec<&'r str> {
    let has = |poll: &PollGroups<'_>, label: &str| poll.groups.iter().any(|record| record.about("group") == label);
    let mut labels: Vec<&str> = polls[0].groups.iter().map(|record| record.about("group")).collect();
    labels.retain(|label| polls.iter().all(|poll| has(poll, label)));
    labels.sort_by_key(|label| AgeBand::parse(label));
    labels
}

type Tables = (Vec<WaveTable>, Vec<Origin>);

/// The table of each poll, or why there is none.
fn tables(
    analysis: &ChangeSplitAnalysis,
    polls: &[PollGroups<'_>],
    labels: &[&str],
    work: &mut Work<'_>,
) -> Result<Tables, String> {
    for poll in polls {
        let left = poll.groups.iter().filter(|record| !labels.contains(&record.about("group")));
        let left: Vec<&str> = left.map(|record| record.about("group")).collect();
        if !left.is_empty() {
            return Err(format!(
                "`{}` of `{}` is no group of all polls: the groups must be the same",
                left[0], poll.id
            ));
        }
    }
    let study = work.study;
    let mut frames: Vec<&PopulationFrame> = Vec::new();
    for id in &analysis.frames {
        match study.frames.iter().find(|frame| frame.id == *id) {
            Some(frame) => frames.push(frame),
            None => {
                work.unknown(&analysis.id, "frame", id, study.frames.iter().map(|frame| frame.id.as_str()));
                return Err(format!("frame `{id}` does not exist"));
            }
        }
    }
    if !matches!(frames.len(), 0 | 1) && frames.len() != polls.len() {
        return Err(format!("{} frames for {} polls: give one for all, or one for each", frames.len(), polls.len()));
    }
    let origins = frames.iter().map(|frame| Origin { file: frame.file.clone(), lines: frame.lines.clone() }).collect();
    let table = |(k, poll): (usize, &PollGroups<'_>)| -> Result<WaveTable, String> {
        let frame = frames.get(k).or(frames.first().filter(|_| frames.len() == 1));
        let of = |label: &&str| poll.groups.iter().find(|record| record.about("group") == *label);
        let records: Vec<&ResultRecord> = labels.iter().filter_map(of).copied().collect();
        let (shares, composition) = match frame {
            Some(frame) => (shares_of(frame, labels)?, Composition::Known),
            None => shares_of_bases(poll.id, &records)?,
        };
        let cell = |(record, share): (&&ResultRecord, f64)| {
            let rate = record.estimate.estimate.ok_or_else(|| format!("a group of `{}` has no share", poll.id))?;
            Ok(WaveCell { share, rate, variance: record.estimate.se.map(|se| se * se) })
        };
        let cells = records.iter().zip(shares).map(cell).collect::<Result<_, String>>()?;
        Ok(WaveTable { cells, composition })
    };
    let tables = polls.iter().enumerate().map(table).collect::<Result<_, String>>()?;
    Ok((tables, origins))
}

/// The shares of the groups in a population.
fn shares_of(frame: &PopulationFrame, labels: &[&str]) -> Result<Vec<f64>, String> {
    let is_group = |label: &str, level: &String| {
        level == label || AgeBand::parse(label).is_some_and(|band| AgeBand::parse(level) == Some(band))
    };
    let people = |label: &&str| -> f64 {
        let of_label = frame.cells.iter().filter(|(levels, _)| levels.iter().any(|level| is_group(label, level)));
        of_label.map(|(_, people)| people).sum()
    };
    let counts: Vec<f64> = labels.iter().map(people).collect();
    let (sum, total): (f64, f64) = (counts.iter().sum(), frame.cells.values().sum());
    if let Some(empty) = counts.iter().position(|people| *people <= 0.0) {
        return Err(format!("frame `{}` has nobody in `{}`", frame.id, labels[empty]));
    }
    if (sum - total).abs() > 0.001 * total {
        return Err(format!("the groups are not the whole of frame `{}`", frame.id));
    }
    Ok(counts.into_iter().map(|people| people / sum).collect())
}

/// The shares of the groups among the respondents, where every group has its number.
fn shares_of_bases(poll: &str, records: &[&ResultRecord]) -> Result<(Vec<f64>, Composition), String> {
    let bases: Option<Vec<f64>> = records.iter().map(|record| record.estimate.n.map(|n| n as f64)).collect();
    let bases = bases.ok_or_else(|| format!("neither a population nor the bases of `{poll}` give its composition"))?;
    let sum: f64 = bases.iter().sum();
    if sum <= 0.0 {
        return Err(format!("the groups of `{poll}` hold nobody"));
    }
    let effective = records.iter().zip(&bases).map(|(record, n)| n / record.estimate.deff.unwrap_or(1.0)).sum();
    let shares = bases.iter().map(|n| n / sum).collect();
    Ok((shares, Composition::Sampled { effective_base: Some(effective) }))
}
