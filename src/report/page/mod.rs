//! A document as one self-contained page: fonts, style and pictures inside, nothing from the network.

mod prose;
mod sections;

use super::document::{Block, ClaimBlock, Document, FigureBlock, Piece};
use super::write::{self, escape};
use crate::chart::fonts;
use crate::locale::Locale;
use prose::{inline, to_html};
use sections::Outline;

const STYLE: &str = include_str!("style.css");

/// The document as an HTML page.
pub fn html(document: &Document, locale: &Locale) -> String {
    let mut outline = Outline::default();
    let mut body = String::new();
    for piece in document.pieces() {
        match piece {
            Piece::Text(text) => body.push_str(&to_html(text, &mut outline)),
            Piece::Block(block) => body.push_str(&block_html(block, locale, &mut outline)),
        }
    }
    body.push_str(&outline.close());
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{fonts}{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">{skip}</a>\n\
         <nav aria-label=\"{contents}\"><details><summary>{contents}</summary>\n{toc}</details></nav>\n\
         <main id=\"content\">\n{body}</main>\n</body>\n</html>\n",
        lang = escape(&document.language),
        title = escape(&document.title),
        fonts = fonts::WEB_FACES.map(fonts::face_rule).concat(),
        skip = escape(locale.phrase("skip-to-content")),
        contents = escape(locale.phrase("contents")),
        toc = outline.table_of_contents(),
    )
}

fn block_html(block: &Block, locale: &Locale, outline: &mut Outline) -> String {
    match block {
        Block::Figure(figure) => figure_html(figure, locale),
        Block::Table { table, files } => {
            let links = files.as_deref().map(|path| format!("<p class=\"links\">{}</p>\n", links(path)));
            format!("{}{}", write::html(table, locale, inline), links.unwrap_or_default())
        }
        Block::Prose(text) => to_html(text, outline),
        Block::Claim(claim) => claim_html(claim, locale, outline),
    }
}

/// The picture carries title, wording and notes itself; the caption gives it its number and its data.
fn figure_html(figure: &FigureBlock, locale: &Locale) -> String {
    format!(
        "<figure id=\"figure-{id}\">\n<div class=\"picture\" tabindex=\"0\">\n{svg}\n</div>\n<figcaption><strong>{word} {number}.</strong> \
         <span class=\"links\">{data}: {links}</span></figcaption>\n</figure>\n",
        id = escape(&figure.id),
        svg = without_prolog(&figure.svg),
        word = escape(locale.phrase("figure")),
        number = figure.number,
        data = escape(locale.phrase("figure-data")),
        links = links(&figure.data),
    )
}

/// Inside a page an SVG has no XML declaration and no document type.
fn without_prolog(svg: &str) -> &str {
    svg.find("<svg").map_or(svg, |start| svg[start..].trim_end())
}

fn links(path: &str) -> String {
    let path = escape(path);
    format!("<a href=\"{path}.csv\">CSV</a> · <a href=\"{path}.json\">JSON</a>")
}

fn claim_html(claim: &ClaimBlock, locale: &Locale, outline: &mut Outline) -> String {
    let title = format!("{}. {}", claim.id, claim.claim);
    let mut out = outline.heading(3, &title, &inline(&title), &format!("claim-{}", claim.id));
    out.push_str(&format!(
        "<p class=\"ruling\"><span class=\"verdict {class}\">{words}</span>",
        class = escape(&claim.verdict),
        words = escape(&claim.verdict_words)
    ));
    if !claim.depth.is_empty() {
        out.push_str(&format!(" <span class=\"depth\">{}</span>", escape(&claim.depth)));
    }
    out.push_str("</p>\n<dl>\n");
    for (name, text) in claim.fields.iter().filter(|(_, text)| !text.is_empty()) {
        out.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), inline(text)));
    }
    out.push_str("</dl>\n");
    if !claim.evidence.rows.is_empty() {
        out.push_str(&write::html(&claim.evidence, locale, inline));
    }
    out
}
