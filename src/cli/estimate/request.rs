//! What was asked for, checked before any file is read.

use super::args::{EstimateArgs, MissingName, QuantileCiName, WhatArgs};
use super::contrast::Contrast;
use crate::cli::data::columns::unusable;
use crate::error::Result;
use crate::estimate::{DeffReference, DegfRule, MissingOutcome, Options, ProportionCi, QuantileOptions, QuantileRule};

/// A request.
pub struct Request<'a> {
    /// The arguments.
    pub what: &'a WhatArgs,
    /// Numerators and denominators of the ratios.
    pub ratios: Vec<(&'a str, &'a str)>,
    /// Contrasts of results.
    pub contrasts: Vec<Contrast>,
    /// Quantiles.
    pub quantile_rule: QuantileRule,
    /// Intervals of quantiles.
    pub quantile_ci: QuantileCiName,
}

/// Each column is named once.
fn once_each(what: &WhatArgs) -> Result<()> {
    let lists = [
        ("--by", &what.by),
        ("--mean", &what.mean),
        ("--total", &what.total),
        ("--ratio", &what.ratio),
        ("--proportion", &what.proportion),
        ("--count", &what.count),
        ("--quantile", &what.quantile),
        ("--variance", &what.variance),
        ("--sd", &what.sd),
        ("--cdf", &what.cdf),
    ];
    for (flag, names) in lists {
        let is_again = |(k, name): (usize, &String)| names[..k].contains(name);
        if let Some(k) = names.iter().enumerate().position(is_again) {
            return Err(unusable("E41", flag, format!("`{}` is named twice", names[k]), "name each column once"));
        }
    }
    Ok(())
}

impl<'a> Request<'a> {
    /// Checks the arguments; with replicate weights quantiles have their standard errors from them by default.
    ///
    /// # Errors
    ///
    /// `E41` for what has no meaning.
    pub fn new(args: &'a EstimateArgs, has_replicates: bool) -> Result<Self> {
        let what = &args.what;
        once_each(what)?;
        if !(what.level > 0.0 && what.level < 1.0) {
            let message = format!("a confidence level of {} has no meaning", what.level);
            return Err(unusable("E41", "--level", message, "give a share such as 0.95"));
        }
        if let Some(p) = what.probs.iter().find(|p| !(0.0..=1.0).contains(*p)) {
            let message = format!("a share of {p} has no meaning");
            return Err(unusable("E41", "--probs", message, "give shares from 0 to 1, such as 0.25,0.5,0.75"));
        }
        if let Some(value) = what.at.iter().find(|value| !value.is_finite()) {
            let message = format!("a value of {value} has no meaning");
            return Err(unusable("E41", "--at", message, "give numbers such as 10,20"));
        }
        if !what.quantile.is_empty() && what.missing == MissingName::Keep {
            let message = "quantiles cannot keep rows without a value in the base";
            return Err(unusable("E41", "--missing keep", message, "use `--missing exclude`"));
        }
        let mut ratios = Vec::new();
        for ratio in &what.ratio {
            let Some(pair) = ratio.split_once('/') else {
                let message = format!("`{ratio}` is not of the form a/b");
                return Err(unusable("E41", "--ratio", message, "write numerator/denominator, such as spent/income"));
            };
            ratios.push(pair);
        }
        let contrasts = what.contrast.iter().map(|text| Contrast::read(text)).collect::<Result<_>>()?;
        let quantile_rule = what.quantile_rule.into();
        // Woodruff's limits give a replicate design no standard error; R 4.1 takes the replicates, too.
        let by_default = if has_replicates { QuantileCiName::Replicates } else { QuantileCiName::Wald };
        let quantile_ci = what.quantile_ci.unwrap_or(by_default);
        Ok(Request { what, ratios, contrasts, quantile_rule, quantile_ci })
    }

    /// The options of quantiles.
    pub fn quantile_options(&self, degf: DegfRule) -> QuantileOptions {
        let (rule, interval) = (self.quantile_rule, self.quantile_ci.into());
        QuantileOptions { rule, interval, level: self.what.level, degf }
    }

    /// The options of the engine.
    pub fn options(&self, degf: DegfRule) -> Options {
        Options {
            level: self.what.level,
            missing: MissingOutcome::from(self.what.missing),
            degf,
            deff: DeffReference::from(self.what.deff),
            proportion_ci: self.what.ci.map_or(ProportionCi::Rule, ProportionCi::from),
        }
    }
}
