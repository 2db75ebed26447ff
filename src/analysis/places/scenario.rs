//! An illustration: where the people who say yes live, and what would be left if part of them in one place did not.

use super::figures::{figures, flags};
use super::outcome::{Coded, YES};
use super::{Cut, Poll};
use crate::analysis::result::{Figures, Flag, ResultRecord, Unit};
use crate::analysis::work::Work;
use crate::design::{Codes, Domains, MISSING};
use crate::estimate::{self, Options};
use crate::study::definition::{Outcome, PlacesAnalysis, Scenario};

/// Levels: yes in the place, yes elsewhere, all others.
const LEVELS: [&str; 3] = ["inside", "elsewhere", "rest"];

/// Writes the part of those who say yes that lives in the second place of the split, and the share of yes after losses.
///
/// # Definition
/// Among those whose place is known, q is the share who live there and say yes, r the share who say yes elsewhere. The part
/// is q/(q + r); after the loss d of the yes in the place, the share is (1 − d)q + r. Arithmetic, not a forecast: nothing says
/// that such a loss would happen, nor that nothing else would change with it.
pub(super) fn write(
    analysis: &PlacesAnalysis,
    scenario: &Scenario,
    poll: &Poll<'_>,
    outcome: &Outcome,
    coded: &Coded,
    cut: &Cut<'_>,
    work: &mut Work<'_>,
) {
    let node = cut.halves[1];
    let yes = coded.answers.labels().iter().position(|level| level == YES).map_or(MISSING, |level| level as u32);
    let known: Vec<bool> =
        (0..poll.rows.len()).map(|row| coded.asked[row] && cut.split.code_of_row[row] != MISSING).collect();
    let level = |row: usize| match (coded.answers.codes()[row] == yes, cut.split.is_in(row, node)) {
        (true, true) => 0,
        (true, false) => 1,
        (false, _) => 2,
    };
    let codes = (0..poll.rows.len()).map(|row| if known[row] { level(row) } else { MISSING }).collect();
    let answers = Codes::from_codes(codes, LEVELS.iter().map(|level| (*level).to_owned()).collect());
    let design = &poll.design.design;
    let options = Options::default();
    let declared = poll.design.is_declared(|row| known[row]);
    let record = |name: &str, figures: Figures, flags: Vec<Flag>| -> ResultRecord {
        poll.record(analysis, outcome, &[name], Unit::Share).flags(flags).figures(figures)
    };
    let said_yes: Vec<bool> = (0..poll.rows.len()).map(|row| known[row] && level(row) < 2).collect();
    let found = [Domains::mask("yes", &said_yes), Domains::mask("all", &known)]
        .map(|domain| estimate::proportions(design, &answers, &domain, &options));
    let [Ok(of_yes), Ok(of_all)] = found else {
        for error in found.into_iter().filter_map(Result::err) {
            work.problem(&analysis.id, "A09", format!("survey `{}`: {error}", poll.survey.id));
        }
        return;
    };
    let name = format!("yes-in-{node}");
    if let Some(part) = of_yes.position("yes", LEVELS[0]).and_then(|index| of_yes.get(index)) {
        work.record(record(&name, figures(part), flags(part, poll.is_opt_in, declared)));
    }
    let (Some(inside), Some(elsewhere)) = (of_all.position("all", LEVELS[0]), of_all.position("all", LEVELS[1])) else {
        return;
    };
    for percent in &scenario.losses {
        let kept = 1.0 - f64::from(*percent) / 100.0;
        let name = format!("after-loss-{percent}");
        match of_all.contrast(&[(inside, kept), (elsewhere, 1.0)]) {
            Ok(left) => work.record(record(&name, figures(&left), flags(&left, poll.is_opt_in, declared))),
            Err(error) => work.record(record(&name, Figures::not_estimable(error.to_string()), Vec::new())),
        }
    }
}
