//! A document between template and format: Markdown prose with numbered places for what is more than prose.

use crate::report::table::Table;

/// The rendered text of a study in one language.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Language code.
    pub language: String,
    /// Title of the report.
    pub title: String,
    /// Markdown in which a line `<!--block N-->` stands for block N.
    pub text: String,
    /// The blocks.
    pub blocks: Vec<Block>,
}

/// Something that Markdown and HTML show in different ways.
#[derive(Debug, Clone)]
pub enum Block {
    /// A figure with caption and links.
    Figure(FigureBlock),
    /// A table; with links where it has files of its own.
    Table {
        /// The table as people read it.
        table: Table,
        /// Path of its files without extension; none where it has no files.
        files: Option<String>,
    },
    /// Prose that the tool writes itself.
    Prose(String),
    /// A row of the claims ledger.
    Claim(ClaimBlock),
}

/// A figure in a document.
#[derive(Debug, Clone)]
pub struct FigureBlock {
    /// Id of the figure.
    pub id: String,
    /// Number in the order of the text, from 1.
    pub number: usize,
    /// The finding.
    pub title: String,
    /// What the picture shows, in words.
    pub alt: String,
    /// Path of the picture.
    pub picture: String,
    /// Path of its table without extension.
    pub data: String,
    /// The picture itself.
    pub svg: String,
}

/// A claim in a document.
#[derive(Debug, Clone)]
pub struct ClaimBlock {
    /// Id of the claim.
    pub id: String,
    /// The claim.
    pub claim: String,
    /// Machine word of the verdict, such as `partly_supported`.
    pub verdict: String,
    /// The verdict in the language.
    pub verdict_words: String,
    /// The words for a first look; empty for a full test.
    pub depth: String,
    /// Heading and text of what is said about it, in order.
    pub fields: Vec<(String, String)>,
    /// The numbers behind it.
    pub evidence: Table,
}

impl Document {
    /// Adds blocks and returns the Markdown that stands for them.
    pub fn place(blocks: &mut Vec<Block>, new: Vec<Block>) -> String {
        let mut out = String::new();
        for block in new {
            out.push_str(&format!("\n\n<!--block {}-->\n\n", blocks.len()));
            blocks.push(block);
        }
        out
    }

    /// The text cut at its blocks.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        let mut rest = self.text.as_str();
        while let Some((before, number, after)) = next_block(rest) {
            pieces.push(Piece::Text(before));
            if let Some(block) = self.blocks.get(number) {
                pieces.push(Piece::Block(block));
            }
            rest = after;
        }
        pieces.push(Piece::Text(rest));
        pieces
    }
}

/// A stretch of prose, or a block.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'a> {
    /// Markdown.
    Text(&'a str),
    /// A block.
    Block(&'a Block),
}

fn next_block(text: &str) -> Option<(&str, usize, &str)> {
    const OPEN: &str = "<!--block ";
    let start = text.find(OPEN)?;
    let (number, after) = text[start + OPEN.len()..].split_once("-->")?;
    Some((&text[..start], number.parse().ok()?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_its_blocks() {
        let mut blocks = Vec::new();
        let marks = Document::place(&mut blocks, vec![Block::Prose("one".to_owned()), Block::Prose("two".to_owned())]);
        let document = Document { text: format!("before{marks}after"), blocks, ..Document::default() };
        let seen: Vec<String> = document
            .pieces()
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.trim().to_owned(),
                Piece::Block(Block::Prose(text)) => format!("[{text}]"),
                Piece::Block(_) => String::new(),
            })
            .collect();
        assert_eq!(seen.join(" "), "before [one]  [two] after");
    }
}
