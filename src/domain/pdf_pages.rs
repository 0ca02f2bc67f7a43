//! How many pages an uploaded PDF says it has.
//!
//! Uploads are anybody's bytes: this looks for the root of the page tree and follows nothing, takes time in proportion to the
//! file, unpacks at most [`MOST_UNPACKED`] bytes, and never fails. A whole reader would follow the tables of the file, which
//! may lead anywhere any number of times.

use std::io::Read;

use flate2::read::ZlibDecoder;

/// Object streams are unpacked up to here, all of a file together.
const MOST_UNPACKED: u64 = 16 * 1024 * 1024;
/// The dictionary of a page tree's root: a reference to each page takes about eight bytes.
const LONGEST_DICTIONARY: usize = 64 * 1024;
/// Dictionaries that are looked at, all of a file together.
const MOST_LOOKS: usize = 1_024;
const MOST_OBJECT_STREAMS: usize = 1_024;
/// Between the name of an object stream and its bytes.
const LONGEST_HEAD: usize = 1_024;
/// More than 5 MiB hold.
const MOST_PAGES: i32 = 50_000;

/// What may still be unpacked of a file. Both sides are bounded: a stream that holds nothing may be as long as the file, and its
/// head stand there a thousand times.
struct Budget {
    packed: usize,
    unpacked: u64,
}

/// What a PDF says of its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PdfPages {
    Counted(i32),
    /// Encrypted: whoever opens it may be asked for a password.
    Protected,
    /// No page tree is found: the file is broken, or was cut off.
    NotFound,
}

impl PdfPages {
    /// As it is stored.
    #[must_use]
    pub fn from_parts(count: Option<i32>, fault: Option<&str>) -> Option<Self> {
        match (count, fault) {
            (Some(count), _) => Some(Self::Counted(count)),
            (None, Some("protected")) => Some(Self::Protected),
            (None, Some(_)) => Some(Self::NotFound),
            (None, None) => None,
        }
    }

    #[must_use]
    pub fn count(self) -> Option<i32> {
        match self {
            Self::Counted(count) => Some(count),
            Self::Protected | Self::NotFound => None,
        }
    }

    /// The word for why the number is not known.
    #[must_use]
    pub fn fault(self) -> Option<&'static str> {
        match self {
            Self::Counted(_) => None,
            Self::Protected => Some("protected"),
            Self::NotFound => Some("not_found"),
        }
    }

    /// Looks for it.
    #[must_use]
    pub fn of(file: &[u8]) -> Self {
        if places(file, b"/Encrypt").any(|at| !is_regular(file.get(at + b"/Encrypt".len()))) {
            return Self::Protected;
        }
        let mut looks = MOST_LOOKS;
        let mut found = last_root(file, &mut looks);
        let mut left = Budget { packed: 2 * file.len(), unpacked: MOST_UNPACKED };
        for at in places(file, b"/ObjStm").take(MOST_OBJECT_STREAMS) {
            let Some(unpacked) = unpack(file, at, &mut left) else { continue };
            // The root that was written last is the one that counts.
            if let Some((_, count)) = last_root(&unpacked, &mut looks)
                && found.is_none_or(|(place, _)| place < at)
            {
                found = Some((at, count));
            }
        }
        found.map_or(Self::NotFound, |(_, count)| Self::Counted(count))
    }
}

/// Where these bytes stand.
fn places<'a>(file: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = wanted[0];
    file.iter()
        .enumerate()
        .filter(move |(at, byte)| **byte == first && file[*at..].starts_with(wanted))
        .map(|(at, _)| at)
}

/// A character that goes on with a name or a number.
fn is_regular(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| !byte.is_ascii_whitespace() && !b"\0()<>[]{}/%".contains(byte))
}

fn skip_space(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != 0);
    &bytes[start.unwrap_or(bytes.len())..]
}

/// What stands behind a key.
fn value<'a>(dictionary: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    places(dictionary, key)
        .map(|at| &dictionary[at + key.len()..])
        .find(|rest| !is_regular(rest.first()))
        .map(skip_space)
}

/// The page count of the last dictionary that is the root of a page tree: `/Type /Pages` without a parent.
fn last_root(bytes: &[u8], looks: &mut usize) -> Option<(usize, i32)> {
    let counted = places(bytes, b"/Pages").filter_map(|at| {
        let before = bytes[..at].trim_ascii_end();
        if is_regular(bytes.get(at + b"/Pages".len())) || !before.ends_with(b"/Type") {
            return None;
        }
        *looks = looks.checked_sub(1)?;
        let dictionary = around(bytes, before.len() - b"/Type".len())?;
        if value(dictionary, b"/Parent").is_some() {
            return None;
        }
        let count = value(dictionary, b"/Count")?;
        let digits = count.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let count: i32 = std::str::from_utf8(&count[..digits]).ok()?.parse().ok()?;
        (1..=MOST_PAGES).contains(&count).then_some((at, count))
    });
    counted.last()
}

/// The dictionary that the byte at a place belongs to: from its `<<` to its `>>`.
fn around(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let begin = at.saturating_sub(LONGEST_DICTIONARY);
    let mut depth = 0;
    let mut start = at;
    while depth >= 0 {
        let pair = bytes.get(start.checked_sub(2).filter(|low| *low >= begin)?..start)?;
        match pair {
            b"<<" => depth -= 1,
            b">>" => depth += 1,
            _ => {
                start -= 1;
                continue;
            }
        }
        start -= 2;
    }
    let mut depth = 0;
    let mut end = at;
    let last = bytes.len().min(at + LONGEST_DICTIONARY);
    while depth >= 0 {
        match bytes.get(end..end + 2).filter(|_| end < last)? {
            b"<<" => depth += 1,
            b">>" => depth -= 1,
            _ => {
                end += 1;
                continue;
            }
        }
        end += 2;
    }
    Some(&bytes[start..end])
}

