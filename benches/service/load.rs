//! A client that costs little: HTTP/1.1 over connections that stay open, no more of it than the service's answers need.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Barrier,
    task::JoinSet,
};

/// A request as bytes, with the status that it must get.
#[derive(Clone)]
pub struct Prepared {
    bytes: Vec<u8>,
    expected: u16,
}

impl Prepared {
    /// A page as a browser with this cookie asks for it.
    pub fn page(path: &str, cookie: &str) -> Self {
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: bench\r\naccept: text/html\r\ncookie: {cookie}\r\n\r\n");
        Self { bytes: head.into_bytes(), expected: 200 }
    }

    pub fn post(path: &str, headers: &[(&str, &str)], body: &serde_json::Value, expected: u16) -> Self {
        let body = body.to_string();
        let mut head = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            for part in [name, ": ", value, "\r\n"] {
                head.push_str(part);
            }
        }
        Self { bytes: format!("{head}\r\n{body}").into_bytes(), expected }
    }
}

/// How long a run took, and each of its requests.
pub struct Taken {
    pub whole: Duration,
    pub each: Vec<Duration>,
}

/// Sends the requests over as many connections as there are lists, each connection one after the other. Every list
/// begins with `warm` requests that are not counted; `begin` is called when the counting begins.
pub async fn send(
    address: SocketAddr,
    lists: Vec<Vec<Prepared>>,
    warm: usize,
    begin: impl FnOnce() -> Result<()>,
) -> Result<Taken> {
    let barrier = Arc::new(Barrier::new(lists.len() + 1));
    let mut connections = JoinSet::new();
    for list in lists {
        connections.spawn(one_connection(address, list, warm, Arc::clone(&barrier)));
    }
    // First everybody is warm, then the figures are read, then everybody runs.
    barrier.wait().await;
    begin()?;
    barrier.wait().await;
    let start = Instant::now();
    let mut each = Vec::new();
    while let Some(done) = connections.join_next().await {
        each.extend(done??);
    }
    each.sort_unstable();
    Ok(Taken { whole: start.elapsed(), each })
}

async fn one_connection(
    address: SocketAddr,
    list: Vec<Prepared>,
    warm: usize,
    barrier: Arc<Barrier>,
) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(16 * 1024);
    let (before, counted) = list.split_at(warm);
    let mut warmed = Ok(());
    for request in before {
        warmed = exchange(&mut stream, request, &mut buffer).await;
        if warmed.is_err() {
            break;
        }
    }
    // Also after a failure: the others wait here.
    barrier.wait().await;
    barrier.wait().await;
    warmed?;
    let mut each = Vec::with_capacity(counted.len());
    for request in counted {
        let begun = Instant::now();
        exchange(&mut stream, request, &mut buffer).await?;
        each.push(begun.elapsed());
    }
    Ok(each)
}

/// Sends one request and reads its whole answer into the buffer.
pub async fn exchange(stream: &mut TcpStream, request: &Prepared, buffer: &mut Vec<u8>) -> Result<()> {
    stream.write_all(&request.bytes).await?;
    buffer.clear();
    let end = loop {
        ensure!(stream.read_buf(buffer).await? > 0, "the service closed the connection");
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = std::str::from_utf8(&buffer[..end])?.to_ascii_lowercase();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .context("an answer without content-length")?
        .trim()
        .parse()?;
    while buffer.len() < end + length {
        ensure!(stream.read_buf(buffer).await? > 0, "the service closed the connection");
    }
    let status: u16 = head.get(9..12).context("no status")?.parse()?;
    ensure!(
        status == request.expected,
        "status {status}, not {}: {}",
        request.expected,
        String::from_utf8_lossy(&buffer[end..])
    );
    Ok(())
}
