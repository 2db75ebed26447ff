//! Headings with stable ids, the sections that they open, and the table of contents.

use std::collections::BTreeSet;

use crate::report::write::escape;

/// The headings met so far.
#[derive(Debug, Default)]
pub(super) struct Outline {
    entries: Vec<Entry>,
    ids: BTreeSet<String>,
    is_open: bool,
}

#[derive(Debug)]
struct Entry {
    depth: usize,
    id: String,
    words: String,
}

impl Outline {
    /// A heading; one of depth 2 ends the section before it and opens a new one.
    pub(super) fn heading(&mut self, depth: usize, words: &str, content: &str, id: &str) -> String {
        let id = self.unique(if id.is_empty() { slug(words) } else { slug(id) });
        let mut out = String::new();
        if depth <= 2 {
            out.push_str(&self.close());
        }
        if depth == 2 {
            out.push_str(&format!("<section aria-labelledby=\"{id}\">\n"));
            self.is_open = true;
        }
        out.push_str(&format!("<h{depth} id=\"{id}\">{content}</h{depth}>\n"));
        self.entries.push(Entry { depth, id, words: words.to_owned() });
        out
    }

    /// Ends the open section.
    pub(super) fn close(&mut self) -> String {
        if std::mem::take(&mut self.is_open) { "</section>\n".to_owned() } else { String::new() }
    }

    /// Headings of depth 2, those of depth 3 nested below them.
    pub(super) fn table_of_contents(&self) -> String {
        let mut out = String::from("<ol>\n");
        let mut is_nested = false;
        let mut has_item = false;
        for entry in self.entries.iter().filter(|entry| (2..=3).contains(&entry.depth)) {
            let link = format!("<a href=\"#{}\">{}</a>", entry.id, escape(&entry.words));
            let nest = entry.depth == 3 && has_item;
            match (is_nested, nest) {
                (false, true) => out.push_str("<ol>"),
                (true, false) => out.push_str("</li></ol></li>\n"),
                (false, false) if has_item => out.push_str("</li>\n"),
                (true, true) => out.push_str("</li>"),
                (false, false) => {}
            }
            out.push_str(&format!("<li>{link}"));
            is_nested = nest;
            has_item = true;
        }
        out.push_str(if is_nested {
            "</li></ol></li>\n"
        } else if has_item {
            "</li>\n"
        } else {
            ""
        });
        out.push_str("</ol>\n");
        out
    }

    fn unique(&mut self, id: String) -> String {
        let mut candidate = id.clone();
        let mut n = 1;
        while !self.ids.insert(candidate.clone()) {
            n += 1;
            candidate = format!("{id}-{n}");
        }
        candidate
    }
}

/// Words as an id: letters and digits in lower case, hyphens between.
fn slug(words: &str) -> String {
    let mut out = String::new();
    for c in words.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let trimmed = out.trim_end_matches('-');
    if trimmed.is_empty() { "section".to_owned() } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_open_and_close_and_ids_are_unique() {
        let mut outline = Outline::default();
        let mut out = outline.heading(2, "A b", "A b", "");
        out.push_str(&outline.heading(3, "A b", "A b", ""));
        out.push_str(&outline.heading(2, "C", "C", ""));
        out.push_str(&outline.close());
        assert_eq!(out.matches("<section").count(), 2);
        assert_eq!(out.matches("</section>").count(), 2);
        assert!(out.contains("id=\"a-b\"") && out.contains("id=\"a-b-2\""), "{out}");
        let toc = outline.table_of_contents();
        assert_eq!(toc.matches("<li>").count(), toc.matches("</li>").count());
        assert_eq!(toc.matches("<ol>").count(), toc.matches("</ol>").count());
    }
}
