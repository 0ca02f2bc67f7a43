//! [`Deflate`]: one compressor for all streams of a file.

use flate2::{Compress, Compression, FlushCompress, Status};

/// A third of the best level's time for a twentieth more bytes.
pub const LEVEL: u32 = 2;

/// A compressor of its own for each stream would take longer to set up than to run: its tables have 300 KiB.
pub struct Deflate(Compress);

impl Deflate {
    pub fn new() -> Self {
        Self(Compress::new(Compression::new(LEVEL), true))
    }

    /// As zlib writes it, which PDF calls `FlateDecode`.
    pub fn compressed(&mut self, content: &[u8]) -> Result<Vec<u8>, String> {
        self.0.reset();
        let mut bytes = Vec::with_capacity(content.len() / 2 + 128);
        loop {
            let read = usize::try_from(self.0.total_in()).map_err(|error| error.to_string())?;
            let rest = content.get(read..).unwrap_or_default();
            let status = self.0.compress_vec(rest, &mut bytes, FlushCompress::Finish);
            if status.map_err(|error| error.to_string())? == Status::StreamEnd {
                return Ok(bytes);
            }
            bytes.reserve(content.len() / 2 + 128);
        }
    }
}
