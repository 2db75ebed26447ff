//! The flags of a sampling design.

use std::path::PathBuf;

use clap::Args;

use super::file::{DesignFile, Join, JointName, LonelyName, Names, ReplicateTable, ReplicateType};
use super::phases;
use crate::cli::data::columns::unusable;
use crate::cli::data::format::FormatArgs;
use crate::error::Result;
use crate::ingest::table::parse_number;

/// Columns and numbers that describe how the sample was drawn.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sampling design")]
pub struct DesignArgs {
    /// Column of the weights; without it every row counts 1
    #[arg(long, short = 'w', value_name = "COLUMN")]
    pub weight: Option<String>,
    /// Column of the strata, crossed ones as S:T; of several stages: S,S2
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub strata: Vec<String>,
    /// Column of the sampling units; of several stages: P,P2; every row is a unit without it
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub psu: Vec<String>,
    /// Column (or number) of units in the population of the row's stratum, stage by stage: N,N2
    #[arg(long, value_name = "COLUMN|N", value_delimiter = ',', conflicts_with = "sampling_fraction")]
    pub population_size: Vec<String>,
    /// Column (or number) of the share of units that was sampled, stage by stage
    #[arg(long, value_name = "COLUMN|F", value_delimiter = ',')]
    pub sampling_fraction: Vec<String>,
    /// Column (or number) of the inclusion probabilities of units that vary within strata, stage by stage
    #[arg(long, value_name = "COLUMN|P", value_delimiter = ',', conflicts_with_all = ["population_size", "sampling_fraction"])]
    pub probabilities: Vec<String>,
    /// How the variance takes unequal probabilities [default: brewer]
    #[arg(long, value_name = "APPROXIMATION", value_enum)]
    pub joint: Option<JointName>,
    /// Yates and Grundy's variance from joint probabilities, in place of Horvitz and Thompson's
    #[arg(long)]
    pub yates_grundy: bool,
    /// Labels of units start anew in each stratum
    #[arg(long)]
    pub nest: bool,
    /// Strata with one sampled unit: `fail` names them and stops; R's `adjust` is `center` [default: fail]
    #[arg(long, value_name = "POLICY", value_enum)]
    pub lonely_psu: Option<LonelyName>,
    /// With `--lonely-psu collapse`: the stratum that a lonely one joins
    #[arg(long, value_name = "LONELY=OTHER")]
    pub collapse: Vec<String>,
    /// Treat strata as lonely, too, of which a group holds one unit out of several (center, average)
    #[arg(long)]
    pub adjust_domain_lonely: bool,
    /// A stratum that stands for itself, with the design effect of the clustering within; its respondents are its units
    #[arg(long, value_name = "STRATUM=DEFF")]
    pub self_representing: Vec<String>,
    /// Columns of replicate weights by name or pattern, such as 'rep*'
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', requires = "replicate_type")]
    pub replicates: Vec<String>,
    /// The method that made the replicate weights
    #[arg(long, value_name = "TYPE", value_enum, requires = "replicates")]
    pub replicate_type: Option<ReplicateType>,
    /// The share that the lighter half keeps (fay)
    #[arg(long, value_name = "SHARE", requires = "replicates")]
    pub rho: Option<f64>,
    /// Factor of the replicate variance; that of the method by default
    #[arg(long, value_name = "FACTOR", requires = "replicates")]
    pub scale: Option<f64>,
    /// Factor of each replicate, or one for all
    #[arg(long, value_name = "FACTOR", value_delimiter = ',', requires = "replicates")]
    pub rscales: Vec<f64>,
    /// Deviations from the full-sample estimate instead of the mean of the replicates; `--mse=false` for acs
    #[arg(
        long,
        requires = "replicates",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_name = "BOOL"
    )]
    pub mse: Option<bool>,
    /// The replicate columns are factors on the weight
    #[arg(long, requires = "replicates")]
    pub replicate_factors: bool,
    /// Texts that mean "no value", such as NA; the empty cell always does
    #[arg(long, value_name = "TEXT", value_delimiter = ',', allow_hyphen_values = true)]
    pub na: Vec<String>,
    /// How the text of the file is written.
    #[command(flatten)]
    pub format: FormatArgs,
    /// Take the design from a file; flags given beside it replace its keys
    #[arg(long, value_name = "FILE")]
    pub design: Option<PathBuf>,
    /// The record of `opros weight`: weights are adjusted anew, so that the variance knows what was done
    #[arg(long, value_name = "FILE")]
    pub calibrated_by: Option<PathBuf>,
}

