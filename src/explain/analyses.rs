//! Codes of analyses and claims that cannot be computed as they are declared.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "A01",
        title: "unknown name in an analysis",
        means: "An analysis names an answer, period, column or other thing that its data do not have.",
        why: "It would silently compute less than declared.",
        fix: "Take the name that the message proposes.",
    },
    Entry {
        code: "A02",
        title: "not a split",
        means: "A grouping of other than two places is used where two are compared.",
        why: "A difference has two sides.",
        fix: "Name a grouping of two nodes as `split`.",
    },
    Entry {
        code: "A03",
        title: "two results with one id",
        means: "Two results of a study have the same id.",
        why: "A reference to it would be ambiguous.",
        fix: "Give the analyses, polls or pairs different ids.",
    },
    Entry {
        code: "A04",
        title: "unlike numbers compared",
        means: "A pair subtracts numbers of different units or kinds of evidence.",
        why: "The difference means nothing.",
        fix: "Compare numbers of one kind.",
    },
    Entry {
        code: "A05",
        title: "impossible dependence",
        means: "A pair declares a dependence that its two results cannot have.",
        why: "The standard error of the difference would be wrong.",
        fix: "Declare the dependence that the two really have.",
    },
    Entry {
        code: "A06",
        title: "a label that is not sorted",
        means: "A place is not in the crosswalk, or an answer in no list of an outcome.",
        why: "Its rows have no meaning for the analysis.",
        fix: "Add the label to the crosswalk, or the answer to a list of the outcome.",
    },
    Entry {
        code: "A07",
        title: "overlapping periods",
        means: "Two periods that are compared share days.",
        why: "A ratio of rates needs separate periods.",
        fix: "Correct the dates of the periods.",
    },
    Entry {
        code: "A08",
        title: "reserved name",
        means: "A camp has a name that stands for something else.",
        why: "Two results would have one name.",
        fix: "Choose another name.",
    },
    Entry {
        code: "A09",
        title: "unusable design or survey",
        means: "A survey has no rows, no place, or weights or a design that cannot be used.",
        why: "Nothing can be estimated from it.",
        fix: "Correct the survey or the design as the message says.",
    },
    Entry {
        code: "A10",
        title: "template error",
        means: "A text refers to a result or function that does not exist, or its template does not parse.",
        why: "The report would have a gap where a number belongs.",
        fix: "Correct the expression at the marked place.",
    },
    Entry {
        code: "A11",
        title: "rule that does not parse",
        means: "The rule of a claim cannot be read, or gives neither true nor false.",
        why: "The claim cannot be judged.",
        fix: "Use `est`, `low`, `high`, `n` and comparisons.",
    },
    Entry {
        code: "A12",
        title: "claim without evidence",
        means: "A claim names a result that does not exist.",
        why: "It would be judged on nothing.",
        fix: "Take the id that the message proposes; `opros build` lists all results in results.json.",
    },
    Entry {
        code: "A13",
        title: "event that cannot be used",
        means: "An event of a pooled series has an end although it lasts, or is a pulse without an end after it.",
        why: "It would not say which times differ.",
        fix: "Give a pulse a later day as `until`, and steps and slopes none.",
    },
];
