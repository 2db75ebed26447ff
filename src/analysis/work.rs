//! What an analysis reads and where it puts what it finds.

use super::result::{Remark, ResultRecord, Results};
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::definition::{Definition, Grouping, Pollster, Question, Universe};

/// The study, the results so far, and every problem of the definition that came up.
pub(super) struct Work<'s> {
    pub study: &'s Study,
    pub results: Results,
    problems: Vec<Diagnostic>,
}

impl<'s> Work<'s> {
    pub fn new(study: &'s Study) -> Self {
        let results = Results { areas: study.areas.areas.clone(), ..Results::default() };
        Work { study, results, problems: Vec::new() }
    }

    /// Work on the same study that starts from nothing, for an analysis that runs beside others.
    pub fn part(&self, answer: impl Fn(&mut Work<'s>)) -> Self {
        let mut part = Work { study: self.study, results: Results::default(), problems: Vec::new() };
        answer(&mut part);
        part
    }

    /// Adds what a part has found behind what is there.
    pub fn absorb(&mut self, part: Self) {
        self.results.records.extend(part.results.records);
        for remark in part.results.remarks {
            self.remarked(remark);
        }
        self.problems.extend(part.problems);
    }

    /// Adds a number.
    pub fn record(&mut self, mut record: ResultRecord) {
        record.estimate = record.estimate.finite();
        self.results.records.push(record);
    }

    /// Adds something that the reader should know, once.
    pub fn remark(&mut self, analysis: &str, about: &str, text: impl Into<String>) {
        self.remarked(Remark { analysis: analysis.to_owned(), about: about.to_owned(), text: text.into() });
    }

    fn remarked(&mut self, remark: Remark) {
        if !self.results.remarks.contains(&remark) {
            self.results.remarks.push(remark);
        }
    }

    /// Adds a problem of the definition or of the data that stops the study.
    pub fn problem(&mut self, analysis: &str, code: &'static str, message: impl Into<String>) -> &mut Diagnostic {
        let key = format!("analysis {analysis}");
        self.problems.push(definition_problem(&self.study.definition, code, &key, message));
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    /// Adds a problem: a name that stands for nothing, with the closest one that does.
    pub fn unknown<'c>(
        &mut self,
        analysis: &str,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'c str> + Clone,
    ) {
        let hint = match did_you_mean(name, known.clone()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("known: {}", list(known)),
        };
        let problem = self.problem(analysis, "A01", format!("{what} `{name}` does not exist"));
        problem.hint = Some(hint);
    }

    /// A question of the registry, or a problem.
    pub fn question(&mut self, analysis: &str, id: &str) -> Option<&'s Question> {
        let questions = &self.study.definition.question;
        let found = questions.iter().find(|question| question.id == id);
        if found.is_none() {
            self.unknown(analysis, "question", id, questions.iter().map(|question| question.id.as_str()));
        }
        found
    }

    /// The nodes of a grouping of the geography, or a problem.
    pub fn grouping(&mut self, analysis: &str, id: &str) -> Option<&'s Grouping> {
        let groupings = self.study.definition.geography.as_ref().map_or(&[][..], |geography| &geography.grouping);
        let found = groupings.iter().find(|grouping| grouping.id == id);
        if found.is_none() {
            self.unknown(analysis, "grouping", id, groupings.iter().map(|grouping| grouping.id.as_str()));
        }
        found
    }

    /// A grouping of exactly two nodes, or a problem.
    pub fn split(&mut self, analysis: &str, id: &str) -> Option<(&'s Grouping, [&'s str; 2])> {
        let grouping = self.grouping(analysis, id)?;
        match grouping.nodes.as_slice() {
            [first, second] => Some((grouping, [first, second])),
            nodes => {
                let n_nodes = nodes.len();
                let problem =
                    self.problem(analysis, "A02", format!("grouping `{id}` has {n_nodes} nodes, a split needs two"));
                problem.hint = Some("name a grouping of two nodes as `split`".to_owned());
                None
            }
        }
    }

    /// The results, or every problem that came up.
    pub fn finish(mut self) -> Result<Results> {
        self.check_ids();
        if self.problems.is_empty() { Ok(self.results) } else { Err(Error::Unusable(self.problems)) }
    }

    /// Two numbers must not share an id, or a reference would mean either.
    fn check_ids(&mut self) {
        let mut ids: Vec<(&str, &str)> =
            self.results.records.iter().map(|record| (record.id.as_str(), record.analysis.as_str())).collect();
        ids.sort_unstable();
        let twice: Vec<(String, String)> = ids
            .windows(2)
            .filter(|pair| pair[0].0 == pair[1].0)
            .map(|pair| (pair[0].0.to_owned(), pair[0].1.to_owned()))
            .collect();
        for (id, analysis) in twice {
            let problem = self.problem(&analysis, "A03", format!("two results have the id `{id}`"));
            problem.hint = Some("give the analyses, polls or pairs different ids".to_owned());
        }
    }
}

/// A problem of a part of the definition, such as `analysis <id>`, with the line where it stands.
pub(super) fn definition_problem(
    definition: &Definition,
    code: &'static str,
    key: &str,
    message: impl Into<String>,
) -> Diagnostic {
    let Some(spot) = definition.spots.get(key) else {
        let id = definition.study.as_ref().map(|header| &header.id);
        let file = id.map_or_else(|| "definition".to_owned(), |id| format!("reports/{id}"));
        return Diagnostic::error(code, Place::file(file).key(key), message);
    };
    let place = Place::file(&spot.file).line(spot.line).character(spot.character).key(key);
    let problem = Diagnostic::error(code, place, message).excerpt(&spot.excerpt);
    match spot.mark {
        Some((start, length)) => problem.mark(start, length),
        None => problem,
    }
}

/// The name of a pollster for readers; its id where it is not declared.
pub(super) fn pollster_name<'a>(pollsters: &'a [Pollster], id: &'a str) -> &'a str {
    pollsters.iter().find(|pollster| pollster.id == id).map_or(id, |pollster| pollster.label.get("en"))
}

/// The name of an answer for readers; a side keeps its word.
pub(super) fn answer_name<'a>(question: &'a Question, id: &'a str) -> &'a str {
    question.answers.iter().find(|answer| answer.id == id).map_or(id, |answer| answer.label.get("en"))
}

/// The name of a universe for readers; its id where it is not declared.
pub(super) fn universe_name<'a>(universes: &'a [Universe], id: &'a str) -> &'a str {
    universes.iter().find(|universe| universe.id == id).map_or(id, |universe| universe.label.get("en"))
}

/// Names in quotes, with commas; the first ten.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.len() > 10 {
        let rest = names.len() - 10;
        names.truncate(10);
        names.push(format!("and {rest} more"));
    }
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
