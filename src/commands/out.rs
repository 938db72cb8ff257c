//! What the commands say on the standard output. Whoever reads it may have heard enough, as `head` does: then the command
//! ends quietly.

use std::fmt::Arguments;
use std::io::{ErrorKind, Result, Stdout, Write};

/// The standard output. When nobody reads it any more the process ends, with success.
pub struct Out(Stdout);

impl Out {
    /// The one of this process.
    pub fn new() -> Out {
        Out(std::io::stdout())
    }
}

fn heard<T>(written: Result<T>) -> Result<T> {
    if written.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        std::process::exit(0);
    }
    written
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        heard(self.0.write(bytes))
    }

    fn flush(&mut self) -> Result<()> {
        heard(self.0.flush())
    }
}

/// Writes one line; the macro [`out`](crate::out) is how the commands call it. What cannot be written ends the process with a
/// failure, said on the standard error.
pub fn line(words: Arguments<'_>) {
    if let Err(error) = writeln!(Out::new(), "{words}") {
        eprintln!("steward: {error}");
        std::process::exit(1);
    }
}

/// Like `println!`, but without a panic when nobody reads.
#[macro_export]
macro_rules! out {
    ($($words:tt)*) => { $crate::commands::out::line(format_args!($($words)*)) };
}
