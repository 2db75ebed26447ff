//! Ages of published groups.

use super::AgeBand;
use super::record;
use crate::analysis::result::{Evidence, ResultRecord};
use crate::analysis::work::{Work, list};
use crate::study::definition::{AgesAnalysis, PublishedGroups};

/// Writes the shares as the analysis of subgroups has them; groups whose ages are given in words stay out.
pub(super) fn write<'s>(analysis: &'s AgesAnalysis, groups: &'s PublishedGroups, work: &mut Work<'s>) {
    let found = published(&analysis.id, groups, work);
    let mut wordy: Vec<String> = Vec::new();
    let mut records = Vec::new();
    for own in &found {
        let Some(when) = own.when else { continue };
        let label = own.about("group");
        let group = match (label, AgeBand::parse(label)) {
            ("all", _) => None,
            (_, Some(band)) => Some((label, band)),
            (_, None) => {
                wordy.push(format!("{label} ({})", own.about("poll")));
                continue;
            }
        };
        records.push(
            record(&analysis.id, own.about("poll"), group, when, Evidence::Published)
                .with("pollster", own.about("pollster"))
                .with("question", own.about("question"))
                .with("answer", own.about("answer"))
                .flags(own.flags.iter().copied())
                .rests_on(&own.origins)
                .figures(own.estimate.clone()),
        );
    }
    if !wordy.is_empty() {
        let text = format!("left out: groups without ages in years, {}", list(wordy.iter().map(String::as_str)));
        work.remark(&analysis.id, &groups.answer, text);
    }
    for record in records {
        work.record(record);
    }
}

/// The results of published groups in order of time, totals among them; a problem where there are none.
pub(in crate::analysis) fn published(
    analysis: &str,
    groups: &PublishedGroups,
    work: &mut Work<'_>,
) -> Vec<ResultRecord> {
    let is_wanted = |record: &&ResultRecord| {
        groups.questions.iter().any(|question| question == record.about("question"))
            && record.about("answer") == groups.answer
            && record.about("measure").is_empty()
            && (record.about("variable") == groups.variable || record.about("group") == "all")
    };
    let mut found: Vec<ResultRecord> = work.results.of(&groups.of).filter(is_wanted).cloned().collect();
    if found.iter().all(|record| record.about("group") == "all") {
        let message =
            format!("`{}` has no groups by `{}` for the answer `{}`", groups.of, groups.variable, groups.answer);
        let problem = work.problem(analysis, "A19", message);
        problem.hint =
            Some("name an analysis of subgroups with these questions, their answer and group variable".to_owned());
        return Vec::new();
    }
    let time = |record: &ResultRecord| record.when.map_or(f64::NEG_INFINITY, |when| when.mid_year());
    found.sort_by(|a, b| time(a).total_cmp(&time(b)));
    found
}
