//! A figure's files: the picture, and the table of the results that it shows.

use super::bundle::Bundle;
use super::document::FigureBlock;
use super::{records, write};
use crate::analysis::result::{ResultRecord, Results};
use crate::chart::svg;

/// A drawn figure in one language.
#[derive(Debug, Clone)]
pub struct DrawnFigure {
    /// Id of the figure.
    pub id: String,
    /// The finding.
    pub title: String,
    /// What the picture shows, in words.
    pub alt: String,
    /// The picture.
    pub svg: String,
    /// The picture as bitmap, where asked for.
    pub png: Option<Vec<u8>>,
    /// Ids of the results that it shows.
    pub results: Vec<String>,
}

impl DrawnFigure {
    /// The figure as a block of a document; `suffix` marks the files of further languages.
    pub fn block(&self, suffix: &str) -> FigureBlock {
        FigureBlock {
            id: self.id.clone(),
            number: 0,
            title: self.title.clone(),
            alt: self.alt.clone(),
            picture: picture(&self.id, suffix),
            data: data(&self.id),
            svg: self.svg.clone(),
        }
    }

    /// Adds the figure's files to a bundle. The table is the same in all languages and takes the first one's title.
    pub fn add_to(&self, bundle: &mut Bundle, results: &Results, suffix: &str) {
        bundle.insert(picture(&self.id, suffix), svg::with_fonts(&self.svg));
        if let Some(png) = &self.png {
            bundle.insert(format!("png/{}{suffix}.png", self.id), png.as_slice());
        }
        if suffix.is_empty() {
            let shown: Vec<&ResultRecord> = self.results.iter().filter_map(|id| results.get(id)).collect();
            let table = records::table(&self.id, &self.title, shown);
            bundle.insert(format!("{}.csv", data(&self.id)), write::csv(&table));
            bundle.insert(format!("{}.json", data(&self.id)), write::json(&table));
        }
    }
}

/// The paths of a figure's files, whatever the language and format.
pub fn is_file_of(path: &str, figure: &str) -> bool {
    let Some(name) = path.strip_prefix("figures/").or_else(|| path.strip_prefix("png/")) else { return false };
    name.split_once('.').is_some_and(|(stem, _)| stem == figure)
}

fn picture(id: &str, suffix: &str) -> String {
    format!("figures/{id}{suffix}.svg")
}

fn data(id: &str) -> String {
    format!("figures/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_figure_are_told_apart() {
        assert!(is_file_of("figures/gap.svg", "gap") && is_file_of("figures/gap.ru.svg", "gap"));
        assert!(is_file_of("png/gap.png", "gap"));
        assert!(!is_file_of("figures/gap-2.svg", "gap") && !is_file_of("tables/gap.csv", "gap"));
    }
}
