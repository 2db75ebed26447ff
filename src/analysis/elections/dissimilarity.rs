//! How unevenly the votes for an option are spread over the classes of places.

use std::collections::BTreeMap;

use super::{Election, OFFICIAL, Tally};
use crate::analysis::result::{Figures, Unit};
use crate::analysis::work::Work;
use crate::study::definition::ElectionAnalysis;

/// Writes the index of dissimilarity and what each class adds to it.
///
/// # Definition
/// With a_i the votes for the option and o_i all other ballots in class i, and A and O their sums over the classes:
/// excess_i = a_i/A − o_i/O, index = ½ Σ |excess_i|, the part of the option's votes that would have to be cast in other
/// classes for its share to be the same in all.
///
/// # References
/// Duncan and Duncan (1955), American Sociological Review 20.
pub(super) fn write<'s>(
    analysis: &ElectionAnalysis,
    election: Election<'s>,
    tallies: &BTreeMap<&'s str, Tally<'s>>,
    classes: &'s [String],
    work: &mut Work<'_>,
) {
    let found: Vec<(&str, &Tally<'_>)> =
        classes.iter().filter_map(|class| Some((class.as_str(), tallies.get(class.as_str())?))).collect();
    let votes: u64 = found.iter().map(|(_, tally)| tally.votes).sum();
    let ballots: u64 = found.iter().map(|(_, tally)| tally.ballots).sum();
    let record =
        |path: &[&str], unit, place: &str, measure: &str| election.record(analysis, path, unit, place, measure);
    let origins = found.iter().flat_map(|(_, tally)| tally.origins.iter().copied());
    let index = record(&["dissimilarity"], Unit::Share, "all", "dissimilarity").rests_on(origins);
    let Some(others) = ballots.checked_sub(votes).filter(|others| *others > 0 && votes > 0) else {
        work.record(index.figures(Figures::not_estimable("no votes for the option, or none for others")));
        return;
    };
    let mut sum = 0.0;
    for (class, tally) in found {
        let excess =
            tally.votes as f64 / votes as f64 - tally.ballots.saturating_sub(tally.votes) as f64 / others as f64;
        sum += excess.abs();
        let figures = Figures { n: Some(tally.ballots), ..Figures::without_interval(excess, OFFICIAL) };
        let record = record(&[class, "excess"], Unit::ShareDifference, class, "excess");
        work.record(record.figures(figures).rests_on(tally.origins.iter().copied()));
    }
    let figures = Figures { n: Some(ballots), ..Figures::without_interval(0.5 * sum, OFFICIAL) };
    work.record(index.figures(figures));
}
