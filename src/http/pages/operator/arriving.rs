//! A file that arrives piece by piece, for who reads it in a thread of its own.

use std::io::{self, Read};

use actix_web::web::Bytes;
use tokio::sync::mpsc;

/// What arrives.
#[derive(Debug)]
pub(super) enum Piece {
    Bytes(Bytes),
    /// Nothing more comes. Without it the file broke off.
    End,
}

/// Reads what arrives. A file that breaks off is an error and never looks like a shorter one.
#[derive(Debug)]
pub(super) struct Arriving {
    pieces: mpsc::Receiver<Piece>,
    at_hand: Bytes,
    ended: bool,
}

impl Arriving {
    pub(super) fn new(pieces: mpsc::Receiver<Piece>) -> Self {
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
