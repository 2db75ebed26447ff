//! Wall time, processor time and peak memory of the process.

use std::time::{Duration, Instant};

/// Times of some runs of one piece of work.
pub struct Times {
    wall: Vec<Duration>,
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
    times.cpu = (cpu_time() - before) / u32::try_from(runs.max(1)).unwrap_or(1);
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
}

/// Processor time of the process, in clock ticks of 10 ms where the system tells it.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis(10 * (ticks(11) + ticks(12)))
}

/// The largest memory that the process held, in MiB; 0 where the system does not tell.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("");
    let kib = line.split_whitespace().nth(1).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    kib / 1024.0
}
