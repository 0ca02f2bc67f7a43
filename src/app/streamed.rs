//! Bytes that stream in: judged by content, hashed, sealed in chunks, never held whole.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use secrecy::zeroize::Zeroizing;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::{AppError, Office};
use crate::{
    store::StoreError,
    vault::{VaultError, chunks::ChunkSealer, seal::Aad},
};

/// How long an upload may stand still before its place is given to somebody else.
const STALLED: Duration = Duration::from_secs(20);
/// Bytes that tell the type of a file.
const HEAD_BYTES: usize = 8;
/// Characters of a stored file name.
const NAME_CHARACTERS: usize = 120;

/// Why an upload came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error(transparent)]
    App(#[from] AppError),
    /// The client went away or stood still.
    #[error("the upload broke off")]
    BrokenOff,
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl From<sqlx::Error> for UploadError {
    fn from(error: sqlx::Error) -> Self {
        Self::App(error.into())
    }
}

impl From<VaultError> for UploadError {
    fn from(error: VaultError) -> Self {
        Self::App(error.into())
    }
}

/// Where a file is stored: first its row, then its chunks, which refer to the row.
pub(in crate::app) trait Sink {
    /// Its type is known; what is known only at the end is written at the end.
    async fn begin(&mut self, conn: &mut PgConnection, media_type: &'static str) -> Result<(), AppError>;
    async fn chunk(&mut self, conn: &mut PgConnection, number: i32, sealed: &[u8]) -> Result<(), AppError>;
}

/// What is known of a file when its last byte has come.
pub(in crate::app) struct Received {
    pub byte_count: i64,
    pub chunk_count: i32,
    pub sha256: Vec<u8>,
}

/// Streams the bytes into sealed chunks at `place`.
pub(in crate::app) async fn receive<B: AsRef<[u8]>, E>(
    office: &Office,
    conn: &mut PgConnection,
    place: Aad,
    sink: &mut impl Sink,
    mut bytes: impl Stream<Item = Result<B, E>> + Unpin,
) -> Result<Received, UploadError> {
    let limit_bytes = office.rules.limits.upload_max_bytes;
    let mut sealer = ChunkSealer::new(&office.vault, place);
    let mut hasher = Sha256::new();
    let mut head = Zeroizing::new(Vec::with_capacity(HEAD_BYTES));
    let mut known = false;
    let (mut total, mut chunks) = (0_usize, 0_i32);
    loop {
        let piece = match tokio::time::timeout(STALLED, bytes.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(None) => break,
            Ok(Some(Err(_))) | Err(_) => return Err(UploadError::BrokenOff),
        };
        let piece = piece.as_ref();
        total += piece.len();
        if total > limit_bytes {
            return Err(AppError::TooLarge { limit_bytes }.into());
        }
        if !known {
            let missing = HEAD_BYTES - head.len();
            head.extend_from_slice(&piece[..piece.len().min(missing)]);
            if head.len() == HEAD_BYTES {
                let media_type = media_type(&head).ok_or(AppError::UnsupportedFile)?;
                sink.begin(conn, media_type).await?;
                known = true;
            }
        }
        hasher.update(piece);
        for sealed in sealer.push(piece)? {
            sink.chunk(conn, chunks, &sealed).await?;
            chunks += 1;
        }
    }
    if !known {
        return Err(AppError::UnsupportedFile.into());
    }
    sink.chunk(conn, chunks, &sealer.finish()?).await?;
    Ok(Received {
        byte_count: i64::try_from(total).map_err(|_| AppError::TooLarge { limit_bytes })?,
        chunk_count: chunks + 1,
        sha256: hasher.finalize().to_vec(),
    })
}

/// PDF, JPEG or PNG, by the bytes that every such file begins with.
fn media_type(head: &[u8]) -> Option<&'static str> {
    [
        ("application/pdf", b"%PDF-".as_slice()),
        ("image/jpeg", &[0xff, 0xd8, 0xff]),
        ("image/png", &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a]),
    ]
    .into_iter()
    .find_map(|(media_type, magic)| head.starts_with(magic).then_some(media_type))
}

/// The last part of a path, without control characters and signs that reverse the reading direction.
pub(in crate::app) fn clean_name(given: &str) -> Result<String, AppError> {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let name: String =
        last.chars().filter(shown).collect::<String>().trim().chars().take(NAME_CHARACTERS).collect();
    if matches!(name.as_str(), "" | "." | "..") {
        Err(AppError::fault("/file_name", "required", "Nama berkas wajib ada."))
    } else {
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        assert_eq!(media_type(b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(media_type(&[0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0]), Some("image/jpeg"));
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n"), Some("image/png"));
        for other in [b"MZ\x90\0\x03\0\0\0".as_slice(), b"<html>..", b"PK\x03\x04....", b"GIF89a..", b""] {
            assert_eq!(media_type(other), None);
        }
    }

    #[test]
    fn a_file_name_keeps_no_path_and_nothing_that_does_not_show() {
        assert_eq!(clean_name("C:\\data\\surat permohonan.pdf").unwrap(), "surat permohonan.pdf");
        assert_eq!(clean_name("../../etc/passwd").unwrap(), "passwd");
        assert_eq!(clean_name("a\r\nb\u{202e}fdp.exe").unwrap(), "abfdp.exe");
        assert_eq!(clean_name(&"é".repeat(200)).unwrap().chars().count(), NAME_CHARACTERS);
        for nothing in ["", " ", "a/", "..", "\n"] {
            assert!(matches!(clean_name(nothing), Err(AppError::Invalid(_))));
        }
    }
}
