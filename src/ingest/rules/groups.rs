//! Subgroups against the whole: bases that exceed it, and shares that no mixture of the groups can give.

use std::collections::{BTreeMap, BTreeSet};

use super::Checked;
use super::support::{half_unit, name, percent};
use crate::diagnostic::{Diagnostic, Level};
use crate::study::{Places, PublishedTopline};

/// Part of the poll that groups with known bases hold when they are taken to be all groups.
const NEARLY_ALL: f64 = 0.9;

/// V10: a group larger than its poll, groups that together exceed it, and a total outside the range of all groups.
pub(super) fn cannot_give_total(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut tables: BTreeMap<(&str, &str, &str, &str), Vec<&PublishedTopline>> = BTreeMap::new();
    for topline in &checked.study.toplines {
        if let Some(group) = &topline.group {
            let key =
                (topline.data.as_str(), topline.poll.as_str(), topline.question.as_str(), group.variable.as_str());
            tables.entry(key).or_default().push(topline);
        }
    }
    let mut findings = Vec::new();
    for ((data, poll, question, variable), groups) in tables {
        findings.extend(groups.iter().filter_map(|group| larger_than_poll(checked, group)));
        let n = groups.iter().find_map(|group| group.n).map(f64::from);
        let bases: Option<Vec<f64>> = groups.iter().map(|g| g.group.as_ref()?.n.map(f64::from)).collect();
        let share_of_poll = bases.map(|bases| bases.iter().sum::<f64>()).zip(n).map(|(sum, n)| sum / n);
        if let Some(part) = share_of_poll.filter(|part| *part > 1.1) {
            let message = format!("the groups of `{variable}` hold more people than the poll");
            findings.extend(checked.topline(Level::Warning, "V10", groups[0], message).map(|finding| {
                finding
                    .observed(format!("{:.0} % of the number interviewed", part * 100.0))
                    .expected("100 % or somewhat less")
                    .hint("groups may overlap, or the bases be weighted")
            }));
        }
        let is_all = share_of_poll.is_some_and(|part| (NEARLY_ALL..=1.1).contains(&part))
            || covers_everything(checked, data, poll, &groups);
        let total =
            checked.study.toplines.iter().find(|t| t.group.is_none() && t.poll == poll && t.question == question);
        if let Some(total) = total.filter(|_| is_all && groups.len() > 1) {
            findings.extend(outside(checked, total, &groups, variable));
        }
    }
    findings
}

fn larger_than_poll(checked: &Checked<'_>, topline: &PublishedTopline) -> Option<Diagnostic> {
    let (group, all) = (topline.group.as_ref()?.n?, topline.n?);
    if group <= all {
        return None;
    }
    let finding = checked.topline(Level::Error, "V10", topline, "a group is larger than its poll".to_owned())?;
    Some(
        finding
            .observed(format!("n = {group} in {}", name(topline)))
            .expected(format!("at most {all}, the number interviewed"))
            .hint("compare with the source; the two numbers may be exchanged"),
    )
}

/// Do the groups, as places, cover the whole geography?
fn covers_everything(checked: &Checked<'_>, data: &str, poll: &str, groups: &[&PublishedTopline]) -> bool {
    let Some(geography) = &checked.study.definition.geography else { return false };
    let key = Places::key_of_poll(data, poll);
    let mut covered: BTreeSet<&String> = BTreeSet::new();
    for group in groups {
        let label = group.group.as_ref().map_or("", |group| group.label.as_str());
        match checked.study.places.leaves(&key, label) {
            Some(leaves) => covered.extend(leaves),
            None => return false,
        }
    }
    geography.node.iter().filter(|node| node.covers.is_empty()).all(|leaf| covered.contains(&leaf.id))
}

/// Answers of the whole that lie outside the range of all groups.
fn outside(
    checked: &Checked<'_>,
    total: &PublishedTopline,
    groups: &[&PublishedTopline],
    variable: &str,
) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for whole in &total.answers {
        let Some(parts) = groups.iter().map(|group| group.answer(&whole.answer)).collect::<Option<Vec<_>>>() else {
            continue;
        };
        let low = parts.iter().map(|part| part.share - half_unit(part)).fold(f64::INFINITY, f64::min);
        let high = parts.iter().map(|part| part.share + half_unit(part)).fold(f64::NEG_INFINITY, f64::max);
        let slack = half_unit(whole) + 1e-9;
        if whole.share < low - slack || whole.share > high + slack {
            let message = format!("no mixture of the groups of `{variable}` gives the total of `{}`", whole.answer);
            findings.push(
                checked
                    .share(Level::Error, "V10", total, whole, message)
                    .observed(percent(whole.share))
                    .expected(format!("between {} and {}, the range of the groups", percent(low), percent(high)))
                    .hint("compare with the source; a group or the total may belong to another poll or answer"),
            );
        }
    }
    findings
}
