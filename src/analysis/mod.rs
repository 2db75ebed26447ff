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

use crate::error::Result;
use crate::study::Study;
use result::Results;
use work::Work;

/// Answers every analysis of a study: kind by kind, each in the order of the definition; contrasts, tests of trends and breaks
/// come last, so that they can refer to other results.
///
/// # Errors
///
/// Every name in the analyses that stands for nothing, and every pair of results with one id, together. What the data
/// cannot answer is no error but a record without estimate, with its reason.
pub fn run(study: &Study) -> Result<Results> {
    let mut work = Work::new(study);
    let analyses = &study.definition.analysis;
    for analysis in &analyses.answers {
        answers::run(analysis, &mut work);
    }
    for analysis in &analyses.subgroups {
        subgroups::run(analysis, &mut work);
    }
    for analysis in &analyses.places {
        places::run(analysis, &mut work);
    }
    for analysis in &analyses.ages {
        ages::run(analysis, &mut work);
    }
    for analysis in &analyses.change_split {
        change_split::run(analysis, &mut work);
    }
    for analysis in &analyses.elections {
        elections::run(analysis, &mut work);
    }
    for analysis in &analyses.counts {
        counts::run(analysis, &mut work);
    }
    for analysis in &analyses.item_periods {
        items::periods(analysis, &mut work);
    }
    for analysis in &analyses.item_rates {
        items::rates(analysis, &mut work);
    }
    for analysis in &analyses.item_actors {
        items::actors(analysis, &mut work);
    }
    for analysis in &analyses.count_breaks {
        items::breaks(analysis, &mut work);
    }
    for analysis in &analyses.count_ratios {
        count_ratios::run(analysis, &mut work);
    }
    for analysis in &analyses.mood {
        mood::run(analysis, &mut work);
    }
    for analysis in &analyses.pooled {
        pooled::run(analysis, &mut work);
    }
    for analysis in &analyses.area_association {
        areas::association(analysis, &mut work);
    }
    for analysis in &analyses.small_area {
        areas::small_areas(analysis, &mut work);
    }
    for analysis in &analyses.meta {
        meta_results::run(analysis, &mut work);
    }
    for analysis in &analyses.contrast {
        contrast::run(analysis, &mut work);
    }
    for analysis in &analyses.trend_tests {
        trend_tests::run(analysis, &mut work);
    }
    for analysis in &analyses.across_events {
        trend_tests::across_events(analysis, &mut work);
    }
    for analysis in &analyses.sequence {
        sequence::run(analysis, &mut work);
    }
    for analysis in &analyses.breaks {
        breaks::run(analysis, &mut work);
    }
    work.finish()
}
