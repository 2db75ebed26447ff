//! Published shares side by side: no respondents, an assumed design effect.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::args::CompareArgs;
use super::people::{p_value, signed};
use crate::analysis::multiplicity::Adjustment;
use crate::analysis::proportions::{
    IntervalMethod, ProportionError, PublishedContrast, PublishedShare, RatioInterval, proportion_interval,
    published_contrasts,
};
use crate::chart::dots::{Dot, DotPanel, DotPlot, Gap, dot_plot};
use crate::chart::svg;
use crate::cli::aligned::{Aligned, escaped};
use crate::cli::data::columns::unusable;
use crate::cli::estimate::{TableFormat, percent, quantity};
use crate::cli::files;
use crate::cli::results::{number, plain, written};
use crate::cli::tabulate::AdjustName;
use crate::diagnostic::did_you_mean;
use crate::error::{Error, Result};

/// Largest design effect that is believed.
const MAX_DEFF: f64 = 100.0;

/// Shares and their differences.
struct Published<'a> {
    args: &'a CompareArgs,
    shares: Vec<PublishedShare>,
    reference: usize,
    found: Vec<PublishedContrast>,
}

/// All differences, printed, and written where that is asked for.
///
/// # Errors
///
/// Shares that cannot be understood or be true; files that cannot be written.
pub fn published(args: &CompareArgs) -> Result<String> {
    let shares: Vec<PublishedShare> = args.what.published.iter().map(|text| parse(text)).collect::<Result<_>>()?;
    if shares.len() < 2 {
        let message = "one published share is not a comparison";
        return Err(unusable("E41", "--published", message, "give two or more, each with its own `--published`"));
    }
    let is_again = |(k, share): (usize, &PublishedShare)| shares[..k].iter().any(|other| other.label == share.label);
    if let Some(k) = shares.iter().enumerate().position(is_again) {
        let message = format!("two published shares are called `{}`", shares[k].label);
        let hint = "give each group a name of its own, such as 'city 2021=…'";
        return Err(unusable("E41", "--published", message, hint));
    }
    let reference = reference(args.what.reference.as_deref(), &shares)?;
    let others = || 0..shares.len();
    let pairs: Vec<(usize, usize)> = match args.what.reference.is_some() && !args.output.pairs {
        true => others().filter(|k| *k != reference).map(|k| (k, reference)).collect(),
        false => others().flat_map(|a| (a + 1..shares.len()).map(move |b| (a, b))).collect(),
    };
    let adjustment = Adjustment::from(args.what.adjust_p);
    let found = published_contrasts(&shares, &pairs, args.what.level, adjustment, args.what.within).map_err(refused)?;
    let report = Published { args, shares, reference, found };
    if let Some(folder) = &args.output.out {
        report.write(folder)?;
    }
    Ok(match args.output.format {
        TableFormat::Table => report.text(),
        TableFormat::Md => report.markdown(),
        TableFormat::Csv => report.csv(),
        TableFormat::Json => report.json(),
    })
}

fn refused(error: ProportionError) -> Error {
    unusable("E41", "--published", error.to_string(), "check shares, bases and the confidence level")
}

fn reference(asked: Option<&str>, shares: &[PublishedShare]) -> Result<usize> {
    let Some(asked) = asked else { return Ok(0) };
    let labels = || shares.iter().map(|share| share.label.as_str());
    labels().position(|label| label == asked).ok_or_else(|| {
        let hint = match did_you_mean(asked, labels()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("groups: {}", labels().collect::<Vec<_>>().join(", ")),
        };
        unusable("E41", "--reference", format!("there is no group `{asked}`"), &hint)
    })
}

