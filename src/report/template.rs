//! The text of a study: a Markdown template becomes a document.
//!
//! Beside the references to results that the environment brings, a text may call `figure('id')`, `table('id')`,
//! `claims()`, `verdicts()`, `coverage()` or `coverage('id')`, `findings()`, `methods()`, `sources()` and `data_as_of()`, and use `title` and
//! `summary`. What these print is made beforehand; the order is the text's own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, ErrorKind};

use super::document::{Block, Document, FigureBlock};
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::{Error, Result};

/// A table that a text asks for: id, filters by what a row is about, and the respect to lay out across.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRequest {
    /// Id of an analysis or figure.
    pub id: String,
    /// Respect to the values that rows must have; no filter where empty.
    pub filters: BTreeMap<String, Vec<String>>,
    /// The respect whose values become columns.
    pub across: Option<String>,
}

/// Makes the blocks of something that a text asks for by id; says what is wrong where it cannot.
pub type Maker<Request> = Box<dyn Fn(&Request) -> std::result::Result<Vec<Block>, String> + Send + Sync>;

/// What a text can show.
pub struct Content {
    /// Title of the report.
    pub title: String,
    /// One or two sentences below it.
    pub summary: String,
    /// Figures by id; their numbers are given as the text shows them.
    pub figures: BTreeMap<String, FigureBlock>,
    /// Tables of results.
    pub table: Maker<TableRequest>,
    /// Which poll asked what.
    pub coverage: Maker<Option<String>>,
    /// The claims ledger.
    pub claims: Vec<Block>,
    /// How many claims have which verdict, in words.
    pub verdicts: String,
    /// Findings about the data.
    pub findings: Vec<Block>,
    /// How the numbers were made.
    pub methods: Vec<Block>,
    /// Data and licences.
    pub sources: Vec<Block>,
    /// The last day that the data speak of.
    pub data_as_of: String,
}

/// A document and what its text used.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The document.
    pub document: Document,
    /// Figures in the order of the text.
    pub figures: Vec<String>,
    /// Tables in the order of the text, each once.
    pub tables: Vec<String>,
}

/// Renders a text. `environment` brings the references to results; `file` names the text in messages.
///
/// # Errors
///
/// R05 with the line where the template is wrong or refers to something that does not exist.
pub fn render(
    mut environment: Environment<'static>,
    file: &str,
    text: &str,
    language: &str,
    content: Content,
) -> Result<Rendered> {
    let state = Arc::new(Mutex::new(Rendered::default()));
    let title = content.title.clone();
    environment.add_global("title", title.clone());
    environment.add_global("summary", content.summary.clone());
    add_functions(&mut environment, Arc::new(content), &state);
    let markdown =
        environment.render_named_str(file, text, Value::UNDEFINED).map_err(|error| problem(file, text, &error))?;
    // The environment holds the other handles to the state.
    drop(environment);
    let mut rendered = std::mem::take(&mut *lock(&state));
    rendered.document.language = language.to_owned();
    rendered.document.title = title;
    rendered.document.text = markdown;
    Ok(rendered)
}

/// A part of the content that takes no argument.
type Part = fn(&Content) -> &Vec<Block>;

type State = Arc<Mutex<Rendered>>;

