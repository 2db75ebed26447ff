//! Workloads of survey estimation on generated tables: how long they take, how much memory, and what they give.
//!
//! `cargo bench --bench workloads -- --data DIR --size 1M [--only W2,W3] [--threads N] [--runs 5] [--out DIR] [--stream]
//! [--yardstick] [--check-naively]`
//!
//! W11, W11b, W11x and W12 take `polls.parquet`, whatever the size. Each workload runs in a process of its own. The table is loaded as codes before the clock starts, except in W10, which
//! is a whole process from Parquet to CSV. With `--out` the results are written as JSON, one file a workload.

mod book;
mod measure;
mod models;
mod naive;
mod table;
mod trends;
mod work;
mod yardstick;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Parser;

/// Arguments of the benchmark.
#[derive(Debug, Clone, Parser)]
pub struct Args {
    /// Folder with the generated tables.
    #[arg(long)]
    data: PathBuf,
    /// Size of the table, as in its file name.
    #[arg(long, default_value = "1M")]
    size: String,
    /// Workloads to run, separated by commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Threads.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Runs; the fastest, the median and the mean processor time are printed.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Folder for the results.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Stream the file instead of keeping the table in memory (W1 to W4).
    #[arg(long)]
    stream: bool,
    /// Run a plain Polars scan beside each workload and print its multiple.
    #[arg(long)]
    yardstick: bool,
    /// Compare with a second implementation in plain loops (W1, W2, W3, W10).
    #[arg(long)]
    check_naively: bool,
    /// Run one workload in this process.
    #[arg(long, hide = true)]
    child: Option<String>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(workload) = &args.child {
        return run_here(workload, &args);
    }
    if args.yardstick {
        println!("yardstick: {}", yardstick::NAME);
    }
    println!("workload   best ms  median ms   cpu ms  peak MiB");
    let mut is_fine = true;
    for workload in
        work::ALL.iter().chain(trends::ALL).filter(|w| args.only.is_empty() || args.only.iter().any(|only| only == *w))
    {
        let program = std::env::current_exe().unwrap_or_default();
        let mut child = Command::new(program);
        child.args(std::env::args().skip(1)).args(["--child", workload]);
        if args.yardstick {
            child.env("POLARS_MAX_THREADS", "1");
        }
        is_fine &= child.status().is_ok_and(|status| status.success());
    }
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_here(workload: &str, args: &Args) -> ExitCode {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build_global();
    if let Err(error) = pool {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    match work::run(workload, args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{workload}: {error}");
            ExitCode::FAILURE
        }
    }
}
