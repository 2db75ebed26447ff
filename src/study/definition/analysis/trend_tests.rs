//! Did a sparse series change?

use schemars::JsonSchema;
use serde::Deserialize;

/// Tests of a series of few polls: did it rise or fall, between which polls, could it have changed unseen?
///
/// Polls are compared only within one pollster, wording, office and mode. Results for each answer, with `<id>/<answer>` at
/// the front (`<id>` alone for a series of `results`):
///
/// - `/line`: change per ten years, with a level of its own for each pollster, wording, office and mode: for shares the slope
///   that the Cochran–Armitage test tests, for differences weighted least squares;
/// - `/sen`: Sen's slope per ten years with the Mann–Kendall test, exact where it can be;
/// - `/newey-west`: slope of a dense series (30 polls or more) with errors that allow autocorrelation;
/// - `/since-last/<poll>` and `/since-first/<poll>`: change to the poll from the one before and from the first whose standard error
///   is known, p values by Holm;
/// - `/first-last`: last poll minus first of the longest part, of those with a standard error; `/equivalence`: the same change against `margin`, with the
///   interval of twice the test's level; `/detectable` and `/detectable-line`: the smallest true change between two such
///   polls, and along a line over the whole time, that a test at 5 % finds with `power`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrendTestsAnalysis {
    /// Short name.
    pub id: String,
    /// The analysis of answers whose polls are tested.
    pub of: Option<String>,
    /// Its answers to test; all where empty.
    #[serde(default)]
    pub answers: Vec<String>,
    /// In place of `of`: ids of results in order of time that may all be compared with each other, such as differences of
    /// two answers to the same question. Their samples must be separate.
    #[serde(default)]
    pub results: Vec<String>,
    /// The change, in percentage points, below which a difference does not matter.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub margin: f64,
    /// The power of the smallest change that could have been shown.
    #[serde(default = "usual_power")]
    #[schemars(range(min = 0.5, max = 0.999))]
    pub power: f64,
}

/// Did several series change across events, each from the last poll before to the first after?
///
/// Results, for each event and series, with `<id>/<event>/<series>` at the front, a series being `<of>-<answer>`: the change from the last
/// poll that surely lies before the event to the first that surely lies after it, of those with a standard error, within one pollster,
/// wording, office and mode, p values by Holm over the series of the event; `…/detectable`, the smallest true change that a test at 5 %
/// finds with `power`. `<id>/<event>/pooled`, the mean change of all series that have both polls, signs turned where a series is
/// `against`, p values by Holm over the events; and `…/pooled/detectable`. Whatever happened between the two polls is in a change:
/// the further they lie apart, the less it says of the event.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcrossEventsAnalysis {
    /// Short name.
    pub id: String,
    /// Events, each alone.
    pub events: Vec<String>,
    /// The series.
    pub series: Vec<AcrossSeries>,
    /// The power of the smallest change that could have been shown.
    #[serde(default = "usual_power")]
    #[schemars(range(min = 0.5, max = 0.999))]
    pub power: f64,
}

/// An answer of an analysis of answers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcrossSeries {
    /// The analysis of answers.
    pub of: String,
    /// One of its answers.
    pub answer: String,
    /// Does it go down when the others go up?
    #[serde(default)]
    pub against: bool,
}

fn usual_power() -> f64 {
    0.8
}
