//! Decompression of request bodies.

use flate2::read::{GzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;
use std::io::Read;

/// The SDKs' largest documents have about 10 kB.
pub(super) const MAX_BODY: usize = 1 << 20;

/// Undoes a `Content-Encoding`. Signatures cover the decompressed bytes.
pub(super) fn unpack(packed: Vec<u8>, encoding: Option<&str>) -> Result<Vec<u8>, &'static str> {
    match encoding.unwrap_or("identity").trim().to_ascii_lowercase().as_str() {
        "identity" | "" => Ok(packed),
        "gzip" => bounded(GzDecoder::new(packed.as_slice())),
        "deflate" => bounded(ZlibDecoder::new(packed.as_slice())),
        "zstd" => bounded(StreamingDecoder::new(packed.as_slice()).map_err(|_| "the body is not zstd")?),
        _ => Err("the body's encoding is unknown"),
    }
}

fn bounded(reader: impl Read) -> Result<Vec<u8>, &'static str> {
    let mut body = Vec::new();
    let limit = u64::try_from(MAX_BODY).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(limit).read_to_end(&mut body).map_err(|_| "the body cannot be decompressed")?;
    if body.len() > MAX_BODY { Err("the body is too long") } else { Ok(body) }
}
