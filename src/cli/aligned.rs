//! Tables for people: aligned text, or Markdown.

/// Cells as they are shown.
pub struct Aligned {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Columns of labels, which stand to the left.
    pub n_left: usize,
}

impl Aligned {
    /// Columns of equal width, two spaces apart.
    pub fn text(&self) -> String {
        let plain = |cell: &String| cell.replace(|c: char| c.is_control(), " ");
        let all: Vec<Vec<String>> =
            std::iter::once(&self.header).chain(&self.rows).map(|row| row.iter().map(plain).collect()).collect();
        let longest = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.header.len()).map(longest).collect();
        let mut out = String::new();
        for row in &all {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                let padding = " ".repeat(width - cell.chars().count());
                if column < self.n_left { format!("{cell}{padding}") } else { format!("{padding}{cell}") }
            });
            out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            out.push('\n');
        }
        out
    }

    /// A Markdown table.
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut out = line(&self.header);
        let rule: Vec<&str> = (0..self.header.len()).map(|c| if c < self.n_left { "---" } else { "---:" }).collect();
        out.push_str(&format!("| {} |\n", rule.join(" | ")));
        self.rows.iter().for_each(|row| out.push_str(&line(row)));
        out
    }
}

/// A text inside a Markdown table.
pub fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('|', "\\|").replace('*', "\\*");
    text.replace(|c: char| c.is_control(), " ")
}
