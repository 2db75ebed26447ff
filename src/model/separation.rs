//! Levels of factors that separate the answers.

use crate::design::{Codes, MISSING};

/// Which levels of some factors separate a response of 0 and 1, and the rows that are left for a fit.
///
/// A level separates where all of its rows gave the same answer: its effect on the logit scale is infinite. If it is the level that
/// the others are measured from, all effects of its factor run away, though only one of them has no value. The rows that are left
/// give the others.
///
/// # Definition
/// In the limit the rows of such a level are predicted without error and say nothing of other coefficients, so the likelihood of the
/// others is that of the rows that are left. Without these rows further levels may separate; the search takes factors in their order
/// and goes on until no level does. Combinations of levels, and numbers, that separate are left to the fit
/// ([`Glm::separated`](super::Glm::separated)).
///
/// # Shapes and units
/// One response (NaN for missing) and one code a row. Rows outside the mask, and those that miss something, are not looked at.
///
/// # References
/// Albert and Anderson (1984), Biometrika 71; Lesaffre and Albert (1989), Journal of the Royal Statistical Society B 51.
///
/// # Examples
/// ```
/// use opros::design::Codes;
/// use opros::model::Separation;
/// let place = Codes::from_labels(&["city", "city", "town", "town"]);
/// let found = Separation::of(&[1.0, 1.0, 0.0, 1.0], &[&place], &[true; 4]);
/// assert_eq!((found.answer(0, 0), found.answer(0, 1)), (Some(1.0), None));
/// assert_eq!(found.left(), [false, false, true, true]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Separation {
    /// By factor and level.
    levels: Vec<Vec<Option<Found>>>,
    left: Vec<bool>,
}

/// A level that separates.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    /// The answer of all its rows.
    answer: f64,
    /// How many times rows had been left out before.
    round: usize,
}

impl Separation {
    /// Looks for levels that separate the response in the rows of a mask.
    pub fn of(response: &[f64], factors: &[&Codes], mask: &[bool]) -> Self {
        let is_known = |row: usize| factors.iter().all(|codes| codes.codes()[row] != MISSING);
        let left = (0..response.len()).map(|row| mask[row] && !response[row].is_nan() && is_known(row)).collect();
        let levels = factors.iter().map(|codes| vec![None; codes.n_labels()]).collect();
        let mut found = Self { levels, left };
        let mut round = 0;
        while (0..factors.len()).any(|factor| found.leave_out(response, factors[factor], factor, round)) {
            round += 1;
        }
        found
    }

    /// Leaves out the rows of the levels of one factor that separate what is left; says whether there were any.
    fn leave_out(&mut self, response: &[f64], codes: &Codes, factor: usize, round: usize) -> bool {
        // By level, whether some row is not 1, not 0.
        let mut has = vec![[false; 2]; codes.n_labels()];
        for (row, code) in codes.codes().iter().enumerate().filter(|(row, _)| self.left[*row]) {
            has[*code as usize][0] |= response[row] < 1.0;
            has[*code as usize][1] |= response[row] > 0.0;
        }
        let mut is_any = false;
        for (level, has) in self.levels[factor].iter_mut().zip(has) {
            let answer = match has {
                [true, false] => 0.0,
                [false, true] => 1.0,
                _ => continue,
            };
            *level = Some(Found { answer, round });
            is_any = true;
        }
        if is_any {
            let levels = &self.levels[factor];
            let is_open = |code: &u32| levels.get(*code as usize).is_none_or(Option::is_none);
            self.left.iter_mut().zip(codes.codes()).for_each(|(left, code)| *left &= is_open(code));
        }
        is_any
    }

    /// The answer of all rows of a level, by position of the factor and code of the level; none where it does not separate.
    pub fn answer(&self, factor: usize, level: usize) -> Option<f64> {
        self.levels.get(factor)?.get(level)?.map(|found| found.answer)
    }

    /// The answer that some levels settle together, whatever other columns say: that of the one that separated first.
    pub fn settled(&self, levels: impl Iterator<Item = (usize, u32)>) -> Option<f64> {
        let found = levels.filter_map(|(factor, level)| *self.levels.get(factor)?.get(level as usize)?);
        found.min_by_key(|found| found.round).map(|found| found.answer)
    }

    /// The levels that separate: factor and level.
    pub fn levels(&self) -> impl Iterator<Item = (usize, usize)> {
        self.levels.iter().enumerate().flat_map(|(factor, levels)| {
            levels.iter().enumerate().filter(|(_, found)| found.is_some()).map(move |(level, _)| (factor, level))
        })
    }

    /// The rows that are left for a fit.
    pub fn left(&self) -> &[bool] {
        &self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_left_may_separate_in_turn() {
        // All of `a` say yes. Without them all old say no, and only the young of `b` are left.
        let group = Codes::from_labels(&["a", "a", "b", "b", "b", "b"]);
        let age = Codes::from_labels(&["old", "young", "old", "old", "young", "young"]);
        let found = Separation::of(&[1.0, 1.0, 0.0, 0.0, 0.0, 1.0], &[&group, &age], &[true; 6]);
        assert_eq!(found.levels().collect::<Vec<_>>(), [(0, 0), (1, 0)]);
        assert_eq!((found.answer(0, 0), found.answer(1, 0), found.answer(1, 1)), (Some(1.0), Some(0.0), None));
        assert_eq!(found.left(), [false, false, false, false, true, true]);
        // The old of `a`: the group separated first.
        assert_eq!(found.settled([(0, 0), (1, 0)].into_iter()), Some(1.0));
        assert_eq!(found.settled([(0, 1), (1, 1)].into_iter()), None);
    }

    #[test]
    fn one_answer_for_all_leaves_nobody() {
        let group = Codes::from_labels(&["a", "b", "b"]);
        let found = Separation::of(&[0.0, 0.0, f64::NAN], &[&group], &[true; 3]);
        assert!(!found.left().contains(&true));
        assert_eq!((found.answer(0, 0), found.answer(0, 1)), (Some(0.0), Some(0.0)));
        // Rows outside the mask and rows that miss the answer have no say.
        let found = Separation::of(&[0.0, 1.0, 0.0], &[&group], &[true, true, false]);
        assert_eq!(found.answer(0, 1), Some(1.0));
    }
}
