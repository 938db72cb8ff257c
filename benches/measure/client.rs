//! A lean client: one connection kept alive, requests written as they are, answers read whole. It spends as little of the
//! machine as it can, because the program shares the machine with it.

use std::io::{Read, Write};
use std::net::TcpStream;

/// One connection to the program.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub fn open(address: &str) -> std::io::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: vec![0; 1 << 20] })
    }

    /// Sends a whole request and reads the whole answer.
    pub fn ask(&mut self, request: &[u8]) -> std::io::Result<Answer> {
        let bad = |text: &str| std::io::Error::other(text.to_owned());
        self.stream.write_all(request)?;
        let mut filled = 0;
        let head = loop {
            filled += self.more(filled)?;
            if let Some(at) = self.buffer[..filled].windows(4).position(|end| end == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).map_err(|_| bad("a head that is no text"))?;
        let status = text.get(9..12).and_then(|code| code.parse().ok()).ok_or_else(|| bad("no status"))?;
        let length: usize = text
            .lines()
            .find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")))
            .and_then(|(_, value)| value.trim().parse().ok())
            .ok_or_else(|| bad("an answer without its length"))?;
        if head + length > self.buffer.len() {
            self.buffer.resize(head + length, 0);
        }
        while filled < head + length {
            filled += self.more(filled)?;
        }
        Ok(Answer { status, body: self.buffer[head..head + length].to_vec() })
    }

    fn more(&mut self, filled: usize) -> std::io::Result<usize> {
        match self.stream.read(&mut self.buffer[filled..])? {
            0 => Err(std::io::Error::other("the program hung up")),
            read => Ok(read),
        }
    }
}

/// A request for a page, with the session of somebody signed in or none.
pub fn get(path: &str, session: Option<&str>) -> Vec<u8> {
    let cookie = session.map(|secret| format!("cookie: session={secret}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nhost: steward\r\n{cookie}\r\n").into_bytes()
}

/// The same by an open screen that refreshes its list.
pub fn get_list(path: &str, session: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: steward\r\ncookie: session={session}\r\nx-refresh: list chips\r\n\r\n")
        .into_bytes()
}

/// A document handed in.
pub fn post_json(path: &str, document: &str) -> Vec<u8> {
    let length = document.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: steward\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{document}"
    )
    .into_bytes()
}

/// A form sent by somebody signed in, from the program's own page.
pub fn post_form(path: &str, fields: &str, session: &str, address: &str) -> Vec<u8> {
    let length = fields.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\ncookie: session={session}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{fields}"
    )
    .into_bytes()
}
