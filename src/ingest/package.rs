//! Data packages: the descriptor `datapackage.json` of a folder, as the Data Package standard (v2) describes it.
//!
//! Properties that the tool does not need are left alone: a descriptor may say more than these types.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::source::SourceText;
use crate::diagnostic::{Diagnostic, Level, Place, did_you_mean};
use crate::error::{Error, Result};

/// Name of the descriptor of a package.
pub const DESCRIPTOR: &str = "datapackage.json";

/// A data package.
#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    /// Title for readers.
    pub title: Option<String>,
    /// Under which terms it may be used.
    #[serde(default)]
    pub licenses: Vec<Attribution>,
    /// Where it comes from.
    #[serde(default)]
    pub sources: Vec<Attribution>,
    /// Its tables.
    pub resources: Vec<Resource>,
}

/// A licence or a source, by title, name or address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Attribution {
    /// Short name of a licence.
    pub name: Option<String>,
    /// Title for readers.
    pub title: Option<String>,
    /// Address.
    pub path: Option<String>,
}

impl Attribution {
    /// The best of its texts for readers; empty where it has none.
    pub fn words(&self) -> &str {
        [&self.title, &self.name, &self.path].into_iter().flatten().next().map_or("", String::as_str)
    }
}

/// A table of a package.
#[derive(Debug, Clone, Deserialize)]
pub struct Resource {
    /// Name, unique in the package.
    pub name: String,
    /// Path of the file, relative to the descriptor.
    #[serde(default)]
    pub path: Paths,
    /// `csv` or `parquet`; by the file's ending where absent.
    pub format: Option<String>,
    /// Encoding of a text file; UTF-8 where absent.
    pub encoding: Option<String>,
    /// How the text is divided into cells.
    #[serde(default)]
    pub dialect: Dialect,
    /// What the columns hold.
    pub schema: Option<Schema>,
}

/// The path of a resource: the standard allows several files, this tool one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
pub enum Paths {
    /// No file: data inside the descriptor.
    #[default]
    None,
    /// One file.
    One(String),
    /// Several files.
    Many(Vec<String>),
}

/// How a text file is divided into cells.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Dialect {
    /// The character between cells.
    pub delimiter: String,
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect { delimiter: ",".to_owned() }
    }
}

/// What the columns of a table hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Schema {
    /// The columns in file order.
    pub fields: Vec<Field>,
    /// Texts that mean: no value.
    pub missing_values: Option<Vec<MissingValue>>,
    /// Columns that together name a row.
    pub primary_key: Option<OneOrMany>,
    /// Further sets of columns that together name a row.
    pub unique_keys: Vec<Vec<String>>,
    /// Columns whose values stand in another table.
    pub foreign_keys: Vec<ForeignKey>,
}

/// Columns whose values stand in a table of the package.
#[derive(Debug, Clone, Deserialize)]
pub struct ForeignKey {
    /// The columns.
    pub fields: OneOrMany,
    /// What they refer to.
    pub reference: Reference,
}

/// What a foreign key refers to.
#[derive(Debug, Clone, Deserialize)]
pub struct Reference {
    /// The resource; the table itself where absent or empty.
    pub resource: Option<String>,
    /// Its columns, in the order of the key's.
    pub fields: OneOrMany,
}

/// A text that means: no value. The standard allows a label beside it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum MissingValue {
    /// The text.
    Text(String),
    /// The text and its meaning.
    Labelled {
        /// The text.
        value: String,
    },
}

impl MissingValue {
    /// The text in the file.
    pub fn text(&self) -> &str {
        match self {
            MissingValue::Text(value) | MissingValue::Labelled { value } => value,
        }
    }
}

/// One name or a list of names.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One name.
    One(String),
    /// Several names.
    Many(Vec<String>),
}

