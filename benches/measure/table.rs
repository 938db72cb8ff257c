//! The table of figures, and the machine that they were taken on.

use super::load::Rate;
use std::fmt::Write;
use std::time::Duration;

/// The figures so far.
#[derive(Default)]
pub struct Table {
    text: String,
    /// The sentences of the part that is being written; they follow its last line.
    notes: String,
}

impl Table {
    /// Begins a part of the table.
    pub fn part(&mut self, title: &str, columns: &[&str]) {
        println!("\n{title}");
        let rule: Vec<&str> = columns.iter().enumerate().map(|(at, _)| if at == 0 { "---" } else { "---:" }).collect();
        self.end();
        let _ = write!(self.text, "\n## {title}\n\n| {} |\n| {} |\n", columns.join(" | "), rule.join(" | "));
    }

    /// Adds a line.
    pub fn line(&mut self, cells: &[String]) {
        println!("  {}", cells.join("  ·  "));
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    /// Adds a sentence under the table.
    pub fn note(&mut self, text: &str) {
        println!("  {text}");
        let _ = write!(self.notes, "\n{text}\n");
    }

    fn end(&mut self) {
        self.text.push_str(&std::mem::take(&mut self.notes));
    }

    /// The whole text.
    pub fn text(&mut self) -> &str {
        self.end();
        &self.text
    }
}

/// A rate's cells: median, spread, half and nearly all of the times.
pub fn rate_cells(name: &str, rate: &Rate) -> Vec<String> {
    vec![
        name.to_owned(),
        count(rate.median),
        format!("{}–{}", count(rate.spread.0), count(rate.spread.1)),
        time(rate.p50),
        time(rate.p99),
    ]
}

/// The columns of [`rate_cells`].
pub const RATE_COLUMNS: [&str; 5] = ["what", "per second", "worst–best round", "p50", "p99"];

/// A count with its thousands parted.
pub fn count(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A duration, in milliseconds with what digits it needs.
pub fn time(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1e3;
    if millis < 10.0 { format!("{millis:.2} ms") } else { format!("{millis:.0} ms") }
}

/// Bytes as MiB.
pub fn mebibytes(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20))
}

/// The machine in one sentence.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let kilobytes: u64 = field(&read("/proc/meminfo"), "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let rustc = std::process::Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned()).unwrap_or_default();
    format!(
        "{}, {cores} cores, {:.0} GiB of memory, Linux {}, {rustc}",
        field(&read("/proc/cpuinfo"), "model name"),
        kilobytes as f64 / f64::from(1 << 20),
        read("/proc/sys/kernel/osrelease").trim(),
    )
}
