//! `steward`: the commands.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let command = steward::commands::Steward::parse();
    match steward::commands::run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("steward: {message}");
            ExitCode::FAILURE
        }
    }
}
