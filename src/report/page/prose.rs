//! Markdown prose as HTML.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::sections::Outline;

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH
}

/// Markdown as HTML; headings get ids, open sections and enter the outline.
pub(super) fn to_html(markdown: &str, outline: &mut Outline) -> String {
    let mut out = String::new();
    let mut events = Parser::new_ext(markdown, options());
    let mut pending: Vec<Event> = Vec::new();
    while let Some(event) = events.next() {
        if let Event::Start(Tag::Heading { level, .. }) = event {
            html::push_html(&mut out, pending.drain(..));
            let inner: Vec<Event> =
                events.by_ref().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_)))).collect();
            let words = plain_text(&inner);
            let mut content = String::new();
            html::push_html(&mut content, inner.into_iter());
            out.push_str(&outline.heading(depth(level), &words, &content, ""));
        } else {
            pending.push(escaped(event));
        }
    }
    html::push_html(&mut out, pending.into_iter());
    out
}

/// One line of Markdown as HTML without a paragraph around it.
pub(super) fn inline(text: &str) -> String {
    let mut out = String::new();
    html::push_html(&mut out, Parser::new_ext(text, options()).map(escaped));
    let out = out.trim();
    let only = out.strip_prefix("<p>").and_then(|rest| rest.strip_suffix("</p>"));
    match only {
        Some(inner) if !inner.contains("<p>") => inner.to_owned(),
        _ => out.to_owned(),
    }
}

/// Raw HTML in a text is shown, not obeyed: the page stays what the tool made it.
fn escaped(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(CowStr::from(raw.into_string())),
        other => other,
    }
}

fn plain_text(events: &[Event]) -> String {
    let words = events.iter().map(|event| match event {
        Event::Text(text) | Event::Code(text) => text.as_ref(),
        Event::SoftBreak | Event::HardBreak => " ",
        _ => "",
    });
    words.collect()
}

fn depth(level: HeadingLevel) -> usize {
    level as usize
}
