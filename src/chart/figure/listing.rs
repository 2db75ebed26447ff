//! Rows with one mark and one printed estimate each: what bars, forests and rates share.

use crate::analysis::result::ResultRecord;
use crate::chart::spec::{Panel, Row, RowMark, RowsPanel, Section, Track, ValueAxis};

use super::Context;

/// Rows that are added one by one.
#[derive(Default)]
pub(super) struct Listing {
    rows: Vec<Row>,
    marks: Vec<RowMark>,
    texts: Vec<(usize, String)>,
}

impl Listing {
    /// Adds a heading.
    pub fn heading(&mut self, label: String) {
        self.rows.push(Row { label, detail: String::new(), is_heading: true });
    }

    /// Adds the row of a result, with its base; gives the number of the row.
    pub fn row(&mut self, context: &Context, label: String, record: &ResultRecord) -> usize {
        let detail = record.estimate.n.map_or_else(String::new, |n| context.count(n));
        self.rows.push(Row { label, detail, is_heading: false });
        self.rows.len() - 1
    }

    /// Says in a row why nothing is drawn.
    pub fn gap(&mut self, row: usize, text: String) {
        self.marks.push(RowMark::Gap { row, text });
    }

    /// Draws a mark and prints its estimate beside it.
    pub fn mark(&mut self, row: usize, mark: RowMark, text: String) {
        self.marks.push(mark);
        self.texts.push((row, text));
    }

    /// All rows as one panel, along one axis.
    pub fn section(self, context: &Context, axis: ValueAxis) -> Section {
        let track = Track {
            title: String::new(),
            subtitle: String::new(),
            axis,
            marks: self.marks,
            notes: self.texts,
            notes_title: context.locale.phrase("chart-estimate").to_owned(),
            references: Vec::new(),
        };
        let has_bases = self.rows.iter().any(|row| !row.detail.is_empty());
        let detail_title = if has_bases { "n" } else { "" }.to_owned();
        let panel =
            RowsPanel { rows: self.rows, detail_title, tracks: vec![track], is_common_scale: false, n_slots: 1 };
        Section { title: String::new(), columns: 1, panels: vec![Panel::Rows(panel)] }
    }
}
