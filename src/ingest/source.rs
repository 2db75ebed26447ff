//! A text file in memory: bytes read once, hashed, decoded, and able to show any of its lines.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use encoding_rs::{Encoding, WINDOWS_1251};

use crate::diagnostic::{Diagnostic, Level, Place};
use crate::error::{Error, Result};

/// Characters of a line that a diagnostic shows at most.
const EXCERPT: usize = 100;

/// A text file with its name for people, its decoded text and the notes of its reading.
#[derive(Debug)]
pub struct SourceText {
    /// Path as the user knows it.
    pub file: Arc<str>,
    /// The text, without a byte-order mark.
    pub text: String,
    /// BLAKE3 hash of the bytes, in hexadecimal digits.
    pub blake3: String,
    /// Size in bytes.
    pub bytes: u64,
    /// What was noticed while reading.
    pub notes: Vec<Diagnostic>,
    line_starts: OnceLock<Vec<usize>>,
}

impl SourceText {
    /// Reads a file. `encoding` is the declared one; UTF-8 where none is declared.
    ///
    /// # Errors
    ///
    /// `E01` where the file cannot be read, `E12` where its bytes are not of the declared encoding.
    pub fn read(path: &Path, file: &str, encoding: Option<&str>) -> Result<Self> {
        let bytes = read_bytes(path, file)?;
        Self::decode(&bytes, file, encoding)
    }

    /// Decodes bytes that were read already.
    ///
    /// # Errors
    ///
    /// `E12` where the bytes are not of the declared encoding.
    pub fn decode(bytes: &[u8], file: &str, encoding: Option<&str>) -> Result<Self> {
        let blake3 = blake3::hash(bytes).to_hex().to_string();
        let mut notes = Vec::new();
        let body = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => {
                notes.push(
                    Diagnostic::note("V24", Place::file(file).line(1), "the file starts with a byte-order mark")
                        .hint("nothing to do: it is ignored; save the file as plain UTF-8 to be rid of it"),
                );
                rest
            }
            None => bytes,
        };
        let text = decode_body(body, file, encoding)?;
        Ok(SourceText {
            file: file.into(),
            text,
            blake3,
            bytes: bytes.len() as u64,
            notes,
            line_starts: OnceLock::new(),
        })
    }

    /// The line of a byte of the text, counted from 1, and the byte at which that line starts.
    fn line_of(&self, offset: usize) -> (u64, usize) {
        let starts = self.line_starts();
        let index = starts.partition_point(|start| *start <= offset).saturating_sub(1);
        (index as u64 + 1, starts[index])
    }

    /// The first byte of a line that is counted from 1.
    pub fn line_start(&self, line: u64) -> Option<usize> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        self.line_starts().get(index).copied()
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect()
        })
    }

    /// A diagnostic that points at a range of bytes and shows its line.
    pub fn point(
        &self,
        level: Level,
        code: &'static str,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        let start = floor_char(&self.text, range.start);
        let end = floor_char(&self.text, range.end.max(start));
        let (line, line_start) = self.line_of(start);
        let line_end = self.text[line_start..].find('\n').map_or(self.text.len(), |at| line_start + at);
        let shown = self.text[line_start..line_end].trim_end_matches('\r');
        let before = self.text[line_start..start].chars().count();
        let length = self.text[start..end.clamp(start, line_end.max(start))].chars().count().max(1);
        let place = Place::file(&*self.file).line(line).character(before as u64 + 1);
        let (excerpt, offset) = shorten(shown, before);
        let diagnostic = match level {
            Level::Note => Diagnostic::note(code, place, message),
            Level::Warning => Diagnostic::warning(code, place, message),
            Level::Error => Diagnostic::error(code, place, message),
        };
        let length = length.min(excerpt.chars().count().saturating_sub(offset).max(1));
        diagnostic.excerpt(excerpt).mark(offset, length)
    }
}

/// Reads the bytes of a file.
///
/// # Errors
///
/// `E01` where the file cannot be read.
pub fn read_bytes(path: &Path, file: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::unreadable(Path::new(file), &source))
}

fn decode_body(body: &[u8], file: &str, encoding: Option<&str>) -> Result<String> {
    let declared = match encoding {
        None => encoding_rs::UTF_8,
        Some(label) => Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            Error::unusable(
                Diagnostic::error("E12", Place::file(file), "the declared encoding is not known")
                    .observed(label)
                    .expected("a name such as `utf-8` or `windows-1251`")
                    .hint("correct `--encoding`, or `encoding` of the resource in datapackage.json"),
            )
        })?,
    };
    if declared == encoding_rs::UTF_8 {
        return match std::str::from_utf8(body) {
            Ok(text) => Ok(text.to_owned()),
            Err(problem) => Err(Error::unusable(not_utf8(body, problem.valid_up_to(), file))),
        };
    }
    match declared.decode_without_bom_handling_and_without_replacement(body) {
        Some(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()),
        None => Err(Error::unusable(
            Diagnostic::error("E12", Place::file(file), format!("the bytes are not {}", declared.name()))
                .expected(format!("text in {}, as declared", declared.name()))
                .hint("correct `--encoding`, or `encoding` of the resource in datapackage.json, or convert the file to UTF-8"),
        )),
    }
}

