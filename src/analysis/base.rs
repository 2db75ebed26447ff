//! The rule set `poll` for small bases.

use super::result::Flag;
use crate::estimate::Estimate;

/// How a number with a small base is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SmallBase {
    /// With a star.
    Starred,
    /// In brackets.
    Bracketed,
    /// Not at all.
    Suppressed,
}

impl SmallBase {
    /// The mark of a base, if it is small.
    ///
    /// # Definition
    ///
    /// n < 30 suppressed; 30–49, or fewer than 8 sampling units with members, bracketed; 50–99 starred.
    pub fn of(n: u64, n_psus: Option<u64>) -> Option<Self> {
        if n < 30 {
            Some(Self::Suppressed)
        } else if n < 50 || n_psus.is_some_and(|n_psus| n_psus < 8) {
            Some(Self::Bracketed)
        } else if n < 100 {
            Some(Self::Starred)
        } else {
            None
        }
    }

    /// The mark of the base of an estimate.
    pub fn of_estimate(estimate: &Estimate) -> Option<Self> {
        Self::of(estimate.n as u64, estimate.n_psus.map(|n| n as u64))
    }
}

/// The same as a flag of a result.
pub(super) fn base_flag(n: u64, n_psus: Option<u64>) -> Option<Flag> {
    SmallBase::of(n, n_psus).map(|mark| match mark {
        SmallBase::Suppressed => Flag::BaseUnder30,
        SmallBase::Bracketed => Flag::BaseUnder50,
        SmallBase::Starred => Flag::BaseUnder100,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_at_its_borders() {
        let flags = [0, 29, 30, 49, 50, 99, 100].map(|n| base_flag(n, None));
        let (suppressed, bracketed, starred) =
            (Some(Flag::BaseUnder30), Some(Flag::BaseUnder50), Some(Flag::BaseUnder100));
        assert_eq!(flags, [suppressed, suppressed, bracketed, bracketed, starred, starred, None]);
        assert_eq!(base_flag(500, Some(7)), bracketed);
        assert_eq!(base_flag(500, Some(8)), None);
        assert_eq!(base_flag(20, Some(2)), suppressed);
    }
}
