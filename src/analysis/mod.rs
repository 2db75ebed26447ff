//! The questions that people ask of a study, answered as results with uncertainty, base and source.
//!
//! [`run`] answers every analysis of a definition; [`mod@reference`] lets texts refer to results by id; [`claims`]
//! judges; [`coverage`] lists what was asked and what could not be used.

pub mod banner;
pub mod claims;
pub mod cohorts;
pub mod compare;
pub mod coverage;
pub mod decomposition;
mod detectable;
pub mod meta;
pub mod multiplicity;
pub mod proportions;
pub mod reference;
pub mod result;
pub mod small_area;
pub mod spatial;
pub mod trend;

mod ages;
mod answers;
mod areas;
mod base;
mod breaks;
mod change_split;
mod contrast;
mod count_ratios;
mod counts;
mod elections;
mod interval;
mod items;
mod meta_results;
mod mood;
mod pattern;
mod people;
mod places;
mod pooled;
mod published;
mod sequence;
mod subgroups;
mod time;
mod trend_tests;
mod work;

#[cfg(test)]
mod testing;

pub use base::SmallBase;

use rayon::prelude::*;

use crate::error::Result;
use crate::study::Study;
use crate::study::definition::Analyses;
use result::Results;
use work::Work;

/// Answers every analysis of a study: kind by kind, each in the order of the definition. Those that read the data alone run
/// in parallel; those that refer to other results come after them, one by one.
///
/// # Errors
///
/// Every name in the analyses that stands for nothing, and every pair of results with one id, together. What the data
/// cannot answer is no error but a record without estimate, with its reason.
pub fn run(study: &Study) -> Result<Results> {
    let mut work = Work::new(study);
    let parts: Vec<Work> = of_the_data(&study.definition.analysis).par_iter().map(|answer| work.part(answer)).collect();
    for part in parts {
        work.absorb(part);
    }
    of_results(&study.definition.analysis, &mut work);
    work.finish()
}

/// Answers one analysis.
type Answer<'s> = Box<dyn Fn(&mut Work<'s>) + Send + Sync + 's>;

/// The analyses that read nothing but data.
fn of_the_data<'s>(analyses: &'s Analyses) -> Vec<Answer<'s>> {
    let mut answers: Vec<Answer<'s>> = Vec::new();
    each(&analyses.answers, answers::run, &mut answers);
    each(&analyses.subgroups, subgroups::run, &mut answers);
    each(&analyses.places, places::run, &mut answers);
    each(&analyses.gap_trend, places::gap_trend, &mut answers);
    each(&analyses.ages, ages::of_respondents, &mut answers);
    each(&analyses.change_split, change_split::of_respondents, &mut answers);
    each(&analyses.elections, elections::run, &mut answers);
    each(&analyses.counts, counts::run, &mut answers);
    each(&analyses.item_periods, items::periods, &mut answers);
    each(&analyses.item_rates, items::rates, &mut answers);
    each(&analyses.item_actors, items::actors, &mut answers);
    each(&analyses.count_breaks, items::breaks, &mut answers);
    each(&analyses.mood, mood::run, &mut answers);
    each(&analyses.pooled, pooled::run, &mut answers);
    each(&analyses.area_association, areas::association, &mut answers);
    each(&analyses.small_area, areas::small_areas, &mut answers);
    answers
}

fn each<'s, A: Sync>(analyses: &'s [A], run: fn(&'s A, &mut Work<'s>), answers: &mut Vec<Answer<'s>>) {
    for analysis in analyses {
        answers.push(Box::new(move |work| run(analysis, work)));
    }
}

/// The analyses that look at results of others.
fn of_results<'s>(analyses: &'s Analyses, work: &mut Work<'s>) {
    for analysis in &analyses.ages {
        ages::of_groups(analysis, work);
    }
    for analysis in &analyses.change_split {
        change_split::of_groups(analysis, work);
    }
    for analysis in &analyses.count_ratios {
        count_ratios::run(analysis, work);
    }
    for analysis in &analyses.meta {
        meta_results::run(analysis, work);
    }
    for analysis in &analyses.contrast {
        contrast::run(analysis, work);
    }
    for analysis in &analyses.trend_tests {
        trend_tests::run(analysis, work);
    }
    for analysis in &analyses.across_events {
        trend_tests::across_events(analysis, work);
    }
    for analysis in &analyses.sequence {
        sequence::run(analysis, work);
    }
    for analysis in &analyses.breaks {
        breaks::run(analysis, work);
    }
}
