//! Published shares side by side: no respondents, an assumed design effect.

use serde_json::{Value, json};

use super::args::CompareArgs;
use crate::analysis::proportions::{agresti_caffo, newcombe_difference, score_difference, two_proportions};
use crate::cli::aligned::{Aligned, escaped};
use crate::cli::data::columns::unusable;
use crate::cli::estimate::{TableFormat, percent, quantity};
use crate::cli::results::{number, plain, written};
use crate::error::Result;

/// A share as it was printed.
struct Share<'a> {
    label: &'a str,
    share: f64,
    n: f64,
    deff: f64,
}

/// A difference of two, by several methods.
struct Difference<'a> {
    first: &'a str,
    second: &'a str,
    value: f64,
    /// Method, lower and upper limit.
    intervals: Vec<(&'static str, f64, f64)>,
    /// Of the pooled normal test.
    p: Option<f64>,
}

/// All differences, printed.
///
/// # Errors
///
/// Shares that cannot be understood or be true.
pub fn published(args: &CompareArgs) -> Result<String> {
    let shares: Vec<Share<'_>> = args.what.published.iter().map(|text| parse(text)).collect::<Result<_>>()?;
    if shares.len() < 2 {
        let message = "one published share is not a comparison";
        return Err(unusable("E41", "--published", message, "give two or more, each with its own `--published`"));
    }
    let is_again = |(k, share): (usize, &Share<'_>)| shares[..k].iter().any(|other| other.label == share.label);
    if let Some(k) = shares.iter().enumerate().position(is_again) {
        let message = format!("two published shares are called `{}`", shares[k].label);
        return Err(unusable(
            "E41",
            "--published",
            message,
            "give each group a name of its own, such as 'city 2021=…'",
        ));
    }
    let mut found = Vec::new();
    for (k, first) in shares.iter().enumerate() {
        for second in &shares[k + 1..] {
            found.push(difference(first, second, args.what.level)?);
        }
    }
    Ok(match args.output.format {
        TableFormat::Table => format!("{}\n{}", words(args, &shares), table(&found, args.what.level).text()),
        TableFormat::Md => {
            format!("{}\n{}\n", table(&found, args.what.level).markdown(), escaped(&words(args, &shares)))
        }
        TableFormat::Csv => csv(&found, args.what.level),
        TableFormat::Json => {
            let results: Vec<Value> =
                records(&found, args.what.level).into_iter().map(|row| row.into_iter().collect()).collect();
            format!("{:#}", json!({ "notes": words(args, &shares), "results": results }))
        }
    })
}

fn parse(text: &str) -> Result<Share<'_>> {
    let parts = text.rsplit_once('=').and_then(|(label, rest)| {
        let numbers: Option<Vec<f64>> = rest.split(',').map(|number| number.trim().parse().ok()).collect();
        Some((label.trim(), numbers?))
    });
    let (label, share, n, deff) = match parts.as_ref().map(|(label, numbers)| (label, numbers.as_slice())) {
        Some((label, [share, n])) => (*label, *share, *n, 1.0),
        Some((label, [share, n, deff])) => (*label, *share, *n, *deff),
        _ => {
            let message = format!("`{text}` is not of the form GROUP=SHARE,N[,DEFF]");
            return Err(unusable("E41", "--published", message, "write, for example, --published 'city=0.52,800,1.9'"));
        }
    };
    let problem = if !(0.0..=1.0).contains(&share) {
        ("the share is not between 0 and 1", "write 52 % as 0.52")
    } else if !(n >= 1.0 && n.is_finite()) {
        ("the base is not 1 or more", "give the number of interviews behind the share")
    } else if !(deff > 0.0 && deff.is_finite()) {
        (
            "the design effect is not above 0",
            "1 is a simple random sample; clustered face-to-face polls have 1.5 to 2.5",
        )
    } else {
        return Ok(Share { label, share, n, deff });
    };
    Err(unusable("E41", "--published", format!("`{text}`: {}", problem.0), problem.1))
}

