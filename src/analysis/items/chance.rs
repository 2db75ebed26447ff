//! Assumed chances that an item which exists was found.

use super::period::Window;
use crate::analysis::work::Work;
use crate::study::definition::FindingChance;

/// Does every assumption give each window one chance? Adds a problem for each that does not.
pub(super) fn are_sound(analysis: &str, chances: &[FindingChance], windows: &[Window], work: &mut Work<'_>) -> bool {
    let mut is_fine = true;
    for chance in chances {
        if !chance.is_sound() {
            let problem = work.problem(analysis, "A16", format!("chance `{}` is no chance", chance.id));
            problem.expected = Some("chances above 0 up to 1, ends behind starts".to_owned());
            is_fine = false;
        }
        let bare = windows.iter().find(|window| chance.over(window.first, window.last).is_none());
        if let Some(bare) = bare {
            let problem = work.problem(analysis, "A16", format!("chance `{}` leaves periods without one", chance.id));
            problem.expected = Some(format!("one span that holds all of {} to {}", bare.first, bare.last));
            is_fine = false;
        }
    }
    is_fine
}
