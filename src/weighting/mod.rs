//! New weights from old ones, with a record of how: raking, post-stratification, calibration, trimming.
