//! Ages of respondents.

use super::AgeBand;
use super::record;
use crate::analysis::cohorts::{AgeBands, ApcError, age_period_cohort};
use crate::analysis::people::People;
use crate::analysis::places::{YES, figures, flags};
use crate::analysis::result::{Evidence, Figures, ResultRecord, Unit};
use crate::analysis::work::Work;
use crate::design::{Codes, Domains, MISSING};
use crate::estimate::{Estimates, Options, proportions};
use crate::study::definition::AgesAnalysis;

/// Writes the shares by age group and poll, of everybody, and of cohorts.
pub(super) fn write<'s>(analysis: &'s AgesAnalysis, work: &mut Work<'s>) {
    let Some(people) = People::of(&analysis.id, &analysis.surveys, analysis.measure.as_deref(), work) else { return };
    let Some(groups) = people.characteristic(&analysis.id, &analysis.age, work) else { return };
    let mut bands: Vec<(&str, AgeBand)> = Vec::new();
    for label in groups.labels() {
        match AgeBand::parse(label) {
            Some(band) => bands.push((label, band)),
            None => {
                let problem =
                    work.problem(&analysis.id, "A19", format!("`{label}` of `{}` is no age group", analysis.age));
                problem.hint = Some("give the characteristic levels such as `18-24` and `65+`, or bands".to_owned());
                return;
            }
        }
    }
    bands.sort_by_key(|(_, band)| *band);
    let n_polls = people.polls.len();
    // Cells are the groups of each poll, poll after poll, and then everybody of each poll.
    let position = |label: &str| bands.iter().position(|(other, _)| *other == label);
    let rank: Vec<u32> = groups.labels().iter().map(|label| position(label).unwrap_or(0) as u32).collect();
    let cell = |(group, poll): (&u32, &u32)| match rank.get(*group as usize) {
        Some(rank) => *poll * bands.len() as u32 + rank,
        None => MISSING,
    };
    let codes: Vec<u32> = groups.codes().iter().zip(people.poll_of_row.codes()).map(cell).collect();
    let ids: Vec<&str> = people.poll_of_row.labels().iter().map(String::as_str).collect();
    let names = ids.iter().flat_map(|poll| bands.iter().map(move |(label, _)| format!("{poll}/{label}")));
    let by_group = shares(&people, &Codes::from_codes(codes, names.collect()));
    let by_poll = shares(&people, &people.poll_of_row);
    let (by_group, by_poll) = match (by_group, by_poll) {
        (Ok(by_group), Ok(by_poll)) => (by_group, by_poll),
        (Err(error), _) | (_, Err(error)) => {
            work.problem(&analysis.id, "A09", error);
            return;
        }
    };
    for (k, poll) in ids.iter().enumerate().take(n_polls) {
        for (label, band) in &bands {
            let share = figures_of(&by_group, &format!("{poll}/{label}"), &people);
            write_one(analysis, &people, k, Some((label, *band)), share, work);
        }
        write_one(analysis, &people, k, None, figures_of(&by_poll, poll, &people), work);
    }
    if let Some(width) = analysis.cohorts {
        cohorts(analysis, &people, width, work);
    }
}

type Share = (Figures, Vec<crate::analysis::result::Flag>);

fn shares(people: &People<'_>, cells: &Codes) -> Result<Estimates, String> {
    let domains = Domains::by(cells).within(&people.is_asked);
    proportions(&people.design, &people.answers, &domains, &Options::default()).map_err(|error| error.to_string())
}

fn figures_of(estimates: &Estimates, domain: &str, people: &People<'_>) -> Share {
    match estimates.position(domain, YES).and_then(|index| estimates.get(index)) {
        Some(found) => (figures(found), flags(found, people.is_opt_in, people.is_declared)),
        None => (Figures::not_estimable("no respondent of this age"), Vec::new()),
    }
}

fn evidence(people: &People<'_>) -> Evidence {
    if people.is_opt_in { Evidence::OptInMicrodata } else { Evidence::Microdata }
}

fn write_one(
    analysis: &AgesAnalysis,
    people: &People<'_>,
    poll: usize,
    group: Option<(&str, AgeBand)>,
    (figures, flags): Share,
    work: &mut Work<'_>,
) {
    let survey = people.polls[poll].survey;
    let record = record(&analysis.id, &survey.id, group, people.field(poll), evidence(people))
        .with("pollster", &survey.pollster)
        .with("measure", analysis.measure.as_deref().unwrap_or_default())
        .rests_on(&people.origins(&[poll]));
    work.record(record.flags(flags).figures(figures));
}

/// People born in the same years, from poll to poll.
fn cohorts(analysis: &AgesAnalysis, people: &People<'_>, width: u32, work: &mut Work<'_>) {
    let all: Vec<usize> = (0..people.polls.len()).collect();
    let none = |reason: String| {
        let record = ResultRecord::new(&analysis.id, &["cohorts"], Unit::Share, evidence(people));
        record.with("measure", "cohorts").rests_on(&people.origins(&all)).figures(Figures::not_estimable(reason))
    };
    let Some(ages) = people.numbers(&analysis.id, &analysis.age, work) else {
        work.record(none("the ages are not at hand, groups of ages only".to_owned()));
        return;
    };
    let first_band = |poll: &crate::analysis::places::Poll<'_>| {
        let own = poll.data.characteristic.iter().find(|own| own.id == analysis.age)?;
        own.bands.first().copied()
    };
    let from = people.polls.iter().filter_map(first_band).min().unwrap_or(0);
    let oldest = ages.iter().copied().filter(|age| age.is_finite()).fold(0.0, f64::max);
    let n_bands = ((oldest - f64::from(from)).max(0.0) / f64::from(width.max(1))).floor() as u32 + 1;
    let year = |poll: &u32| people.field(*poll as usize).mid_year().floor() as i32;
    let years: Vec<i32> = people.poll_of_row.codes().iter().map(year).collect();
    let answer = (&people.answers, YES);
    let bands = AgeBands { from, width, n_bands };
    let shown = age_period_cohort(&people.design, answer, &ages, &years, bands, &people.is_asked, &Options::default());
    let shown = match shown {
        Ok(shown) => shown,
        Err(ApcError::TooShort { n_periods, span, width }) => {
            let reason = format!(
                "{n_periods} years with polls, {span} apart: cohorts of {width} years need three and a time as long as they are wide, \
                 or groups of one age and of one cohort are nearly the same people"
            );
            work.record(none(reason));
            return;
        }
        Err(error) => {
            work.problem(&analysis.id, "A09", error.to_string());
            return;
        }
    };
    for cell in &shown.cohort_cells {
        let Some(found) = shown.by_cohort.get(cell.position) else { continue };
        let born = format!("{}–{}", cell.band.0, cell.band.1);
        let period = cell.period.to_string();
        let polls: Vec<usize> = all.iter().copied().filter(|poll| year(&(*poll as u32)) == cell.period).collect();
        let record = ResultRecord::new(&analysis.id, &["cohort", &born, &period], Unit::Share, evidence(people))
            .with("born", &born)
            .with("measure", "cohort")
            .at(polls.first().map_or_else(|| people.field(0), |poll| people.field(*poll)))
            .rests_on(&people.origins(&polls));
        work.record(record.flags(flags(found, people.is_opt_in, people.is_declared)).figures(figures(found)));
    }
}
