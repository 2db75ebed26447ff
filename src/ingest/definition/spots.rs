//! Where the parts of a definition stand, for problems that only show when its analyses and rules are run.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Document;
use super::references;
use super::select;
use crate::diagnostic::Level;
use crate::study::definition::Spot;

/// Keys of a claim that are judged.
const OF_CLAIM: [&str; 4] = ["contradicted", "supported", "partly", "evidence"];

/// Texts of a figure.
const OF_FIGURE: [&str; 3] = ["title", "subtitle", "caption"];

/// The places of analyses, of the rules of claims and of the texts of figures.
pub(super) fn of(documents: &[Document<'_>]) -> BTreeMap<String, Spot> {
    let mut spots = BTreeMap::new();
    for document in documents {
        let root = document.table.get_ref();
        let spot = |range| spot(document, range);
        for pattern in references::analyses() {
            for id in select::strings(root, pattern) {
                spots.insert(format!("analysis {}", id.get_ref()), spot(id.span()));
            }
        }
        for (what, keys) in [("claim", &OF_CLAIM[..]), ("figure", &OF_FIGURE)] {
            for found in select::values(root, &format!("{what}[]")) {
                let Some(table) = found.value.get_ref().as_table() else { continue };
                let id = select::field(table, "id").unwrap_or_default();
                for key in keys {
                    if let Some(span) = table.get(*key).map(Spanned::span) {
                        spots.insert(format!("{what} {id}, {key}"), spot(span));
                    }
                }
            }
        }
    }
    spots
}

fn spot(document: &Document<'_>, range: std::ops::Range<usize>) -> Spot {
    let pointed = document.source.point(Level::Error, "E04", range, "");
    Spot {
        file: pointed.place.file,
        line: pointed.place.line.unwrap_or(1),
        character: pointed.place.character.unwrap_or(1),
        excerpt: pointed.excerpt.unwrap_or_default(),
        mark: pointed.mark,
    }
}
