//! Codes of the everyday commands on anybody's data.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "E40",
        title: "unusable sampling design",
        means: "The columns that describe the sample contradict each other, or leave a variance that cannot be estimated: a stratum with one sampling unit, a unit in two strata, a population smaller than the sample.",
        why: "A standard error from a wrong design is wrong, most often too small, and nothing in the table would show it.",
        fix: "Correct the columns. Units numbered anew in each stratum need `--nest`; strata with one unit need a choice with `--lonely-psu`.",
    },
    Entry {
        code: "E41",
        title: "request without meaning",
        means: "Flags do not fit each other or the data: a level of 95, a ratio without a denominator, bounds that leave no room.",
        why: "There is nothing sensible that could be computed.",
        fix: "Follow the hint; `--help` begins with examples.",
    },
    Entry {
        code: "E42",
        title: "condition not understood",
        means: "The expression of `--where` cannot be read at the marked character, or names a column or label that the file does not have.",
        why: "A misspelt label would silently give an empty group.",
        fix: "Take what the message proposes. Columns stand bare or in `backticks`, labels in quotes where they hold spaces or signs; `and`, `or`, `not`, `in [..]` and `is missing` connect them.",
    },
    Entry {
        code: "E43",
        title: "weights cannot be adjusted",
        means: "Targets and sample do not fit: a level without respondents or without a target, margins with different sums, totals that no weights within the bounds reach, or a record that belongs to another file.",
        why: "Weights that miss their targets are no better than the old ones, and look as if they were.",
        fix: "Correct the targets, join small levels, or allow wider bounds and more iterations.",
    },
    Entry {
        code: "E44",
        title: "nothing can be estimated",
        means: "Every cell of the request is without an estimate or without a variance; the table gives the reason of each.",
        why: "A table without a number should not pass for a result.",
        fix: "Look at the reasons: groups may be empty, lie in one sampling unit, or hold rows without a value for which no handling was declared.",
    },
    Entry {
        code: "E45",
        title: "file or column would be overwritten",
        means: "The output file or the new column exists, or the new column would take the place of the base weight.",
        why: "Weights that were used in earlier results would be lost.",
        fix: "Choose another name, or add `--force`. The base weight is never overwritten.",
    },
    Entry {
        code: "E46",
        title: "unusable targets",
        means: "The table of targets has a row that cannot be understood, or shares that do not add up to 1.",
        why: "Weights would be fitted to a population that does not exist.",
        fix: "The columns are variable, level, and total or share; shares are between 0 and 1, and those of a variable add up to 1.",
    },
];