impl OneOrMany {
    /// The names.
    pub fn names(&self) -> &[String] {
        match self {
            OneOrMany::One(name) => std::slice::from_ref(name),
            OneOrMany::Many(names) => names,
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Name, as in the header.
    pub name: String,
    /// Type of the values; `string` where absent.
    #[serde(rename = "type", default = "string_type")]
    pub kind: String,
    /// Form of the values, such as that of a date; the type's default where absent.
    pub format: Option<String>,
    /// What the values must fulfil.
    #[serde(default)]
    pub constraints: Constraints,
    /// Decimal mark of numbers; a point where absent.
    pub decimal_char: Option<String>,
    /// Texts that mean: no value, in this column.
    pub missing_values: Option<Vec<MissingValue>>,
}

fn string_type() -> String {
    "string".to_owned()
}

/// What the values of a column must fulfil.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Constraints {
    /// No cell is empty.
    pub required: bool,
    /// No value stands twice.
    pub unique: bool,
    /// Lowest value.
    pub minimum: Option<Scalar>,
    /// Highest value.
    pub maximum: Option<Scalar>,
    /// The values that may stand.
    #[serde(rename = "enum")]
    pub one_of: Option<Vec<Scalar>>,
    /// Regular expression that the whole value fulfils.
    pub pattern: Option<String>,
    /// Fewest characters.
    pub min_length: Option<usize>,
    /// Most characters.
    pub max_length: Option<usize>,
}

/// A number or a text in a constraint.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A number.
    Number(serde_json::Number),
    /// A text, also of a date.
    Text(String),
    /// A truth value.
    Bool(bool),
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Scalar::Number(number) => number.fmt(f),
            Scalar::Text(text) => text.fmt(f),
            Scalar::Bool(value) => value.fmt(f),
        }
    }
}

/// A package that was read, with its folder.
#[derive(Debug)]
pub struct ReadPackage {
    /// Folder of the descriptor.
    pub folder: PathBuf,
    /// The folder as people know it.
    pub shown: String,
    /// The descriptor.
    pub package: Package,
    /// The descriptor's text.
    pub source: SourceText,
}

impl ReadPackage {
    /// Reads the descriptor of a folder; `shown` is the folder's name for people.
    ///
    /// # Errors
    ///
    /// `E01` where there is none, `E10` where it is no descriptor.
    pub fn read(folder: &Path, shown: &str) -> Result<Self> {
        let file = format!("{shown}/{DESCRIPTOR}");
        let source = SourceText::read(&folder.join(DESCRIPTOR), &file, None)?;
        match serde_json::from_str::<Package>(&source.text) {
            Ok(package) => Ok(ReadPackage { folder: folder.to_path_buf(), shown: shown.to_owned(), package, source }),
            Err(error) => Err(Error::unusable(descriptor_problem(&source, &error))),
        }
    }

    /// A resource by name.
    ///
    /// # Errors
    ///
    /// `E11` where the package has none of this name.
    pub fn resource(&self, name: &str) -> Result<&Resource> {
        self.package.resources.iter().find(|resource| resource.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.package.resources.iter().map(|resource| resource.name.as_str()).collect();
            let hint = match did_you_mean(name, names.iter().copied()) {
                Some(candidate) => format!("did you mean `{candidate}`?"),
                None => "correct the name in the definition, or add the resource to the package".to_owned(),
            };
            Error::unusable(
                Diagnostic::error(
                    "E11",
                    Place::file(&*self.source.file).key(name),
                    format!("the package has no resource `{name}`"),
                )
                .observed(name)
                .expected(format!("one of {}", names.join(", ")))
                .hint(hint),
            )
        })
    }

    /// The one file of a resource: where it is, and its name for people.
    ///
    /// # Errors
    ///
    /// `E10` where the resource has no file, several, or one outside the package.
    pub fn file_of(&self, resource: &Resource) -> Result<(PathBuf, String)> {
        let problem = |message: String| {
            Error::unusable(
                Diagnostic::error("E10", Place::file(&*self.source.file).key(&resource.name), message)
                    .expected("the path of one file inside the package")
                    .hint(format!("correct `path` of resource `{}`", resource.name)),
            )
        };
        let path = match &resource.path {
            Paths::One(path) => path,
            Paths::Many(paths) if paths.len() == 1 => &paths[0],
            Paths::Many(_) => return Err(problem("a resource of several files cannot be read".to_owned())),
            Paths::None => return Err(problem("a resource without a file cannot be read".to_owned())),
        };
        let is_inside = Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !is_inside || path.contains("://") {
            return Err(problem(format!("the path `{path}` leads out of the package")));
        }
        Ok((self.folder.join(path), format!("{}/{path}", self.shown)))
    }
}

fn descriptor_problem(source: &SourceText, error: &serde_json::Error) -> Diagnostic {
    let line_start = source.line_start(error.line() as u64).unwrap_or(0);
    let at = line_start + error.column().saturating_sub(1);
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    source
        .point(Level::Error, "E10", at..at, format!("not a data package descriptor: {message}"))
        .expected("JSON as https://datapackage.org describes it")
        .hint("check the file with `frictionless validate datapackage.json`")
}

impl Resource {
    /// Is the file Parquet?
    pub fn is_parquet(&self, path: &Path) -> bool {
        match &self.format {
            Some(format) => format == "parquet",
            None => path.extension().is_some_and(|ending| ending == "parquet"),
        }
    }
}