fn difference<'a>(first: &Share<'a>, second: &Share<'a>, level: f64) -> Result<Difference<'a>> {
    // Counts of simple random samples that are as precise.
    let of = |share: &Share<'_>| (share.share * share.n / share.deff, share.n / share.deff);
    let ((x1, n1), (x2, n2)) = (of(first), of(second));
    let work = || {
        let wald = two_proportions(x1, n1, x2, n2, level)?;
        let (_, newcombe_low, newcombe_high) = newcombe_difference(x1, n1, x2, n2, level)?;
        let caffo = agresti_caffo(x1, n1, x2, n2, level)?;
        let score = score_difference(x1, n1, x2, n2, level)?;
        let intervals = vec![
            ("Newcombe", newcombe_low, newcombe_high),
            ("Agresti–Caffo", caffo.0, caffo.1),
            ("score", score.0, score.1),
            ("Wald", wald.low, wald.high),
        ];
        Ok((wald, intervals))
    };
    let found: std::result::Result<_, crate::analysis::proportions::ProportionError> = work();
    let (wald, intervals) = found.map_err(|error| {
        unusable("E41", "--published", error.to_string(), "check shares, bases and the confidence level")
    })?;
    let (first, second) = (first.label, second.label);
    Ok(Difference { first, second, value: wald.difference, intervals, p: wald.p_pooled })
}

fn words(args: &CompareArgs, shares: &[Share<'_>]) -> String {
    let listed: Vec<String> = shares
        .iter()
        .map(|s| {
            let share = quantity(s.share * 100.0, 1);
            format!("{} {share}% (n = {}, deff {})", s.label, quantity(s.n, 0), quantity(s.deff, 2))
        })
        .collect();
    let level = percent(args.what.level);
    format!(
        "Published shares: {}.\n{level} % intervals of differences of independent samples, n divided by the assumed design effect; \
         p: normal test with the common share. Two groups of one clustered poll are taken as independent.\n",
        listed.join("; ")
    )
}

fn table(found: &[Difference<'_>], level: f64) -> Aligned {
    let points = |value: f64| quantity(value * 100.0, 1).replace('-', "−");
    let interval = format!("{} % interval", percent(level));
    let header = ["group", "against", "difference (pp)", "method", &interval, "p"].map(str::to_owned).to_vec();
    let rows = found.iter().flat_map(|d| {
        d.intervals.iter().enumerate().map(move |(k, (method, low, high))| {
            let once = |text: String| if k == 0 { text } else { String::new() };
            vec![
                once(d.first.to_owned()),
                once(d.second.to_owned()),
                once(points(d.value)),
                (*method).to_owned(),
                format!("{} to {}", points(*low), points(*high)),
                once(d.p.map_or_else(|| "–".to_owned(), |p| quantity(p, 4))),
            ]
        })
    });
    Aligned { header, rows: rows.collect(), n_left: 2 }
}

fn records(found: &[Difference<'_>], level: f64) -> Vec<Vec<(String, Value)>> {
    let of = |d: &Difference<'_>| {
        d.intervals
            .iter()
            .map(|(method, low, high)| {
                [
                    ("group", json!(d.first)),
                    ("against", json!(d.second)),
                    ("estimate", number(Some(d.value))),
                    ("ci_low", number(Some(*low))),
                    ("ci_high", number(Some(*high))),
                    ("level", number(Some(level))),
                    ("ci_method", json!(method)),
                    ("p_value", number(d.p)),
                ]
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
    };
    found.iter().flat_map(of).collect()
}

fn csv(found: &[Difference<'_>], level: f64) -> String {
    let records = records(found, level);
    let header = records.first().map_or_else(Vec::new, |row| row.iter().map(|(key, _)| key.clone()).collect());
    let lines = records.iter().map(|row| row.iter().map(|(_, value)| plain(value)).collect());
    written(std::iter::once(header).chain(lines))
}
