//! Official results, published counts, lists of items and reference numbers.

use super::columns::View;
use super::{Evidence, Sources};
use crate::study::definition::Definition;
use crate::study::{EventItem, EventList, Lookup, OfficialResult, Origin, PublishedCount};

/// Maps all tables of official results.
pub(super) fn map_official(
    definition: &Definition,
    sources: &mut Sources,
    evidence: &mut Evidence,
) -> Vec<OfficialResult> {
    let mut results = Vec::new();
    for data in &definition.official {
        let Some(source) = sources.get(&data.package, &data.resource) else { continue };
        let table = &source.table;
        let mut view = View::new(table, "[[official]]", &data.id);
        let election = view.need("election", &data.election);
        let date = view.need("date", &data.date);
        let place = view.need("place", &data.place);
        let option = view.need("option", &data.option);
        let votes = view.need("votes", &data.votes);
        let registered = view.need("registered", &data.registered);
        let ballots = view.need("ballots", &data.ballots);
        let rows = view.rows(&data.filter);
        let mut used = Vec::new();
        for row in rows {
            let (day, cast, counted) = (view.date(row, date), view.count(row, votes), view.count(row, ballots));
            let (Some(date), Some(votes), Some(ballots)) = (day, cast, counted) else { continue };
            used.push(row);
            results.push(OfficialResult {
                data: data.id.clone(),
                election: view.cell(row, election).to_owned(),
                date,
                place: view.cell(row, place).to_owned(),
                option: view.cell(row, option).to_owned(),
                votes,
                registered: view.count(row, registered).filter(|registered| *registered > 0),
                ballots,
                origin: Origin::line(table.file(), table.line(row)),
            });
        }
        evidence.problems.extend(view.into_problems());
        sources.mark(&data.package, &data.resource, used);
    }
    results
}

/// Maps all tables of published counts.
pub(super) fn map_counts(
    definition: &Definition,
    sources: &mut Sources,
    evidence: &mut Evidence,
) -> Vec<PublishedCount> {
    let mut counts = Vec::new();
    for data in &definition.counts {
        let Some(source) = sources.get(&data.package, &data.resource) else { continue };
        let table = &source.table;
        let mut view = View::new(table, "[[counts]]", &data.id);
        let start = view.need("period_start", &data.period_start);
        let end = view.need("period_end", &data.period_end);
        let count = view.need("count", &data.count);
        let stock = view.want("stock", data.stock.as_ref());
        let counter = view.need("counter", &data.counter);
        let note = view.want("note", data.note.as_ref());
        view.want("source", data.source.as_ref());
        let rows = view.rows(&[]);
        for row in &rows {
            counts.push(PublishedCount {
                data: data.id.clone(),
                counter: view.cell(*row, counter).to_owned(),
                start: view.date(*row, start),
                end: view.date(*row, end),
                count: view.count(*row, count),
                stock: stock.and_then(|column| view.count(*row, column)),
                note: view.optional(*row, note).to_owned(),
                origin: Origin::line(table.file(), table.line(*row)),
            });
        }
        evidence.problems.extend(view.into_problems());
        sources.mark(&data.package, &data.resource, rows);
    }
    counts
}

/// Maps all lists of items.
pub(super) fn map_items(definition: &Definition, sources: &mut Sources, evidence: &mut Evidence) -> Vec<EventList> {
    let mut lists = Vec::new();
    for data in &definition.items {
        let Some(source) = sources.get(&data.package, &data.resource) else { continue };
        let table = &source.table;
        let mut view = View::new(table, "[[items]]", &data.id);
        let item = view.need("item", &data.item);
        let date = view.need("date", &data.date);
        let place = view.want("place", data.place.as_ref());
        let actors = view.want("actors", data.actors.as_ref());
        view.want("source", data.source.as_ref());
        let rows = view.rows(&data.filter);
        let items = rows
            .iter()
            .map(|row| EventItem {
                id: view.cell(*row, item).to_owned(),
                date: view.date(*row, date),
                place: view.optional(*row, place).to_owned(),
                actors: view
                    .optional(*row, actors)
                    .split(';')
                    .map(str::trim)
                    .filter(|code| !code.is_empty())
                    .map(str::to_owned)
                    .collect(),
                origin: Origin::line(table.file(), table.line(*row)),
            })
            .collect();
        lists.push(EventList { data: data.id.clone(), items });
        evidence.problems.extend(view.into_problems());
        sources.mark(&data.package, &data.resource, rows);
    }
    lists
}

/// Maps all reference tables.
pub(super) fn map_lookups(definition: &Definition, sources: &mut Sources, evidence: &mut Evidence) -> Vec<Lookup> {
    let mut lookups = Vec::new();
    for data in &definition.lookup {
        let Some(source) = sources.get(&data.package, &data.resource) else { continue };
        let table = &source.table;
        let mut view = View::new(table, "[[lookup]]", &data.id);
        let key = view.need("key", &data.key);
        let value = view.need("value", &data.value);
        let rows = view.rows(&[]);
        let entries = rows
            .iter()
            .filter_map(|row| {
                let number = view.number(*row, value)?;
                Some((view.cell(*row, key).to_owned(), number * data.multiplier, table.line(*row)))
            })
            .collect();
        lookups.push(Lookup { data: data.id.clone(), file: table.file().clone(), entries });
        evidence.problems.extend(view.into_problems());
        sources.mark(&data.package, &data.resource, rows);
    }
    lookups
}
