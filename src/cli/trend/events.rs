//! Events from the command line.

use crate::cli::data::columns::unusable;
use crate::error::Result;
use crate::study::PartialDate;
use crate::study::definition::{EventDef, PooledEvent, PooledEventKind, Text};

use super::args::ModelArgs;

/// An event with what it may change.
#[derive(Debug, Clone)]
pub struct Declared {
    pub definition: EventDef,
    pub change: PooledEvent,
}

/// All events of the flags: steps, pulses, slopes.
///
/// # Errors
///
/// `E41` for dates that cannot be read, a pulse without end, and names that stand twice.
pub fn declared(args: &ModelArgs) -> Result<Vec<Declared>> {
    let mut events: Vec<Declared> = Vec::new();
    for (flag, kind, given) in [
        ("--event", PooledEventKind::Step, &args.event),
        ("--pulse", PooledEventKind::Pulse, &args.pulse),
        ("--slope", PooledEventKind::Slope, &args.slope),
    ] {
        for text in given {
            let event = read(flag, kind, text)?;
            if events.iter().any(|other| other.definition.id == event.definition.id) {
                let message = format!("two events are called `{}`", event.definition.id);
                return Err(unusable("E41", flag, message, "give each a name of its own, as in DATE=NAME"));
            }
            events.push(event);
        }
    }
    Ok(events)
}

fn read(flag: &str, kind: PooledEventKind, text: &str) -> Result<Declared> {
    let (when, name) = text.split_once('=').map_or((text, None), |(when, name)| (when, Some(name.trim())));
    let (first, until) = match (kind, when.split_once("..")) {
        (PooledEventKind::Pulse, Some((from, to))) => (from, Some(date(flag, to)?)),
        (PooledEventKind::Pulse, None) => {
            let message = format!("`{when}` does not say when the change ended");
            return Err(unusable("E41", flag, message, "write it as FROM..TO, such as 2014-03..2014-06"));
        }
        (_, _) => (when, None),
    };
    let at = date(flag, first)?;
    if until.is_some_and(|until| until.last_day() <= at.last_day()) {
        let message = format!("`{when}` ends before it begins");
        return Err(unusable("E41", flag, message, "write the earlier date first, as in FROM..TO"));
    }
    let label = name.filter(|name| !name.is_empty()).unwrap_or(when);
    let id = super::houses::slug(label);
    let definition = EventDef {
        id: id.clone(),
        date: at,
        label: Text::Plain(label.to_owned()),
        source: "given on the command line".to_owned(),
    };
    Ok(Declared { definition, change: PooledEvent { event: id, kind, until } })
}

fn date(flag: &str, text: &str) -> Result<PartialDate> {
    text.trim().parse().map_err(|error: crate::study::NotADate| {
        unusable("E41", flag, error.to_string(), "write a day, a month or a year, and a name behind `=` if you like")
    })
}
