//! What others claim, and the rule by which each claim is judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Text;

/// A row of the claims ledger.
///
/// The rule is stated before the result is known: three expressions over results, tried in the order
/// `contradicted`, `supported`, `partly`; where none holds, or a result that they need is missing or not
/// estimable, the claim is not testable with the data at hand. Expressions may use `est('id')`, `se('id')`,
/// `low('id')`, `high('id')`, `n('id')`, `known('id')` (is there an estimate?), comparisons, `and`, `or`, `not`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Short name, such as C01.
    pub id: String,
    /// The claim in our words.
    pub claim: Text,
    /// Is this the full test, or a first look that a later one replaces?
    pub test: TestDepth,
    /// Results that are printed as evidence; `*` stands for any text within a part of an id.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// The rule in words.
    pub rule: Text,
    /// When the claim is contradicted.
    pub contradicted: Option<String>,
    /// When it is supported.
    pub supported: Option<String>,
    /// When it is partly supported.
    pub partly: Option<String>,
    /// What to bear in mind.
    pub caveat: Text,
    /// What data would settle it.
    pub settle: Text,
}

/// How deep a test goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestDepth {
    /// A first look; a full test is still to come.
    FirstLook,
    /// The full test.
    Full,
}
