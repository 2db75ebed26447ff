//! Figures: texts filled in, charts drawn in parallel.

use rayon::prelude::*;

use super::texts::in_definition;
use crate::analysis::reference::References;
use crate::analysis::result::{ResultRecord, Results};
use crate::chart::{self, FigureTexts};
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::{Error, Result};
use crate::locale::Locale;
use crate::report::figures::DrawnFigure;
use crate::study::definition::{Definition, Figure};

/// The figures of a definition whose ids are asked for; all where none is.
///
/// # Errors
///
/// R07 for every id that no figure has, with the closest one.
pub(super) fn choose<'a>(definition: &'a Definition, file: &str, only: &[String]) -> Result<Vec<&'a Figure>> {
    let known = || definition.figure.iter().map(|figure| figure.id.as_str());
    let problems: Vec<Diagnostic> = only
        .iter()
        .filter(|id| !known().any(|figure| figure == id.as_str()))
        .map(|id| {
            let problem = Diagnostic::error("R07", Place::file(file).key(id), format!("no figure is called `{id}`"));
            match did_you_mean(id, known()) {
                Some(close) => problem.hint(format!("did you mean `{close}`?")),
                None => problem.hint(format!("figures here: {}", known().collect::<Vec<_>>().join(", "))),
            }
        })
        .collect();
    if !problems.is_empty() {
        return Err(Error::Unusable(problems));
    }
    Ok(definition.figure.iter().filter(|figure| only.is_empty() || only.contains(&figure.id)).collect())
}

/// Draws figures in one language.
///
/// # Errors
///
/// All problems together: a text that refers to nothing, a figure without anything to draw.
pub(super) fn draw(
    figures: &[&Figure],
    file: &str,
    definition: &Definition,
    results: &Results,
    locale: &Locale,
    with_png: bool,
) -> Result<Vec<DrawnFigure>> {
    let references = References::new(results, locale);
    let drawn: Vec<Result<DrawnFigure>> = figures
        .par_iter()
        .map(|figure| {
            let texts = texts(figure, file, definition, &references, locale)?;
            let spec = chart::figure(figure, &texts, definition, results, locale)?;
            let svg = chart::svg::render(&spec)?;
            let shown = chart::figure::selected(figure, definition, results);
            Ok(DrawnFigure {
                id: figure.id.clone(),
                title: texts.title,
                alt: spec.alt,
                png: if with_png { png(&svg)? } else { None },
                svg,
                results: shown.into_iter().map(|record: &ResultRecord| record.id.clone()).collect(),
            })
        })
        .collect();
    together(drawn)
}

/// A figure as an SVG document of its own, with its fonts inside.
///
/// # Errors
///
/// As for a build: a text that refers to nothing, a figure without anything to draw.
pub fn draw_figure(figure: &Figure, definition: &Definition, results: &Results, locale: &Locale) -> Result<String> {
    let drawn = draw(&[figure], "the definition", definition, results, locale, false)?;
    Ok(drawn.first().map_or_else(String::new, |drawn| chart::svg::with_fonts(&drawn.svg)))
}

fn texts(
    figure: &Figure,
    file: &str,
    definition: &Definition,
    references: &References,
    locale: &Locale,
) -> Result<FigureTexts> {
    let fill = |part: &str, text: &crate::study::definition::Text| {
        let key = format!("figure {}, {part}", figure.id);
        match references.render(file, &key, text.get(locale.code())) {
            Ok(rendered) => Ok(rendered.text),
            Err(Error::Unusable(problems)) => {
                Err(Error::Unusable(problems.into_iter().map(|p| in_definition(p, definition, &key)).collect()))
            }
            Err(other) => Err(other),
        }
    };
    Ok(FigureTexts {
        title: fill("title", &figure.title)?,
        subtitle: fill("subtitle", &figure.subtitle)?,
        caption: fill("caption", &figure.caption)?,
    })
}

#[cfg(feature = "png")]
fn png(svg: &str) -> Result<Option<Vec<u8>>> {
    /// Pixels a page unit, sharp on most screens.
    const SCALE: f32 = 2.0;
    chart::png::render(svg, SCALE).map(Some)
}

#[cfg(not(feature = "png"))]
fn png(_: &str) -> Result<Option<Vec<u8>>> {
    Ok(None)
}

/// All values, or all problems.
fn together<T>(results: Vec<Result<T>>) -> Result<Vec<T>> {
    let mut values = Vec::new();
    let mut problems = Vec::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(Error::Unusable(more) | Error::BadData(more)) => problems.extend(more),
            Err(other) => return Err(other),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(Error::Unusable(problems)) }
}
