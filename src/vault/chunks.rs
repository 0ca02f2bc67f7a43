//! Sealing of documents in chunks, so that an upload streams through without being held whole.
//!
//! Each chunk is bound to its number and to whether it is the last one. Chunks that are left out, doubled, swapped,
//! or cut off at the end do not open as a document.

use secrecy::zeroize::{Zeroize, Zeroizing};

use super::seal::Aad;
use super::{Vault, VaultError};

/// Bytes of plaintext in every chunk but the last, which may be shorter.
pub const CHUNK_BYTES: usize = 256 * 1024;

impl Vault {
    /// Seals chunk `index` (from 0) of the document at `aad`.
    pub fn seal_chunk(
        &self,
        aad: &Aad,
        index: u32,
        last: bool,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        self.seal_part(aad, &part(index, last), plaintext)
    }

    /// Opens chunk `index`. `last` is what the reader knows: no chunk follows this one.
    pub fn open_chunk(
        &self,
        aad: &Aad,
        index: u32,
        last: bool,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.open_part(aad, &part(index, last), sealed)
    }

    /// Opens a whole document from its chunks in order.
    pub fn open_chunks<C: AsRef<[u8]>>(
        &self,
        aad: &Aad,
        chunks: &[C],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        // A document has at least one chunk, even an empty one: nothing at all is a document cut off at the start.
        if chunks.is_empty() {
            return Err(VaultError::NotAuthentic);
        }
        // Room for everything at once: growing would leave copies of the plaintext behind in freed memory.
        let mut whole =
            Zeroizing::new(Vec::with_capacity(chunks.iter().map(|chunk| chunk.as_ref().len()).sum()));
        for (position, chunk) in chunks.iter().enumerate() {
            let index = u32::try_from(position).map_err(|_| VaultError::TooLong)?;
            let opened = self.open_chunk(aad, index, position + 1 == chunks.len(), chunk.as_ref())?;
            whole.extend_from_slice(&opened);
        }
        Ok(whole)
    }
}

fn part(index: u32, last: bool) -> [u8; 10] {
    let mut part = *b"chunk\0\0\0\0\0";
    part[5..9].copy_from_slice(&index.to_be_bytes());
    part[9] = u8::from(last);
    part
}

/// Turns a stream of byte pieces of any size into sealed chunks.
///
/// Holds back the newest bytes until it is known whether they are the last chunk: call [`ChunkSealer::finish`].
pub struct ChunkSealer<'v> {
    vault: &'v Vault,
    aad: Aad,
    next: u32,
    pending: Vec<u8>,
}

impl<'v> ChunkSealer<'v> {
    pub fn new(vault: &'v Vault, aad: Aad) -> Self {
        Self { vault, aad, next: 0, pending: Vec::with_capacity(CHUNK_BYTES) }
    }

    /// Takes more bytes; returns the chunks that are complete, in order.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, VaultError> {
        let mut sealed = Vec::new();
        while !bytes.is_empty() {
            if self.pending.len() == CHUNK_BYTES {
                sealed.push(self.seal_pending(false)?);
            }
            let (taken, rest) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.pending.len()));
            self.pending.extend_from_slice(taken);
            bytes = rest;
        }
        Ok(sealed)
    }

    /// Seals what is left as the last chunk.
    pub fn finish(mut self) -> Result<Vec<u8>, VaultError> {
        self.seal_pending(true)
    }

    fn seal_pending(&mut self, last: bool) -> Result<Vec<u8>, VaultError> {
        let sealed = self.vault.seal_chunk(&self.aad, self.next, last, &self.pending)?;
        self.pending.clear();
        self.next = self.next.checked_add(1).ok_or(VaultError::TooLong)?;
        Ok(sealed)
    }
}

impl Drop for ChunkSealer<'_> {
    fn drop(&mut self) {
        self.pending.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn place() -> Aad {
        Aad::new("documents", "chunks", Uuid::from_u128(5))
    }

    fn sealed(vault: &Vault, document: &[u8], piece: usize) -> Vec<Vec<u8>> {
        let mut sealer = ChunkSealer::new(vault, place());
        let mut chunks = Vec::new();
        for bytes in document.chunks(piece) {
            chunks.extend(sealer.push(bytes).unwrap());
        }
        chunks.push(sealer.finish().unwrap());
        chunks
    }

    fn three_chunks(vault: &Vault) -> Vec<Vec<u8>> {
        sealed(vault, &vec![42; 2 * CHUNK_BYTES + 1], 60_000)
    }

    #[test]
    fn a_document_is_cut_at_256_kib_whatever_the_pieces_are() {
        let vault = Vault::ephemeral([1; 32]).unwrap();

        for (bytes, expected) in [
            (0, 1),
            (1, 1),
            (CHUNK_BYTES, 1),
            (CHUNK_BYTES + 1, 2),
            (2 * CHUNK_BYTES, 2),
            (2 * CHUNK_BYTES + 1, 3),
        ] {
            for piece in [8_000, CHUNK_BYTES, 5 * CHUNK_BYTES] {
                let document: Vec<u8> = (0..=u8::MAX).cycle().take(bytes).collect();
                let chunks = sealed(&vault, &document, piece);
                assert_eq!(chunks.len(), expected);
                assert_eq!(*vault.open_chunks(&place(), &chunks).unwrap(), document);
            }
        }
    }

    #[test]
    fn a_document_without_its_end_does_not_open() {
        let vault = Vault::ephemeral([1; 32]).unwrap();
        let mut chunks = three_chunks(&vault);

        while chunks.pop().is_some() {
            assert!(vault.open_chunks(&place(), &chunks).is_err());
        }
    }

    #[test]
    fn chunks_in_another_order_do_not_open() {
        let vault = Vault::ephemeral([1; 32]).unwrap();
        for (one, other) in [(0, 1), (1, 2), (0, 2)] {
            let mut chunks = three_chunks(&vault);
            chunks.swap(one, other);
            assert!(vault.open_chunks(&place(), &chunks).is_err());
        }
    }

    #[test]
    fn a_chunk_left_out_or_doubled_is_noticed() {
        let vault = Vault::ephemeral([1; 32]).unwrap();
        let mut left_out = three_chunks(&vault);
        left_out.remove(1);
        let mut doubled = three_chunks(&vault);
        doubled.insert(1, doubled[1].clone());

        assert!(vault.open_chunks(&place(), &left_out).is_err());
        assert!(vault.open_chunks(&place(), &doubled).is_err());
    }

    #[test]
    fn a_chunk_of_another_document_does_not_fit_in() {
        let vault = Vault::ephemeral([1; 32]).unwrap();
        let foreign =
            vault.seal_chunk(&Aad::new("documents", "chunks", Uuid::from_u128(6)), 1, false, b"x").unwrap();
        let mut chunks = three_chunks(&vault);
        chunks[1] = foreign;

        assert!(vault.open_chunks(&place(), &chunks).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn one_flipped_bit_in_any_chunk_is_noticed(chunk in 0..3usize, position: prop::sample::Index, bit in 0..8u32) {
            let vault = Vault::ephemeral([1; 32]).unwrap();
            let mut chunks = three_chunks(&vault);

            let at = position.index(chunks[chunk].len());
            chunks[chunk][at] ^= 1u8 << bit;

            prop_assert!(vault.open_chunks(&place(), &chunks).is_err());
        }
    }
}
