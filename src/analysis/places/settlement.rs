//! Where the respondents of a survey live, in the nodes of a grouping.

use std::collections::BTreeMap;

use super::{Poll, column, text};
use crate::analysis::work::Work;
use crate::design::{Codes, Domains, MISSING};
use crate::study::Placed;
use crate::study::definition::Grouping;

/// The place of each respondent in a grouping.
pub(super) struct Place<'s> {
    /// Nodes of the grouping, in its order.
    pub nodes: &'s [String],
    /// Node of each row of the survey; missing where it is in none.
    pub code_of_row: Vec<u32>,
}

impl Place<'_> {
    /// One domain a node.
    pub fn domains(&self) -> Domains {
        Domains::by(&Codes::from_codes(self.code_of_row.clone(), self.nodes.to_vec()))
    }

    /// Does the row lie in the node?
    pub fn is_in(&self, row: usize, node: &str) -> bool {
        self.nodes.get(self.code_of_row[row] as usize).is_some_and(|own| own == node)
    }
}

/// Places the rows of a survey. A label that the crosswalk does not know is a problem; one that fits no node is not
/// classified, counted and told.
pub(super) fn settle<'s>(
    analysis: &str,
    poll: &Poll<'s>,
    grouping: &'s Grouping,
    work: &mut Work<'s>,
) -> Option<Place<'s>> {
    let study = work.study;
    let nodes = grouping.nodes.as_slice();
    let geography = study.definition.geography.as_ref()?;
    let Some(name) = &poll.data.settlement else {
        let problem = work.problem(analysis, "A09", format!("respondent data `{}` have no place", poll.data.id));
        problem.hint = Some("name the column of the place as `settlement`".to_owned());
        return None;
    };
    let column = column(analysis, poll.file, name, work)?;
    let mut code_of_row = Vec::with_capacity(poll.rows.len());
    let mut unclassified: BTreeMap<String, usize> = BTreeMap::new();
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    for &row in &poll.rows {
        let label = text(column, row);
        let code = match study.places.place(geography, nodes, &poll.data.id, &label) {
            Placed::Inside(node) => nodes.iter().zip(0_u32..).find(|(own, _)| *own == node).map(|(_, code)| code),
            Placed::Unknown if !label.is_empty() => {
                *unknown.entry(label).or_default() += 1;
                None
            }
            Placed::Unclassified | Placed::Unknown => {
                *unclassified.entry(label).or_default() += 1;
                None
            }
        };
        code_of_row.push(code.unwrap_or(MISSING));
    }
    for (label, n_rows) in &unknown {
        let message = format!("label `{label}` of `{}` ({n_rows} rows) is not in the crosswalk", poll.data.id);
        let problem = work.problem(analysis, "A06", message);
        problem.hint = Some("add the label to the crosswalk; leave the leaves empty if it has no class".to_owned());
    }
    if !unclassified.is_empty() {
        let total: usize = unclassified.values().sum();
        let parts: Vec<String> = unclassified
            .iter()
            .map(
                |(label, n_rows)| {
                    if label.is_empty() { format!("blank {n_rows}") } else { format!("{label} {n_rows}") }
                },
            )
            .collect();
        let text = format!(
            "{total} of {} respondents have no place in `{}`: {}",
            poll.rows.len(),
            grouping.id,
            parts.join(", ")
        );
        work.remark(analysis, &poll.survey.id, text);
    }
    unknown.is_empty().then_some(Place { nodes, code_of_row })
}
