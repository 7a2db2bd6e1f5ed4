//! One connection to a server, with as little between us and the socket as will do: the generator shares its
//! processors with what it measures.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest wait for an answer; past it there is none.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that is opened at the latest when it is needed, and kept while the server keeps it.
pub(crate) struct Client {
    server: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Client {
    /// To this server.
    pub(crate) fn new(server: SocketAddr) -> Self {
        Self { server, stream: None, buffer: Vec::with_capacity(1_024) }
    }

    /// Sends a request and gives the status of the answer.
    ///
    /// # Errors
    ///
    /// When no answer came; whether the request was carried out is then unknown.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<u16> {
        let answered = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        let result = answered.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
        if result.is_err() {
            self.stream = None;
        }
        result
    }

    /// Opens the connection.
    ///
    /// # Errors
    ///
    /// When the server does not take it.
    pub(crate) async fn open(&mut self) -> Result<()> {
        self.stream = Some(connect(self.server).await?);
        Ok(())
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.server).await?,
        };
        // A server that refuses early may stop reading; its answer counts all the same.
        let written = stream.write_all(request).await;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break Head::parse(&self.buffer[..end], end + 4)?;
            }
            if stream.read_buf(&mut self.buffer).await? == 0 {
                written?;
                return Err(ErrorKind::UnexpectedEof.into());
            }
        };
        while self.buffer.len() < head.length {
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        if written.is_ok() && !head.closes {
            self.stream = Some(stream);
        }
        Ok(head.status)
    }
}

async fn connect(server: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

struct Head {
    status: u16,
    /// Of head and body together, in bytes.
    length: usize,
    closes: bool,
}

impl Head {
    fn parse(head: &[u8], body_starts: usize) -> Result<Self> {
        let nonsense = || Error::new(ErrorKind::InvalidData, "this is no answer");
        let text = std::str::from_utf8(head).map_err(|_| nonsense())?.to_ascii_lowercase();
        let status = text.get(9..12).and_then(|digits| digits.parse().ok()).ok_or_else(nonsense)?;
        let field = |name: &str| {
            text.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        let length: usize = field("content-length").and_then(|n| n.parse().ok()).ok_or_else(nonsense)?;
        Ok(Self { status, length: body_starts + length, closes: field("connection") == Some("close") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_an_answer_is_read() {
        let head = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 12\r\nconnection: close";

        let head = Head::parse(head, 100).expect("is an answer");

        assert_eq!((head.status, head.length, head.closes), (503, 112, true));
        assert!(Head::parse(b"SSH-2.0-OpenSSH_9.2p1 Debian", 30).is_err());
    }
}
