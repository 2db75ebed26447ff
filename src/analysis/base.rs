//! The rule set `poll` for small bases.

use super::result::Flag;

/// The mark of a small base, if any.
///
/// # Definition
///
/// n < 30 suppressed; 30–49, or fewer than 8 sampling units with members, bracketed; 50–99 starred.
pub(super) fn base_flag(n: u64, n_psus: Option<u64>) -> Option<Flag> {
    if n < 30 {
        Some(Flag::BaseUnder30)
    } else if n < 50 || n_psus.is_some_and(|n_psus| n_psus < 8) {
        Some(Flag::BaseUnder50)
    } else if n < 100 {
        Some(Flag::BaseUnder100)
    } else {
        None
    }
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
