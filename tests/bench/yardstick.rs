//! The yardstick: what a plain Polars scan on String columns takes for the point estimates alone, without inference.

use std::path::Path;

use polars::prelude::{ChunkAgg, ChunkFilter, PolarsResult, SortMultipleOptions};
use polars::prelude::{Column, DataFrame, DataType, Float64Chunked, GroupsIndicator, ParquetReader, SerReader};

use super::measure::{Times, repeat};

/// What is measured.
pub const NAME: &str = "Polars 0.55.2 (feature parquet, eager, String columns, 1 thread, system allocator)";

/// The time of the scan that belongs to a workload; `None` where there is none.
pub fn scan(workload: &str, data: &Path, size: &str, runs: usize) -> Result<Option<Times>, String> {
    scan_of(workload, data, size, runs).map_err(|error| error.to_string())
}

fn scan_of(workload: &str, data: &Path, size: &str, runs: usize) -> PolarsResult<Option<Times>> {
    let survey = data.join(format!("survey_{size}.parquet"));
    let measured = |work: &dyn Fn() -> PolarsResult<f64>| {
        let (sum, times) = repeat(runs, || work().map_err(|error| error.to_string()))
            .map_err(|error| polars::error::polars_err!(ComputeError: "{error}"))?;
        std::hint::black_box(sum);
        Ok(Some(times))
    };
    match workload {
        "W1" => {
            let table = read(&survey, &["weight", "stalin_positive"])?;
            measured(&|| weighted_mean(&table, "stalin_positive"))
        }
        "W2" | "W8" => {
            let table = read(&survey, &["weight", "settlement_type", "wave", "answer"])?;
            measured(&|| group_sums(&table, &["settlement_type", "wave", "answer"], &[column(&table, "weight")?]))
        }
        "W3" => {
            let table = read(&survey, &["weight", "region", "income", "hh_size"])?;
            measured(&|| {
                let weight = column(&table, "weight")?;
                let products = ["income", "hh_size"].map(|name| Ok(&weight * &column(&table, name)?));
                group_sums(&table, &["region"], &products.into_iter().collect::<PolarsResult<Vec<_>>>()?)
            })
        }
        "W4" => {
            let table = read(&survey, &["weight", "income"])?;
            measured(&|| {
                let sorted = table.sort(["income"], SortMultipleOptions::default())?;
                Ok(column(&sorted, "weight")?.get(0).unwrap_or(0.0))
            })
        }
        "W5" => {
            let names: Vec<String> = (1..=80).map(|r| format!("rep{r:03}")).collect();
            let mut wanted = vec!["weight", "region", "putin_approve"];
            wanted.extend(names.iter().map(String::as_str));
            let table = read(&data.join(format!("reps_{size}.parquet")), &wanted)?;
            measured(&|| {
                let y = column(&table, "putin_approve")?;
                let mut sums = Vec::with_capacity(162);
                for name in std::iter::once("weight").chain(names.iter().map(String::as_str)) {
                    let weight = column(&table, name)?;
                    sums.push(&weight * &y);
                    sums.push(weight);
                }
                group_sums(&table, &["region"], &sums)
            })
        }
        "W6" => {
            let margins = ["sex", "age_group", "education", "region"];
            let table = read(&survey, &["weight", "sex", "age_group", "education", "region"])?;
            measured(&|| {
                let weight = [column(&table, "weight")?];
                margins.iter().map(|margin| group_sums(&table, &[margin], &weight)).sum()
            })
        }
        "W9" => {
            let table = read(&survey, &["weight", "putin_approve"])?;
            measured(&|| weighted_mean(&table, "putin_approve"))
        }
        "W10" => measured(&|| {
            let table = read(&survey, &["weight", "settlement_type", "wave", "answer"])?;
            group_sums(&table, &["settlement_type", "wave", "answer"], &[column(&table, "weight")?])
        }),
        _ => Ok(None),
    }
}

/// Some columns of a file; numbers as f64.
fn read(path: &Path, columns: &[&str]) -> PolarsResult<DataFrame> {
    let columns = columns.iter().map(|name| (*name).to_owned()).collect();
    let table = ParquetReader::new(std::fs::File::open(path)?).with_columns(Some(columns)).finish()?;
    let plain = |column: &Column| match column.dtype() {
        DataType::Int32 => column.cast(&DataType::Float64),
        _ => Ok(column.clone()),
    };
    let mut table = DataFrame::new(table.height(), table.columns().iter().map(plain).collect::<PolarsResult<_>>()?)?;
    table.rechunk_mut_par();
    Ok(table)
}

fn column(table: &DataFrame, name: &str) -> PolarsResult<Float64Chunked> {
    Ok(table.column(name)?.f64()?.clone())
}

fn weighted_mean(table: &DataFrame, name: &str) -> PolarsResult<f64> {
    let (weight, y) = (column(table, "weight")?, column(table, name)?);
    let (weight, y) = match y.null_count() {
        0 => (weight, y),
        _ => (weight.filter(&y.is_not_null())?, y.filter(&y.is_not_null())?),
    };
    Ok((&weight * &y).sum().unwrap_or(0.0) / weight.sum().unwrap_or(1.0))
}

/// Groups by Polars, sums over its groups; the sum of all keeps the work from being left out.
fn group_sums(table: &DataFrame, by: &[&str], values: &[Float64Chunked]) -> PolarsResult<f64> {
    let grouped = table.group_by(by.iter().copied())?;
    let mut all = 0.0;
    for values in values {
        let values: Vec<&[f64]> = values.downcast_iter().map(|chunk| chunk.values().as_slice()).collect();
        let [values] = values.as_slice() else { continue };
        for group in grouped.get_groups().iter() {
            let sum: f64 = match group {
                GroupsIndicator::Idx((_, rows)) => rows.iter().map(|row| values[*row as usize]).sum(),
                GroupsIndicator::Slice([first, length]) => values[first as usize..][..length as usize].iter().sum(),
            };
            all += sum;
        }
    }
    Ok(all)
}