impl DesignArgs {
    /// The design that file and flags describe together.
    ///
    /// # Errors
    ///
    /// An unusable design file, or flags that cannot be understood.
    pub fn spec(&self) -> Result<DesignFile> {
        let mut spec = match &self.design {
            Some(path) => DesignFile::read(path)?,
            None => DesignFile::default(),
        };
        let replace = |names: &mut Names, given: &[String]| {
            if !given.is_empty() {
                *names = given.to_vec().into();
            }
        };
        spec.weight = self.weight.clone().or(spec.weight);
        replace(&mut spec.strata, &self.strata);
        replace(&mut spec.psu, &self.psu);
        if !(self.population_size.is_empty() && self.sampling_fraction.is_empty()) {
            spec.population_size = self.population_size.clone().into();
            spec.sampling_fraction = self.sampling_fraction.clone().into();
        }
        replace(&mut spec.probabilities, &self.probabilities);
        spec.joint = self.joint.or(spec.joint);
        spec.yates_grundy |= self.yates_grundy;
        replace(&mut spec.missing, &self.na);
        let FormatArgs { delimiter, encoding, decimal } = self.format.clone();
        spec.delimiter = delimiter.or(spec.delimiter);
        spec.encoding = encoding.or(spec.encoding);
        spec.decimal = decimal.or(spec.decimal);
        spec.nest |= self.nest;
        spec.adjust_domain_lonely |= self.adjust_domain_lonely;
        spec.lonely_psu = self.lonely_psu.or(spec.lonely_psu);
        if !self.collapse.is_empty() {
            spec.collapse = self.collapse.iter().map(|pair| join(pair)).collect::<Result<_>>()?;
        }
        if !self.self_representing.is_empty() {
            spec.self_representing = self.self_representing.iter().map(|pair| own(pair)).collect::<Result<_>>()?;
        }
        if let Some(kind) = self.replicate_type {
            spec.replicates = Some(ReplicateTable {
                columns: self.replicates.clone().into(),
                kind,
                rho: self.rho,
                scale: self.scale,
                rscales: self.rscales.clone(),
                mse: self.mse,
                factors: self.replicate_factors,
            });
        }
        check(&spec)?;
        phases::check(&spec)?;
        Ok(spec)
    }
}

fn join(pair: &str) -> Result<Join> {
    match pair.split_once('=') {
        Some((stratum, into)) => Ok(Join { stratum: stratum.to_owned(), into: into.to_owned() }),
        None => Err(unusable(
            "E41",
            "--collapse",
            format!("`{pair}` does not say which stratum joins which"),
            "write `--collapse lonely=other`",
        )),
    }
}

fn own(pair: &str) -> Result<(String, f64)> {
    let parts = pair.rsplit_once('=').and_then(|(stratum, deff)| Some((stratum.to_owned(), parse_number(deff)?)));
    parts.ok_or_else(|| {
        let message = format!("`{pair}` does not say which stratum has which design effect");
        unusable("E41", "--self-representing", message, "write `--self-representing stratum=1.5`")
    })
}

fn check(spec: &DesignFile) -> Result<()> {
    let is_fay = |table: &ReplicateTable| table.kind == ReplicateType::Fay;
    let has_populations = !spec.population_size.is_empty() || !spec.sampling_fraction.is_empty();
    let problem = if !spec.collapse.is_empty() && spec.lonely_psu != Some(LonelyName::Collapse) {
        ("strata to join are named, but lonely strata do not collapse", "add `--lonely-psu collapse`")
    } else if spec.adjust_domain_lonely && !matches!(spec.lonely_psu, Some(LonelyName::Center | LonelyName::Average)) {
        (
            "`--adjust-domain-lonely` does not say how strata are treated of which a group holds one unit",
            "add `--lonely-psu center` or `--lonely-psu average`, or drop `--adjust-domain-lonely`",
        )
    } else if !spec.population_size.is_empty() && !spec.sampling_fraction.is_empty() {
        ("both population sizes and sampling fractions are given", "give one of them: each follows from the other")
    } else if !spec.probabilities.is_empty() && has_populations {
        (
            "both inclusion probabilities and populations are given",
            "give probabilities only where they vary within strata",
        )
    } else if spec.probabilities.is_empty() && (spec.joint.is_some() || spec.yates_grundy) {
        ("a variance of unequal probabilities needs the probabilities", "add `--probabilities P`")
    } else if spec.yates_grundy && matches!(spec.joint, None | Some(JointName::Brewer)) {
        ("Yates and Grundy's variance needs joint probabilities", "add `--joint overton` or `--joint hartley-rao`")
    } else if spec.replicates.as_ref().is_some_and(|table| is_fay(table) != table.rho.is_some()) {
        ("the share rho belongs to replicates of type fay, and only to them", "add `--rho` for fay, drop it otherwise")
    } else {
        return Ok(());
    };
    Err(unusable("E41", "the sampling design", problem.0, problem.1))
}
