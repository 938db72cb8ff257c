//! The program as its own process, over a database and a folder of files.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The program, serving; killed without warning when it is dropped.
pub struct Program {
    pub child: Child,
    pub base: String,
}

impl Program {
    /// Over a database, with its files in a folder; it says only what is wrong with it.
    pub fn start(database: &str, files: &Path) -> Program {
        Program::with(database, files, &[])
    }

    /// The same with more in its environment.
    pub fn with(database: &str, files: &Path, more: &[(String, String)]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_steward"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database", database, "--files"])
            .arg(files)
            .env("RUST_LOG", "error")
            .envs(more.iter().cloned())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let base = lines.map_while(Result::ok).find_map(|line| line.find("http://").map(|at| line[at..].to_owned()));
        Program { child, base: base.expect("it says where it answers") }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
