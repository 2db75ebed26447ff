//! Lines of files, said shortly.

use crate::study::Origin;

/// Ascending line numbers as ranges: `3–5,9` is lines 3, 4, 5 and 9, written with hyphens.
pub fn ranges(lines: &[u64]) -> String {
    let mut out = String::new();
    let mut rest = lines;
    while let Some(&first) = rest.first() {
        let length = rest.iter().zip(first..).take_while(|(line, expected)| **line == *expected).count();
        let last = rest[length - 1];
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(&first.to_string());
        if last > first {
            out.push('-');
            out.push_str(&last.to_string());
        }
        rest = &rest[length..];
    }
    out
}

/// Files with their lines: `datasets/polls/a.csv:3-5,9; datasets/polls/b.csv:7`; a file without lines is meant whole.
pub fn places(origins: &[Origin]) -> String {
    let place = |(file, lines): (&str, Vec<u64>)| match lines.as_slice() {
        [] => file.to_owned(),
        lines => format!("{file}:{}", ranges(lines)),
    };
    merged(origins).into_iter().map(place).collect::<Vec<_>>().join("; ")
}

/// The lines of each file once, ascending, files in the order of their first mention.
pub fn merged(origins: &[Origin]) -> Vec<(&str, Vec<u64>)> {
    let mut files: Vec<(&str, Vec<u64>)> = Vec::new();
    for origin in origins {
        match files.iter_mut().find(|(file, _)| *file == &*origin.file) {
            Some((_, lines)) => lines.extend(&origin.lines),
            None => files.push((&origin.file, origin.lines.clone())),
        }
    }
    for (_, lines) in &mut files {
        lines.sort_unstable();
        lines.dedup();
    }
    files
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn runs_of_lines_become_ranges() {
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[7]), "7");
        assert_eq!(ranges(&[3, 4, 5, 9, 11, 12]), "3-5,9,11-12");
    }

    #[test]
    fn lines_of_one_file_are_joined_in_order() {
        let (a, b): (Arc<str>, Arc<str>) = ("a.csv".into(), "b.csv".into());
        let origins = [Origin::line(&a, 9), Origin::line(&b, 7), Origin::line(&a, 8), Origin::line(&a, 9)];
        assert_eq!(places(&origins), "a.csv:8-9; b.csv:7");
        assert_eq!(places(&[Origin { file: a, lines: Vec::new() }]), "a.csv");
    }
}
