//! Wall time, processor time and peak memory of the process.

use std::time::{Duration, Instant};

/// Times of some runs of one piece of work.
pub struct Times {
    wall: Vec<Duration>,
    /// Mean of the runs: the system counts in ticks, so that the shortest would look too short.
    cpu: Duration,
}

/// Runs work several times and keeps the last result.
pub fn repeat<T>(runs: usize, mut work: impl FnMut() -> Result<T, String>) -> Result<(T, Times), String> {
    let mut times = Times { wall: Vec::new(), cpu: Duration::ZERO };
    let mut last = None;
    let before = cpu_time();
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        last = Some(work()?);
        times.wall.push(start.elapsed());
    }
    times.cpu = cpu_time().saturating_sub(before) / u32::try_from(runs.max(1)).unwrap_or(1);
    times.wall.sort();
    last.map(|result| (result, times)).ok_or_else(|| "no run".to_owned())
}

impl Times {
    /// Prints the row of a workload.
    pub fn print(&self, workload: &str) {
        let ms = |d: Duration| d.as_secs_f64() * 1e3;
        println!(
            "{workload:<8} {:>9.1} {:>10.1} {:>8.1} {:>9.0}",
            ms(self.wall[0]),
            ms(self.wall[self.wall.len() / 2]),
            ms(self.cpu),
            peak_mib()
        );
    }

    /// Prints the row of the yardstick, and what multiple of it the workload took, by processor time.
    pub fn print_yardstick(&self, workload: &Times) {
        let ms = |d: Duration| d.as_secs_f64() * 1e3;
        let multiple = ms(workload.cpu) / ms(self.cpu);
        println!(
            "  Polars {:>9.1} {:>10.1} {:>8.1}    {multiple:.2} x",
            ms(self.wall[0]),
            ms(self.wall[self.wall.len() / 2]),
            ms(self.cpu)
        );
    }
}

/// Processor time of all threads of the process; 0 where the system does not tell.
fn cpu_time() -> Duration {
    let nanoseconds = |task: std::fs::DirEntry| {
        let line = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    Duration::from_nanos(tasks.filter_map(nanoseconds).sum())
}

/// The largest memory that the process held, in MiB; 0 where the system does not tell.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("");
    let kib = line.split_whitespace().nth(1).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    kib / 1024.0
}
