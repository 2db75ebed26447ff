//! One answer by age and period, and the same people again by year of birth: an age–period–cohort display.
//!
//! Age is period less year of birth, so no table can tell three separate effects apart: a rise in all ages may be a change of
//! times or the arrival of other cohorts everywhere. The display shows both ways of cutting and leaves the reading to people who
//! know more than the table.

use thiserror::Error;

use crate::design::{Codes, Domains, MISSING, SurveyDesign};
use crate::estimate::{EstimateError, Estimates, Options, proportions};

/// Bands of age: `[from, from + width − 1]`, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeBands {
    /// Youngest age shown.
    pub from: u32,
    /// Years in a band; cohorts are as wide.
    pub width: u32,
    /// Number of bands; older people are left out.
    pub n_bands: u32,
}

/// A cell of the display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApcCell {
    /// Year of the interviews.
    pub period: i32,
    /// First and last age, or first and last year of birth.
    pub band: (i32, i32),
    /// Position of its share in the estimates.
    pub position: usize,
}

/// An answer by age and period, and by cohort and period.
#[derive(Debug, Clone)]
pub struct ApcDisplay {
    /// Shares of the answer with n, intervals and covariance.
    pub by_age: Estimates,
    pub age_cells: Vec<ApcCell>,
    pub by_cohort: Estimates,
    /// Ordered by cohort: its cells are the diagonal that its people walk through the ages.
    pub cohort_cells: Vec<ApcCell>,
}

/// Why there is no display.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ApcError {
    #[error("{what} has {got} values, expected {expected}")]
    Length { what: &'static str, got: usize, expected: usize },
    #[error("`{answer}` is no answer of the question\n  got: {answer}, expected one of: {answers}")]
    UnknownAnswer { answer: String, answers: String },
    #[error("bands of {width} years, {n_bands} of them\n  expected: 1 or more of each")]
    NoBands { width: u32, n_bands: u32 },
    #[error(
        "{n_periods} periods over {span} years, and bands of {width}\n  hint: cohorts move by the years between periods; bands must not be wider than that span"
    )]
    TooShort { n_periods: usize, span: i32, width: u32 },
    #[error(transparent)]
    Estimate(#[from] EstimateError),
}