fn parse(text: &str) -> Result<PublishedShare> {
    let fail = |message: String, hint: &str| Err(unusable("E41", "--published", message, hint));
    let of = |problem: &str| format!("`{text}`: {problem}");
    let parts = text.rsplit_once('=').map(|(label, rest)| (label.trim(), rest.split(',').map(str::trim).collect()));
    let Some((label, texts)): Option<(&str, Vec<&str>)> = parts else {
        let message = format!("`{text}` is not of the form GROUP=SHARE,N[,DEFF]");
        return fail(message, "write, for example, --published 'city=0.52,800,1.9'");
    };
    // A share of 0 before whole numbers is most often the first half of a number with a decimal comma.
    let is_digits = |text: &&str| text.chars().all(|c| c.is_ascii_digit());
    let comma = match texts.as_slice() {
        ["0" | "1", decimals, rest @ ..] if is_digits(decimals) && (1..=2).contains(&rest.len()) => Some(format!(
            "if the share is {0}.{decimals}, the decimal mark is a point: write {0}.{decimals},{1}",
            texts[0],
            rest.join(",")
        )),
        _ => None,
    };
    let numbers: Option<Vec<f64>> = texts.iter().map(|number| number.parse().ok()).collect();
    let (share, n, deff) = match numbers.as_deref() {
        Some([share, n]) => (*share, *n, 1.0),
        Some([share, n, deff]) => (*share, *n, *deff),
        _ => {
            let hint = comma.unwrap_or_else(|| "write, for example, --published 'city=0.52,800,1.9'".to_owned());
            return fail(format!("`{text}` is not of the form GROUP=SHARE,N[,DEFF]"), &hint);
        }
    };
    let hinted = |hint: &str| comma.clone().unwrap_or_else(|| hint.to_owned());
    if label.is_empty() {
        return fail(of("the group has no name"), "write, for example, 'city=0.52,800,1.9'");
    }
    if !(0.0..=1.0).contains(&share) {
        return fail(of("the share is not between 0 and 1"), &hinted("write 52 % as 0.52"));
    }
    if !(n >= 1.0 && n.is_finite() && n.fract() == 0.0) {
        return fail(of("the base is no whole number of 1 or more"), "give the number of interviews behind the share");
    }
    if !(deff > 0.0 && deff <= MAX_DEFF) {
        let hint = "1 is a simple random sample; clustered face-to-face polls have 1.5 to 2.5";
        return fail(of("the design effect is not above 0 and at most 100"), &hinted(hint));
    }
    if n / deff < 1.0 {
        let problem = format!("{n} interviews with a design effect of {deff} are worth less than one");
        return fail(of(&problem), &hinted("check base and design effect"));
    }
    if let Some(hint) = comma.filter(|_| deff >= 10.0) {
        return fail(of(&format!("a share of {share} with a design effect of {deff}")), &hint);
    }
    Ok(PublishedShare { label: label.to_owned(), share, n, deff })
}

