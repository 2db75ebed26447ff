//! Characters that a reader does not see or that a wrong encoding left behind.

use std::collections::BTreeMap;

use super::Checked;
use crate::diagnostic::{Diagnostic, Level};
use crate::ingest::Table;

/// What is strange about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strange {
    Control,
    Replacement,
    Mojibake,
    Invisible,
    NoBreakSpace,
    SpaceAtEnd,
}

impl Strange {
    fn words(self) -> (Level, &'static str, &'static str) {
        match self {
            Strange::Control => (Level::Warning, "control characters", "remove them; the file may be damaged"),
            Strange::Replacement => (
                Level::Warning,
                "replacement characters (U+FFFD)",
                "the text was read in a wrong encoding once; take it from the source again",
            ),
            Strange::Mojibake => (
                Level::Warning,
                "letters that a wrong encoding left behind",
                "take the text from the source again, as UTF-8",
            ),
            Strange::Invisible => {
                (Level::Warning, "characters of no width", "remove them, or joins by the text will miss it")
            }
            Strange::NoBreakSpace => (Level::Note, "no-break spaces", "replace them by plain spaces in labels"),
            Strange::SpaceAtEnd => {
                (Level::Note, "spaces at an end of the text", "trim them, or joins by the text will miss it")
            }
        }
    }
}

/// V13 over all tables of a study.
pub(super) fn strange(checked: &Checked<'_>) -> Vec<Diagnostic> {
    checked.sources.tables().iter().flat_map(|source| of_table(&source.table)).collect()
}

/// V13 over one table: one finding for each kind and column, at the first cell.
pub(super) fn of_table(table: &Table) -> Vec<Diagnostic> {
    let has_strange = table.all_cells().chars().any(|c| of_char(c).is_some());
    let mut found: BTreeMap<(usize, Strange), (usize, usize)> = BTreeMap::new();
    for row in 0..table.n_rows() {
        for column in 0..table.columns().len() {
            let text = table.cell(row, column);
            let mut note = |kind| found.entry((column, kind)).or_insert((row, 0)).1 += 1;
            if text.starts_with(' ') || text.ends_with(' ') {
                note(Strange::SpaceAtEnd);
            }
            if has_strange {
                let mut kinds: Vec<Strange> = text.chars().filter_map(of_char).collect();
                kinds.sort_unstable();
                kinds.dedup();
                // Accented letters are mojibake only in the pairs that UTF-8 read as Latin-1 gives.
                kinds.retain(|kind| *kind != Strange::Mojibake || is_mojibake(text));
                kinds.into_iter().for_each(note);
            }
        }
    }
    found
        .into_iter()
        .map(|((column, kind), (row, cells))| {
            let (level, what, hint) = kind.words();
            let name = &table.columns()[column];
            table
                .point(level, "V13", row, column, format!("`{name}` has {what}"))
                .observed(format!("{cells} cell{}, first here", if cells == 1 { "" } else { "s" }))
                .hint(hint)
        })
        .collect()
}

fn of_char(c: char) -> Option<Strange> {
    match c {
        '\n' | '\r' | '\t' => None,
        c if c.is_control() => Some(Strange::Control),
        '\u{fffd}' => Some(Strange::Replacement),
        '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' | '\u{ad}' => Some(Strange::Invisible),
        '\u{a0}' | '\u{202f}' => Some(Strange::NoBreakSpace),
        'Ð' | 'Ñ' | 'â' | 'Ã' => Some(Strange::Mojibake),
        _ => None,
    }
}

/// UTF-8 read as a one-byte encoding: a lead letter and a character that no word has after it.
fn is_mojibake(text: &str) -> bool {
    let pairs = text.chars().zip(text.chars().skip(1));
    pairs.filter(|(lead, next)| of_char(*lead) == Some(Strange::Mojibake) && is_trail(*next)).count() >= 1
}

fn is_trail(c: char) -> bool {
    matches!(
        c,
        '\u{80}'
            ..='\u{bf}'
                | '€'
                | '‚'
                | '„'
                | '…'
                | '†'
                | '‡'
                | '‰'
                | '‹'
                | '‘'
                | '’'
                | '“'
                | '”'
                | '•'
                | '™'
                | '›'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mojibake_is_told_from_accents() {
        assert!(is_mojibake("ÐœÐ¾ÑÐºÐ²Ð°"));
        assert!(is_mojibake("donâ€™t"));
        assert!(!is_mojibake("Ñandú"));
        assert!(!is_mojibake("château"));
    }
}
