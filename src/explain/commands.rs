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
        means: "The output file or the new column exists, the new column would take the place of the base weight, or the output is a file that the command reads, a device, or in a folder that does not exist.",
        why: "Data, or weights that were used in earlier results, would be lost.",
        fix: "Choose another name, or add `--force`. The base weight and what the command reads are never overwritten.",
    },
    Entry {
        code: "E46",
        title: "unusable targets",
        means: "The table of targets has a row that cannot be understood, or shares that do not add up to 1.",
        why: "Weights would be fitted to a population that does not exist.",
        fix: "The columns are variable, level, and total or share; shares are between 0 and 1, and those of a variable add up to 1.",
    },
    Entry {
        code: "E47",
        title: "number of a poll out of range",
        means: "A share is below 0 or above everybody, a number interviewed is below 1, or a design effect lies outside 0.1 to 100.",
        why: "One wrong digit moves a pooled level, and its own error would claim that it is right.",
        fix: "Correct the cell, or leave it empty where the number is not known. Shares from 0 to 100 are named with `--percent`, those from 0 to 1 with `--share`.",
    },
    Entry {
        code: "E48",
        title: "date of a poll not understood",
        means: "A date is missing, is written otherwise than 2014-03-18, 2014-03 or 2014, or a field ends before it begins.",
        why: "A trend needs every poll at its time; a poll at a wrong one moves the level before and after.",
        fix: "Write the year first, with hyphens. Give the month alone where the day is not known: such polls stay out of steps in that month.",
    },
    Entry {
        code: "E49",
        title: "event outside the polls",
        means: "An event lies before the first or after the last poll of the table.",
        why: "A change is told from polls on both sides; with one side there is nothing to compare.",
        fix: "Correct the date, take more polls, or leave the event out.",
    },
];
