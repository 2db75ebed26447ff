//! How the text of a CSV file is written.

use clap::Args;

use super::columns::unusable;
use crate::error::Result;
use crate::ingest::TextFormat;

/// What separates cells, which bytes are which letters, and what stands before decimals.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "CSV files")]
pub struct FormatArgs {
    /// What separates the cells of a CSV file: ';', tab, '|' [default: ,]
    #[arg(long, value_name = "CHARACTER")]
    pub delimiter: Option<String>,
    /// The encoding of a CSV file, such as windows-1251 [default: utf-8]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// The decimal mark of a CSV file, `.` or `,` [default: .]
    #[arg(long, value_name = "MARK")]
    pub decimal: Option<String>,
}

impl FormatArgs {
    /// The format.
    ///
    /// # Errors
    ///
    /// `E41` for a delimiter that is not one character, or another decimal mark than a point or a comma.
    pub fn format(&self) -> Result<TextFormat> {
        let delimiter = match self.delimiter.as_deref() {
            None => b',',
            Some("tab" | "\\t") => b'\t',
            Some(one) => match one.as_bytes() {
                [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\n' | b'\r') => {
                    *byte
                }
                _ => {
                    let message = format!("`{one}` cannot separate cells");
                    return Err(unusable("E41", "--delimiter", message, "give one sign, such as ';', or tab"));
                }
            },
        };
        let has_decimal_comma = match self.decimal.as_deref() {
            None | Some(".") => false,
            Some(",") => true,
            Some(other) => {
                let message = format!("`{other}` is no decimal mark");
                return Err(unusable("E41", "--decimal", message, "give `.` or `,`"));
            }
        };
        if has_decimal_comma && delimiter == b',' {
            let message = "a comma cannot both separate cells and stand before decimals";
            return Err(unusable("E41", "--decimal ,", message, "say what separates the cells: `--delimiter ';'`"));
        }
        Ok(TextFormat { delimiter, encoding: self.encoding.clone(), has_decimal_comma })
    }
}