fn lock(state: &State) -> std::sync::MutexGuard<'_, Rendered> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add_functions(environment: &mut Environment<'static>, content: Arc<Content>, state: &State) {
    let blocks: [(&'static str, Part); 4] = [
        ("claims", |content| &content.claims),
        ("findings", |content| &content.findings),
        ("methods", |content| &content.methods),
        ("sources", |content| &content.sources),
    ];
    for (name, choose) in blocks {
        let (content, state) = (Arc::clone(&content), Arc::clone(state));
        environment.add_function(name, move || place(&state, choose(&content).clone()));
    }
    let verdicts = content.verdicts.clone();
    environment.add_function("verdicts", move || verdicts.clone());
    let as_of = content.data_as_of.clone();
    environment.add_function("data_as_of", move || as_of.clone());

    let (figures, figure_state) = (Arc::clone(&content), Arc::clone(state));
    environment.add_function("figure", move |id: String| figure(&figures, &figure_state, &id));

    let (tables, table_state) = (Arc::clone(&content), Arc::clone(state));
    environment.add_function("table", move |id: String, options: Kwargs| {
        let request = table_request(id, &options)?;
        let blocks = (tables.table)(&request).map_err(wrong)?;
        let mut rendered = lock(&table_state);
        if !rendered.tables.contains(&request.id) {
            rendered.tables.push(request.id);
        }
        drop(rendered);
        Ok::<_, minijinja::Error>(place(&table_state, blocks))
    });

    let coverage_state = Arc::clone(state);
    environment.add_function("coverage", move |id: Option<String>| {
        (content.coverage)(&id).map_err(wrong).map(|blocks| place(&coverage_state, blocks))
    });
}

fn figure(content: &Content, state: &State, id: &str) -> std::result::Result<String, minijinja::Error> {
    let Some(figure) = content.figures.get(id) else {
        let hint = did_you_mean(id, content.figures.keys().map(String::as_str));
        let hint = hint.map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
        return Err(wrong(format!("no figure is called `{id}`{hint}")));
    };
    let mut rendered = lock(state);
    if rendered.figures.iter().any(|known| known == id) {
        return Err(wrong(format!("figure `{id}` is shown twice")));
    }
    rendered.figures.push(id.to_owned());
    let number = rendered.figures.len();
    let block = Block::Figure(FigureBlock { number, ..figure.clone() });
    Ok(Document::place(&mut rendered.document.blocks, vec![block]))
}

fn place(state: &State, blocks: Vec<Block>) -> String {
    Document::place(&mut lock(state).document.blocks, blocks)
}

fn table_request(id: String, options: &Kwargs) -> std::result::Result<TableRequest, minijinja::Error> {
    let mut request = TableRequest { id, ..TableRequest::default() };
    let names: Vec<String> = options.args().map(str::to_owned).collect();
    for name in names {
        let value: Value = options.get(&name)?;
        if name == "across" {
            request.across = Some(value.to_string());
        } else if let Some(text) = value.as_str() {
            request.filters.insert(name, vec![text.to_owned()]);
        } else {
            let list: Vec<String> = options.get(&name)?;
            request.filters.insert(name, list);
        }
    }
    Ok(request)
}

fn wrong(message: impl Into<String>) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, message.into())
}

fn problem(file: &str, text: &str, error: &minijinja::Error) -> Error {
    let mut place = Place::file(file);
    let line = error.line().and_then(|line| u64::try_from(line).ok());
    if let Some(line) = line {
        place = place.line(line);
    }
    let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let mut diagnostic = Diagnostic::error("R05", place, message)
        .hint("results.json and the tables beside the figures list the ids; `opros trace ANALYSIS` shows those of one analysis");
    if let Some(excerpt) = error.line().and_then(|line| text.lines().nth(line.saturating_sub(1))) {
        diagnostic = diagnostic.excerpt(excerpt);
    }
    Error::unusable(diagnostic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        let block = FigureBlock {
            id: "trend".to_owned(),
            number: 0,
            title: "Up".to_owned(),
            alt: "A line".to_owned(),
            picture: "figures/trend.svg".to_owned(),
            data: "figures/trend".to_owned(),
            svg: "<svg></svg>".to_owned(),
        };
        Content {
            title: "T".to_owned(),
            summary: "S".to_owned(),
            figures: BTreeMap::from([("trend".to_owned(), block)]),
            table: Box::new(|request| Ok(vec![Block::Prose(format!("{request:?}"))])),
            coverage: Box::new(|id| Err(format!("no question `{}`", id.as_deref().unwrap_or_default()))),
            claims: vec![Block::Prose("ledger".to_owned())],
            verdicts: "1 supported".to_owned(),
            findings: Vec::new(),
            methods: Vec::new(),
            sources: Vec::new(),
            data_as_of: "1 May 2020".to_owned(),
        }
    }

    fn render_text(text: &str) -> Result<Rendered> {
        render(Environment::new(), "text.en.md", text, "en", content())
    }

    #[test]
    fn the_order_is_the_texts_own() {
        let rendered =
            render_text("# {{ title }}\n{{ claims() }}{{ figure('trend') }}\nAs of {{ data_as_of() }}.").unwrap();
        assert!(matches!(&rendered.document.blocks[..], [Block::Prose(_), Block::Figure(f)] if f.number == 1));
        assert!(rendered.document.text.starts_with("# T\n") && rendered.document.text.ends_with("1 May 2020."));
    }

    #[test]
    fn a_table_can_be_filtered_and_laid_out() {
        let rendered = render_text("{{ table('a', place='x', answer=['y', 'z'], across='poll') }}").unwrap();
        let Block::Prose(text) = &rendered.document.blocks[0] else { panic!() };
        assert!(text.contains(r#"{"answer": ["y", "z"], "place": ["x"]}"#), "{text}");
        assert!(text.contains(r#"across: Some("poll")"#), "{text}");
        assert_eq!(rendered.tables, ["a"]);
    }

    #[test]
    fn wrong_ids_are_told_with_line_and_the_closest_id() {
        let error = render_text("a\n\n{{ figure('trnd') }}").unwrap_err();
        let problem = &error.diagnostics()[0];
        assert_eq!(problem.place.line, Some(3));
        assert!(problem.message.contains("did you mean `trend`?"), "{problem:?}");
        assert!(render_text("{{ coverage('x') }}").unwrap_err().to_string().contains("no question `x`"));
    }
}
