//! A file that arrives piece by piece, for who reads it in a thread of its own.

use std::io::{self, Read};

use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;

/// A registry of 800,000 taxpayers is two thirds of it.
pub const MOST_REGISTRY_BYTES: usize = 256 * 1024 * 1024;
/// Pieces of a file that wait to be read.
pub const PIECES_WAITING: usize = 8;

/// What arrives.
#[derive(Debug)]
pub enum Piece {
    Bytes(Bytes),
    /// Nothing more comes. Without it the file broke off.
    End,
}

/// Reads what arrives. A file that breaks off is an error and never looks like a shorter one.
#[derive(Debug)]
pub struct Arriving {
    pieces: mpsc::Receiver<Piece>,
    at_hand: Bytes,
    ended: bool,
}

impl Arriving {
    pub fn new(pieces: mpsc::Receiver<Piece>) -> Self {
        Self { pieces, at_hand: Bytes::new(), ended: false }
    }
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at_hand.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Bytes(bytes)) => self.at_hand = bytes,
                Some(Piece::End) => self.ended = true,
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it broke off")),
            }
        }
        let piece = self.at_hand.split_to(self.at_hand.len().min(buffer.len()));
        buffer[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

/// Why a file did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotArrived {
    BrokeOff,
    TooLarge,
}

/// Passes the pieces of a file on as they arrive, at most so many bytes of it. Only a file that came whole is ended.
pub async fn pass_on<S, E>(
    bytes: &mut S,
    most_bytes: usize,
    pieces: mpsc::Sender<Piece>,
) -> Result<(), NotArrived>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let mut size = 0;
    while let Some(piece) = bytes.next().await {
        let piece = piece.map_err(|_| NotArrived::BrokeOff)?;
        size += piece.len();
        if size > most_bytes {
            return Err(NotArrived::TooLarge);
        }
        // Nobody reads any more after the import has failed: the rest is let through.
        let _ = pieces.send(Piece::Bytes(piece)).await;
    }
    let _ = pieces.send(Piece::End).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: Vec<Piece>) -> io::Result<String> {
        let (sender, arriving) = mpsc::channel(4);
        for piece in pieces {
            sender.try_send(piece).unwrap();
        }
        drop(sender);
        let mut whole = String::new();
        Arriving::new(arriving).read_to_string(&mut whole).map(|_| whole)
    }

    #[test]
    fn a_file_that_breaks_off_never_looks_like_a_shorter_one() {
        let piece = |text: &'static str| Piece::Bytes(Bytes::from_static(text.as_bytes()));
        assert_eq!(
            read(vec![piece("nama,"), piece(""), piece("npwp15\n"), Piece::End]).unwrap(),
            "nama,npwp15\n"
        );
        assert_eq!(read(vec![Piece::End]).unwrap(), "");
        assert_eq!(read(vec![piece("nama,")]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
