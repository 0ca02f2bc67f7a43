//! A relay that takes every mail and forgets it.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Listens for as long as the benchmark runs.
pub async fn start() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A peer that hangs up in the middle concerns nobody here.
            tokio::spawn(converse(stream));
        }
    });
    Ok(address)
}

async fn converse(stream: TcpStream) -> Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 bench\r\n").await?;
    let mut line = Vec::new();
    let mut in_message = false;
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answer: &[u8] = if in_message {
            if line != b".\r\n" {
                continue;
            }
            in_message = false;
            b"250 taken\r\n"
        } else if line.starts_with(b"DATA") {
            in_message = true;
            b"354 go on\r\n"
        } else if line.starts_with(b"QUIT") {
            return Ok(stream.write_all(b"221 bye\r\n").await?);
        } else {
            b"250 bench\r\n"
        };
        stream.write_all(answer).await?;
    }
}
