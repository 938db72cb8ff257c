//! The program as it runs in production: the release binary in a process of its own.

use super::client::{Connection, get};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running program; it is stopped when this is dropped.
pub struct Program {
    child: Child,
    /// Its host and port.
    pub address: String,
    /// From its start to its first answer over HTTP.
    pub first_answer: Duration,
}

/// The binary to measure: the one that was built beside this, unless `STEWARD_BIN` names another.
pub fn binary() -> PathBuf {
    std::env::var_os("STEWARD_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_steward")), PathBuf::from)
}

impl Program {
    /// Starts it over a database that is ready, and waits for its first answer.
    pub fn start(database: &str, files: &Path) -> Program {
        Program::run(Command::new(binary()).args(["serve", "--database", database, "--files"]).arg(files))
    }

    /// The same with the settings of a city's folder.
    pub fn of_city(database: &str, files: &Path, city: &Path) -> Program {
        let mut command = Command::new(binary());
        Program::run(command.args(["serve", "--database", database, "--files"]).arg(files).arg("--city").arg(city))
    }

    fn run(command: &mut Command) -> Program {
        let began = Instant::now();
        let mut child = command
            .args(["--listen", "127.0.0.1:0"])
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("http://").map(|(_, address)| address.to_owned()))
            .expect("it says where it answers");
        let answer = Connection::open(&address).and_then(|mut connection| connection.ask(&get("/healthz", None)));
        assert_eq!(answer.expect("it answers").status, 200);
        Program { child, address, first_answer: began.elapsed() }
    }

    /// What it holds in memory, in bytes: now, and at most so far.
    pub fn memory(&self) -> (u64, u64) {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let kilobytes = |name: &str| -> u64 {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap_or_default()
        };
        (kilobytes("VmRSS") << 10, kilobytes("VmHWM") << 10)
    }

    /// The processor time that it has used, in ticks of 10 ms.
    pub fn cpu_ticks(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("its status");
        let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
        after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