/// The content of the object stream whose dictionary names its type here.
fn unpack(file: &[u8], at: usize, left: &mut Budget) -> Option<Vec<u8>> {
    let head = &file[at..file.len().min(at + LONGEST_HEAD)];
    let begin = at + places(head, b"stream").next()? + b"stream".len();
    let packed = file[begin..].strip_prefix(b"\r").unwrap_or(&file[begin..]);
    let packed = packed.strip_prefix(b"\n").unwrap_or(packed);
    let mut decoder = ZlibDecoder::new(&packed[..packed.len().min(left.packed)]);
    let mut unpacked = Vec::new();
    // Broken off or longer than allowed: what came until then may hold the root.
    let _ = decoder.by_ref().take(left.unpacked).read_to_end(&mut unpacked);
    left.packed = left.packed.saturating_sub(usize::try_from(decoder.total_in()).unwrap_or(usize::MAX));
    left.unpacked = left.unpacked.saturating_sub(decoder.total_out());
    (!unpacked.is_empty()).then_some(unpacked)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn with_object_stream(content: &[u8]) -> Vec<u8> {
        let packed = packed(content);
        let head = format!(
            "%PDF-1.7\n5 0 obj\n<</Type /ObjStm /N 2 /First 10 /Filter /FlateDecode /Length {}>>\nstream\r\n",
            packed.len()
        );
        [head.as_bytes(), &packed, b"\nendstream\nendobj\n"].concat()
    }

    #[test]
    fn the_root_of_the_page_tree_says_how_many_pages_there_are() {
        for (text, count) in [
            ("2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>>", 1),
            ("2 0 obj\n<<\n/Count 12\n/Kids[3 0 R 4 0 R]/Type/Pages/Resources<</Font<</F1 9 0 R>>>>>>", 12),
            // A branch of the tree has a parent.
            ("<</Type/Pages/Count 3>> <</Type/Pages/Parent 2 0 R/Count 2>>", 3),
            // Written again by whoever changed the file.
            ("<</Type/Pages/Count 3>> endobj trailer <</Root 1 0 R>> <</Type/Pages/Count 4>>", 4),
        ] {
            assert_eq!(PdfPages::of(text.as_bytes()), PdfPages::Counted(count), "{text}");
        }
        let packed =
            with_object_stream(b"1 0 2 20 <</Type/Catalog/Pages 2 0 R>> <</Type/Pages/Count 7/Kids[]>>");
        assert_eq!(PdfPages::of(&packed), PdfPages::Counted(7));
    }

    #[test]
    fn what_is_encrypted_or_holds_no_pages_is_told_apart() {
        assert_eq!(PdfPages::of(b"<</Type/Pages/Count 3>> trailer <</Encrypt 9 0 R>>"), PdfPages::Protected);
        for none in
            ["%PDF-1.7 contoh", "<</Type/Pages", "<</Type/Page/Count 3>>", "/Type/Pages/Count 3>>", ""]
        {
            assert_eq!(PdfPages::of(none.as_bytes()), PdfPages::NotFound, "{none}");
        }
        for wrong in ["0", "-3", "99999999999", "x", ""] {
            let text = format!("<</Type/Pages/Count {wrong}>>");
            assert_eq!(PdfPages::of(text.as_bytes()), PdfPages::NotFound, "{wrong}");
        }
        assert_eq!(PdfPages::of(b"<</Type/Pages/Counter 3/Encryption 1>>"), PdfPages::NotFound);
    }

    #[test]
    fn a_bomb_is_unpacked_to_its_limit_only() {
        let behind = |spaces: usize| {
            let content = [vec![b' '; spaces], b"<</Type/Pages/Count 3>>".to_vec()].concat();
            PdfPages::of(&with_object_stream(&content))
        };
        assert_eq!(behind(1024 * 1024), PdfPages::Counted(3));
        assert_eq!(behind(17 * 1024 * 1024), PdfPages::NotFound);
    }

    #[test]
    fn heads_of_streams_before_one_long_empty_stream_are_not_unpacked_to_its_end_each() {
        // A thousand heads, each before the same megabytes of deflate blocks that hold nothing.
        let heads = b"/ObjStm stream\n\x78\x9c".repeat(1_000);
        let empty = b"\x00\x00\x00\xff\xff".repeat(200_000);
        let file = [heads, empty].concat();
        let mut left = Budget { packed: 2 * file.len(), unpacked: MOST_UNPACKED };
        let tries = (0..50).filter(|_| {
            let before = left.packed;
            let _ = unpack(&file, file.len() - 1_000_000 - 18, &mut left);
            left.packed < before
        });
        assert!(tries.count() <= 3, "{}", left.packed);
        assert_eq!(PdfPages::of(&file), PdfPages::NotFound);
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = PdfPages::of(&bytes);
        }

        #[test]
        fn any_pieces_of_a_pdf_are_looked_at_without_panic(pieces in proptest::collection::vec(
            prop::sample::select(vec!["<<", ">>", "/Type", "/Pages", "/Count", " 3", "/Parent", "/ObjStm", "stream\n", "x\u{9c}", " ", "["]),
            0..60,
        )) {
            let _ = PdfPages::of(pieces.concat().as_bytes());
        }
    }
}