/// Shares of an answer by age band and period, and by birth cohort and period, under the design.
///
/// # Definition
/// Year of birth = year of interview − age at interview (right to one year). Cohorts are as wide as the bands and counted so that the last
/// period's bands are cohorts. Each cell is a domain of the whole design.
///
/// # Shapes and units
/// One answer, age (whole years, NaN for unknown) and year a row. Rows without an answer, age or within no band stay out; their sampling
/// units count in the variance.
///
/// # Errors
/// Lengths that differ, an answer that nobody could give, no bands; fewer than three periods, or periods that span fewer years than a band is
/// wide: within them nobody leaves the band, so age and cohort are the same groups of people.
///
/// # References
/// Glenn (2005), *Cohort Analysis*, Sage, chapters 1 and 2 (standard cohort tables and the identification problem).
pub fn age_period_cohort(
    design: &SurveyDesign,
    (answers, answer): (&Codes, &str),
    ages: &[f64],
    years: &[i32],
    bands: AgeBands,
    mask: &[bool],
    options: &Options,
) -> Result<ApcDisplay, ApcError> {
    let n = design.n_rows();
    let lengths = [
        ("the answers", answers.len()),
        ("the ages", ages.len()),
        ("the years", years.len()),
        ("the mask", mask.len()),
    ];
    for (what, got) in lengths {
        if got != n {
            return Err(ApcError::Length { what, got, expected: n });
        }
    }
    let Some(which) = answers.labels().iter().position(|label| label == answer) else {
        return Err(ApcError::UnknownAnswer { answer: answer.to_owned(), answers: answers.labels().join(", ") });
    };
    let AgeBands { from, width, n_bands } = bands;
    if width == 0 || n_bands == 0 {
        return Err(ApcError::NoBands { width, n_bands });
    }
    let (from, width, n_bands) = (from as i32, width as i32, n_bands as i32);
    let age = |i: usize| (ages[i] - f64::from(from) >= 0.0).then(|| ages[i].floor() as i32);
    let is_in = |i: usize| mask[i] && answers.codes()[i] != MISSING && design.weights()[i] > 0.0;
    let member = |i: usize| age(i).filter(|age| is_in(i) && *age < from + width * n_bands);
    let mut periods: Vec<i32> = (0..n).filter(|i| member(*i).is_some()).map(|i| years[i]).collect();
    periods.sort_unstable();
    periods.dedup();
    let last = periods.last().copied().unwrap_or(0);
    let span = last - periods.first().copied().unwrap_or(0);
    if periods.len() < 3 || span < width {
        return Err(ApcError::TooShort { n_periods: periods.len(), span, width: width as u32 });
    }
    let floor_to = |value: i32, start: i32| start + (value - start).div_euclid(width) * width;
    // The band of the youngest in the last period is a cohort: born from last − (from + width − 1) to last − from.
    let first_born = last - (from + width - 1);
    let cut = |band: &dyn Fn(usize, i32) -> i32| -> Result<(Estimates, Vec<ApcCell>), ApcError> {
        let key = |i: usize| member(i).map(|age| (band(i, age), years[i]));
        let mut keys: Vec<(i32, i32)> = (0..n).filter_map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        let code = |i: usize| key(i).and_then(|key| keys.binary_search(&key).ok()).map_or(MISSING, |k| k as u32);
        let label = |(band, period): &(i32, i32)| format!("{band}–{} in {period}", band + width - 1);
        let codes = Codes::from_codes((0..n).map(code).collect(), keys.iter().map(label).collect());
        let shares = proportions(design, answers, &Domains::by(&codes), options)?;
        let cell = |(k, (band, period)): (usize, &(i32, i32))| ApcCell {
            period: *period,
            band: (*band, band + width - 1),
            position: k * answers.n_labels() + which,
        };
        let cells = keys.iter().enumerate().map(cell).collect();
        Ok((shares, cells))
    };
    let (by_age, age_cells) = cut(&|_, age| floor_to(age, from))?;
    let (by_cohort, cohort_cells) = cut(&|i, age| floor_to(years[i] - age, first_born))?;
    Ok(ApcDisplay { by_age, age_cells, by_cohort, cohort_cells })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;

    struct People {
        design: SurveyDesign,
        answers: Codes,
        ages: Vec<f64>,
        years: Vec<i32>,
    }

    /// Three waves ten years apart; those born from 1960 on say yes more often, whenever they are asked.
    fn people() -> People {
        let mut draws = Stream::named(4, "cohorts");
        let (mut ages, mut years, mut answers, mut weights) = (vec![], vec![], vec![], vec![]);
        for year in [1990, 2000, 2010] {
            for _ in 0..2000 {
                let age = 20.0 + (60.0 * draws.uniform()).floor();
                let share = if f64::from(year) - age >= 1960.0 { 0.7 } else { 0.3 };
                answers.push(if draws.uniform() < share { "yes" } else { "no" });
                ages.push(age);
                years.push(year);
                weights.push(0.5 + draws.uniform());
            }
        }
        let design = SurveyDesign::builder().weights(&weights).build().unwrap();
        People { design, answers: Codes::from_labels(&answers), ages, years }
    }

    const BANDS: AgeBands = AgeBands { from: 20, width: 10, n_bands: 6 };

    fn display(people: &People, bands: AgeBands) -> Result<ApcDisplay, ApcError> {
        let mask = vec![true; people.ages.len()];
        let answer = (&people.answers, "yes");
        age_period_cohort(&people.design, answer, &people.ages, &people.years, bands, &mask, &Options::default())
    }

    #[test]
    fn a_cohort_keeps_its_answer_while_ages_change_theirs() {
        let people = people();
        let shown = display(&people, BANDS).unwrap();
        let share = |e: &Estimates, cell: &ApcCell| e.get(cell.position).unwrap().clone();
        for cell in &shown.cohort_cells {
            let found = share(&shown.by_cohort, cell);
            // Born 1961 to 1970 and later, or before 1960.
            if cell.band.0 >= 1961 || cell.band.1 < 1960 {
                let want = if cell.band.0 >= 1961 { 0.7 } else { 0.3 };
                let distance = (found.value.unwrap() - want) / found.se.unwrap();
                assert!(distance.abs() < 4.0, "{cell:?}: {distance}");
            }
        }
        let at_forty = |period| {
            let cell = shown.age_cells.iter().find(|c| c.band == (40, 49) && c.period == period).unwrap();
            share(&shown.by_age, cell).value.unwrap()
        };
        assert!(at_forty(2010) - at_forty(1990) > 0.3);
        assert_eq!(shown.age_cells.len(), 18);
        let n: usize = shown.age_cells.iter().map(|c| share(&shown.by_age, c).n).sum();
        assert_eq!(n, 6000);
        assert_eq!(n, shown.cohort_cells.iter().map(|c| share(&shown.by_cohort, c).n).sum::<usize>());
    }

    #[test]
    fn too_short_a_time_is_refused() {
        let mut people = people();
        assert!(matches!(display(&people, AgeBands { width: 30, ..BANDS }), Err(ApcError::TooShort { .. })));
        assert!(matches!(display(&people, AgeBands { width: 0, ..BANDS }), Err(ApcError::NoBands { .. })));
        people.years.iter_mut().for_each(|year| *year = 2000);
        assert!(matches!(display(&people, BANDS), Err(ApcError::TooShort { n_periods: 1, .. })));
    }
}
