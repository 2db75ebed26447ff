//! What of a result is drawn: its value, interval and look.

use crate::analysis::result::{Flag, ResultRecord};
use crate::chart::spec::{Color, Interval, PointLook, SeriesPoint, Shape};

/// The estimate, where there is one that may be shown; a base under 30 is not.
pub(super) fn shown(record: &ResultRecord) -> Option<f64> {
    let value = record.estimate.estimate.filter(|value| value.is_finite());
    value.filter(|_| !has(record, Flag::BaseUnder30))
}

/// The interval, where there is one.
pub(super) fn interval(record: &ResultRecord) -> Option<Interval> {
    let limit = |value: Option<f64>| value.filter(|v| v.is_finite());
    Some(Interval { low: limit(record.estimate.ci_low)?, high: limit(record.estimate.ci_high)? })
}

/// Does the result carry the flag?
pub(super) fn has(record: &ResultRecord, flag: Flag) -> bool {
    record.flags.contains(&flag)
}

/// Is the base so small that the mark says so?
pub(super) fn is_faint(record: &ResultRecord) -> bool {
    has(record, Flag::BaseUnder50) || has(record, Flag::BaseUnder100)
}

/// A number with the mark of its base: `[66%]` under 50, `66%*` under 100, as it is from there on.
pub(super) fn guarded(record: &ResultRecord, number: String) -> String {
    match () {
        () if has(record, Flag::BaseUnder50) => format!("[{number}]"),
        () if has(record, Flag::BaseUnder100) => format!("{number}*"),
        () => number,
    }
}

/// Symbol and colour of a point.
pub(super) fn look(record: &ResultRecord, color: Color) -> PointLook {
    PointLook {
        color,
        shape: if has(record, Flag::OptIn) { Shape::Diamond } else { Shape::Circle },
        is_open: has(record, Flag::NAssumed),
        is_faint: is_faint(record),
    }
}

/// The point of a series; none where the result belongs to no time or has no estimate.
pub(super) fn series_point(record: &ResultRecord) -> Option<SeriesPoint> {
    Some(SeriesPoint {
        x: record.when?.mid_year(),
        value: shown(record)?,
        interval: interval(record),
        is_open: has(record, Flag::NAssumed),
        is_opt_in: has(record, Flag::OptIn),
        is_faint: is_faint(record),
        starts_segment: has(record, Flag::SegmentChange),
        is_sparse: [Flag::OneHouse, Flag::NoPollNear].into_iter().any(|flag| has(record, flag)),
        is_after_gap: false,
    })
}

/// All values that an axis must show: the estimates and the limits of their intervals.
pub(super) fn extent<'a>(records: impl Iterator<Item = &'a ResultRecord>) -> (f64, f64) {
    let mut range = (f64::INFINITY, f64::NEG_INFINITY);
    for record in records {
        let Some(value) = shown(record) else { continue };
        let interval = interval(record).unwrap_or(Interval { low: value, high: value });
        range = (range.0.min(value).min(interval.low), range.1.max(value).max(interval.high));
    }
    range
}