impl Published<'_> {
    fn is_adjusted(&self) -> bool {
        self.args.what.adjust_p != AdjustName::None
    }

    fn notes(&self) -> [(&'static str, String); 2] {
        let share = |s: &PublishedShare| {
            let share = quantity(s.share * 100.0, 1);
            format!("{} {share}% (n = {}, deff {})", s.label, quantity(s.n, 0), quantity(s.deff, 2))
        };
        let listed: Vec<String> = self.shares.iter().map(share).collect();
        let level = percent(self.args.what.level);
        let mut method = format!(
            "{level} % intervals of differences of independent samples, n divided by the assumed design effect; p: normal test \
             with the common share"
        );
        if self.is_adjusted() {
            method.push_str(&format!("; adj. p by {} for the pairs shown", self.args.what.adjust_p.word()));
        }
        method.push_str("; ratios by Katz and Woolf");
        if let Some(margin) = self.args.what.within {
            method.push_str(&format!("; equivalent: two one-sided tests within ±{margin}"));
        }
        method.push_str(". Two groups of one clustered poll are taken as independent.");
        [("Published shares", format!("{}.", listed.join("; "))), ("Method", method)]
    }

    fn words(&self) -> String {
        self.notes().map(|(name, text)| format!("{name}: {text}\n")).concat()
    }

    fn text(&self) -> String {
        format!("{}\n{}", self.words(), self.table().text())
    }

    fn markdown(&self) -> String {
        format!("{}\n{}\n", self.table().markdown(), escaped(&self.words()))
    }

    fn table(&self) -> Aligned {
        let points = |value: f64| signed(value * 100.0, 1);
        let interval = format!("{} % interval", percent(self.args.what.level));
        let mut header = ["group", "against", "difference (pp)", "method", &interval, "p"].map(str::to_owned).to_vec();
        header.extend(self.is_adjusted().then(|| "adj. p".to_owned()));
        header.extend(["ratio", "odds ratio"].map(str::to_owned));
        header.extend(self.args.what.within.map(|_| "equivalent?".to_owned()));
        let width = header.len();
        let ratio = |found: Option<RatioInterval>| {
            found.map_or_else(
                || "–".to_owned(),
                |r| format!("{} ({}–{})", quantity(r.estimate, 2), quantity(r.low, 2), quantity(r.high, 2)),
            )
        };
        let line = |d: &PublishedContrast, k: usize| {
            let (method, low, high) = d.intervals[k];
            let range = format!("{} to {}", points(low), points(high));
            if k > 0 {
                let mut row = vec![String::new(), String::new(), String::new(), method.to_owned(), range];
                row.resize(width, String::new());
                return row;
            }
            let (first, second) = (self.shares[d.first].label.clone(), self.shares[d.second].label.clone());
            let mut row = vec![first, second, points(d.difference), method.to_owned(), range, p_value(d.p_value)];
            row.extend(self.is_adjusted().then(|| p_value(d.adjusted_p_value)));
            row.extend([ratio(d.ratio), ratio(d.odds_ratio)]);
            row.extend(self.args.what.within.map(|_| {
                d.equivalence.map_or_else(
                    || "–".to_owned(),
                    |e| {
                        format!(
                            "{} (p {})",
                            if e.is_equivalent { "yes" } else { "not shown" },
                            p_value(Some(e.p_value))
                        )
                    },
                )
            }));
            row
        };
        let rows = self.found.iter().flat_map(|d| (0..d.intervals.len()).map(move |k| line(d, k)));
        Aligned { header, rows: rows.collect(), n_left: 2 }
    }

    fn records(&self) -> Vec<Vec<(&'static str, Value)>> {
        let level = self.args.what.level;
        let record = |statistic: &str, d: &PublishedContrast, (method, value, low, high): (&str, f64, f64, f64)| {
            let (a, b) = (&self.shares[d.first], &self.shares[d.second]);
            let is_difference = statistic == "difference";
            let test = |p: Option<f64>| number(p.filter(|_| is_difference));
            vec![
                ("group", json!(a.label)),
                ("against", json!(b.label)),
                ("statistic", json!(statistic)),
                ("estimate", number(Some(value))),
                ("ci_low", number(Some(low))),
                ("ci_high", number(Some(high))),
                ("level", number(Some(level))),
                ("ci_method", json!(method)),
                ("p_value", test(d.p_value)),
                ("adjusted_p_value", test(d.adjusted_p_value)),
                ("equivalence_p_value", test(d.equivalence.map(|e| e.p_value))),
                ("share", number(Some(a.share))),
                ("n", number(Some(a.n))),
                ("deff", number(Some(a.deff))),
                ("against_share", number(Some(b.share))),
                ("against_n", number(Some(b.n))),
                ("against_deff", number(Some(b.deff))),
            ]
        };
        let of = |d: &PublishedContrast| {
            let differences = d
                .intervals
                .iter()
                .map(|(method, low, high)| record("difference", d, (method, d.difference, *low, *high)));
            let ratios = [("ratio", "Katz", d.ratio), ("odds ratio", "Woolf", d.odds_ratio)].into_iter().filter_map(
                |(name, method, found)| Some(record(name, d, (method, found?.estimate, found?.low, found?.high))),
            );
            differences.chain(ratios).collect::<Vec<_>>()
        };
        self.found.iter().flat_map(of).collect()
    }

    fn csv(&self) -> String {
        let records = self.records();
        let header =
            records.first().map_or_else(Vec::new, |row| row.iter().map(|(key, _)| (*key).to_owned()).collect());
        let lines = records.iter().map(|row| row.iter().map(|(_, value)| plain(value)).collect());
        written(std::iter::once(header).chain(lines))
    }

    fn json(&self) -> String {
        let object = |row: Vec<(&'static str, Value)>| {
            Value::Object(row.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<String, Value>>())
        };
        let results: Vec<Value> = self.records().into_iter().map(object).collect();
        let notes: Map<String, Value> =
            self.notes().into_iter().map(|(name, text)| (name.to_lowercase().replace(' ', "_"), json!(text))).collect();
        format!("{:#}", json!({ "notes": notes, "results": results }))
    }

    /// The shares with Wilson's intervals, and their differences from the reference with Newcombe's.
    fn figure(&self) -> Result<String> {
        let level = self.args.what.level;
        let pairs: Vec<(usize, usize)> =
            (0..self.shares.len()).filter(|k| *k != self.reference).map(|k| (k, self.reference)).collect();
        let gaps = published_contrasts(&self.shares, &pairs, level, Adjustment::None, None).map_err(refused)?;
        let dot = |(k, share): (usize, &PublishedShare)| {
            let (x, n) = share.effective();
            let interval = proportion_interval(x, n, level, IntervalMethod::Wilson).map_err(refused)?;
            let gap = gaps.iter().find(|gap| gap.first == k).map_or_else(
                || Gap::None("reference".to_owned()),
                |gap| Gap::Known(gap.difference, Some((gap.intervals[0].1, gap.intervals[0].2))),
            );
            Ok(Dot {
                label: share.label.clone(),
                n: share.n as usize,
                value: share.share,
                interval: Some((interval.low, interval.high)),
                is_small: share.n < 100.0,
                gaps: vec![gap],
            })
        };
        let dots = self.shares.iter().enumerate().map(dot).collect::<Result<Vec<_>>>()?;
        let reference = &self.shares[self.reference].label;
        let level = percent(level);
        let plot = DotPlot {
            what: "published share".to_owned(),
            subtitle: "published shares with assumed design effects".to_owned(),
            caption: format!(
                "Left: shares with {level}% intervals (Wilson). Right: differences from {reference}, the reference, with {level}% \
                 intervals (Newcombe); the line is no difference. n is divided by the assumed design effect. Hollow: base below \
                 100. Intervals cover sampling only."
            ),
            is_share: true,
            gaps: vec![format!("difference from {reference}")],
            panels: vec![DotPanel { title: String::new(), dots, everybody: None }],
        };
        Ok(svg::with_fonts(&svg::render(&dot_plot(&plot))?))
    }

    fn write(&self, folder: &Path) -> Result<()> {
        let texts = vec![
            ("comparison.csv", self.csv()),
            ("comparison.json", self.json()),
            ("comparison.md", self.markdown()),
            ("comparison.svg", self.figure()?),
        ];
        files::write_into(folder, texts, &[])
    }
}
