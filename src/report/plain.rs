//! A document as Markdown, as it is read on a code host.

use super::document::{Block, ClaimBlock, Document, FigureBlock, Piece};
use super::write;
use crate::locale::Locale;

/// The document as Markdown text.
pub fn markdown(document: &Document, locale: &Locale) -> String {
    let mut out = String::new();
    for piece in document.pieces() {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Block(block) => out.push_str(&block_text(block, locale)),
        }
    }
    tidy(&out)
}

fn block_text(block: &Block, locale: &Locale) -> String {
    match block {
        Block::Figure(figure) => figure_text(figure, locale),
        Block::Table { table, files } => {
            let links = files.as_deref().map(links).unwrap_or_default();
            format!("{}\n{links}", write::markdown(table, locale))
        }
        Block::Prose(text) => text.clone(),
        Block::Claim(claim) => claim_text(claim, locale),
    }
}

fn figure_text(figure: &FigureBlock, locale: &Locale) -> String {
    format!(
        "![{alt}]({picture})\n\n**{word} {number}. {title}** {links}",
        alt = write::one_line(&figure.alt).replace(['[', ']'], ""),
        picture = figure.picture,
        word = locale.phrase("figure"),
        number = figure.number,
        title = figure.title,
        links = links(&figure.data),
    )
}

fn links(path: &str) -> String {
    format!("[CSV]({path}.csv) · [JSON]({path}.json)")
}

fn claim_text(claim: &ClaimBlock, locale: &Locale) -> String {
    let depth = if claim.depth.is_empty() { String::new() } else { format!(" · *{}*", claim.depth) };
    let mut out = format!("### {}. {}\n\n**{}**{depth}\n", claim.id, claim.claim, claim.verdict_words);
    for (name, text) in claim.fields.iter().filter(|(_, text)| !text.is_empty()) {
        out.push_str(&format!("\n- **{name}:** {}", write::one_line(text)));
    }
    out.push_str("\n\n");
    if !claim.evidence.rows.is_empty() {
        out.push_str(&write::markdown(&claim.evidence, locale));
    }
    out
}

/// No trailing spaces, never two empty lines together, one line feed at the end.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_fenced = false;
    let mut was_empty = true;
    for line in text.lines() {
        let line = line.trim_end_matches([' ', '\t', '\r']);
        is_fenced ^= line.trim_start().starts_with("```");
        if !(line.is_empty() && was_empty && !is_fenced) {
            out.push_str(line);
            out.push('\n');
        }
        was_empty = line.is_empty();
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_do_not_pile_up() {
        assert_eq!(tidy("\n\na  \n\n\n\nb\n\n"), "a\n\nb\n");
        assert_eq!(tidy("```\na\n\n\nb\n```"), "```\na\n\n\nb\n```\n");
    }
}