/// Says where the bytes stop being UTF-8, and what they look like instead.
fn not_utf8(body: &[u8], at: usize, file: &str) -> Diagnostic {
    let line = body[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    let line_start = body[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |found| found + 1);
    let line_end = body[at..].iter().position(|byte| *byte == b'\n').map_or(body.len(), |found| at + found);
    let place = Place::file(file).line(line).character((at - line_start) as u64 + 1);
    let found = |text: &str| Diagnostic::error("E12", place.clone(), text);
    if body.starts_with(b"\xFF\xFE") || body.starts_with(b"\xFE\xFF") {
        return found("the file is not UTF-8: it looks like UTF-16")
            .observed("a UTF-16 byte-order mark")
            .expected("UTF-8")
            .hint("save the file as \u{201c}CSV UTF-8\u{201d}, convert it (iconv -f UTF-16 -t UTF-8), or read it with `--encoding utf-16le`");
    }
    let byte = format!("byte 0x{:02X}", body[at]);
    if looks_like_windows_1251(body) {
        let (shown, _) = WINDOWS_1251.decode_without_bom_handling(&body[line_start..line_end]);
        let (excerpt, _) = shorten(shown.trim_end_matches('\r'), at - line_start);
        return found("the file is not UTF-8: it looks like windows-1251")
            .observed(byte)
            .expected("UTF-8")
            .hint(
                "convert it (iconv -f CP1251 -t UTF-8), or read it with `--encoding windows-1251`; in a data package, \
                 declare `\"encoding\": \"windows-1251\"` for the resource",
            )
            .excerpt(excerpt);
    }
    found("the file is not UTF-8")
        .observed(byte)
        .expected("UTF-8")
        .hint("convert the file to UTF-8, or say what it is: `--encoding NAME`, or `encoding` in datapackage.json")
}

/// Do the bytes above ASCII read as Cyrillic letters, mostly lower case, in windows-1251?
fn looks_like_windows_1251(body: &[u8]) -> bool {
    let high = body.iter().filter(|byte| **byte >= 0x80).count();
    let letters = body.iter().filter(|byte| matches!(**byte, 0xC0..=0xFF | 0xA8 | 0xB8)).count();
    let lower = body.iter().filter(|byte| matches!(**byte, 0xE0..=0xFF | 0xB8)).count();
    high > 0 && letters * 10 >= high * 8 && lower * 2 >= letters
}

/// The nearest character boundary at or before a byte.
fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A window of a long line around a character, and where that character stands in the window.
fn shorten(line: &str, around: usize) -> (String, usize) {
    let is_short = line.chars().nth(EXCERPT).is_none();
    let start = if is_short || around < EXCERPT * 2 / 3 { 0 } else { around - EXCERPT / 3 };
    let mut window: String = line.chars().skip(start).take(EXCERPT).map(visible).collect();
    let mut offset = around - start;
    if start > 0 {
        window.insert(0, '…');
        offset += 1;
    }
    if line.chars().nth(start + EXCERPT).is_some() {
        window.push('…');
    }
    (window, offset)
}

/// A character that leaves the terminal alone.
fn visible(c: char) -> char {
    if c == '\t' {
        ' '
    } else if c.is_control() {
        '\u{fffd}'
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], encoding: Option<&str>) -> Result<SourceText> {
        SourceText::decode(bytes, "town.csv", encoding)
    }

    #[test]
    fn a_byte_order_mark_is_dropped_and_noted() {
        let source = decode(b"\xEF\xBB\xBFa,b\n", None).unwrap();
        assert_eq!(source.text, "a,b\n");
        assert_eq!(source.notes[0].code, "V24");
    }

    #[test]
    fn windows_1251_is_recognised_and_can_be_declared() {
        let (bytes, _, _) = WINDOWS_1251.encode("город,доля\nСеверск,12\n");
        let problem = &decode(&bytes, None).unwrap_err().diagnostics()[0].clone();
        assert_eq!((problem.code, problem.place.line), ("E12", Some(1)));
        assert!(problem.message.contains("windows-1251"), "{}", problem.message);
        assert!(problem.hint.as_deref().unwrap().contains("\"encoding\": \"windows-1251\""));
        assert_eq!(decode(&bytes, Some("windows-1251")).unwrap().text, "город,доля\nСеверск,12\n");
    }

    #[test]
    fn other_bytes_are_refused_with_their_line() {
        let problem = decode(b"a\nb\nc\x80\x81\n", None).unwrap_err().diagnostics()[0].clone();
        assert_eq!((problem.code, problem.place.line, problem.place.character), ("E12", Some(3), Some(2)));
        assert!(decode(b"\xFF\xFEa\0", None).unwrap_err().diagnostics()[0].message.contains("UTF-16"));
        assert_eq!(decode(b"\xFF\xFEa\0\n\0", Some("utf-16le")).unwrap().text, "a\n");
        assert_eq!(decode(b"a", Some("martian")).unwrap_err().diagnostics()[0].code, "E12");
    }

    #[test]
    fn points_at_a_range_with_line_and_mark() {
        let source = decode("first\nsecond, третий\n".as_bytes(), None).unwrap();
        let at = source.text.find("третий").unwrap();
        let shown = source.point(Level::Error, "E18", at..at + "третий".len(), "x");
        assert_eq!((shown.place.line, shown.place.character), (Some(2), Some(9)));
        assert_eq!((shown.excerpt.as_deref(), shown.mark), (Some("second, третий"), Some((8, 6))));
    }

    #[test]
    fn long_lines_are_shown_around_the_mark() {
        let line = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let shown = decode(line.as_bytes(), None).unwrap().point(Level::Note, "E18", 500..501, "x");
        let excerpt = shown.excerpt.unwrap();
        let (start, _) = shown.mark.unwrap();
        assert_eq!(excerpt.chars().nth(start), Some('X'));
        assert!(excerpt.chars().count() <= EXCERPT + 2);
    }
}
