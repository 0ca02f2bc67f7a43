//! A signature drawn on a screen: strokes on a sheet of fixed size, never a picture. Whatever is held here is within the
//! sheet, short enough to print and long enough to be a signature.

use std::fmt::{self, Write as _};

/// The sheet that is drawn on, in units of its own; the script of the pages knows the same numbers.
pub const WIDTH: u16 = 600;
pub const HEIGHT: u16 = 240;
/// Far more than a long name takes.
const MOST_STROKES: usize = 100;
const MOST_POINTS: usize = 3_000;
/// Each point at its longest.
const MOST_BYTES: usize = MOST_POINTS * "600,240 ".len();
/// All strokes together, in units: a slip of the finger or a tick is shorter.
const LEAST_LENGTH: u32 = 150;

type Point = (u16, u16);

/// Strokes as text: points `x,y` parted by spaces, strokes by semicolons.
#[derive(Clone, PartialEq, Eq)]
pub struct Ink(Vec<Vec<Point>>);

/// Why something is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InkError {
    #[error("nothing was drawn")]
    Empty,
    #[error("too little was drawn")]
    TooShort,
    #[error("too much was drawn")]
    TooLong,
    #[error("these are no strokes on the sheet")]
    Unreadable,
}

impl InkError {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Unreadable => "invalid_value",
        }
    }

    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::Empty => "Tanda tangan belum digambar.",
            Self::TooShort => "Tanda tangan terlalu pendek.",
            Self::TooLong => "Goresan tanda tangan terlalu banyak.",
            Self::Unreadable => "Goresan tanda tangan tidak terbaca.",
        }
    }
}

impl Ink {
    /// Reads strokes that anybody may have sent.
    pub fn parse(text: &str) -> Result<Self, InkError> {
        if text.len() > MOST_BYTES {
            return Err(InkError::TooLong);
        }
        let strokes: Vec<Vec<Point>> = text
            .split(';')
            .map(str::trim)
            .filter(|stroke| !stroke.is_empty())
            .map(|stroke| stroke.split_ascii_whitespace().map(point).collect())
            .collect::<Option<_>>()
            .ok_or(InkError::Unreadable)?;
        if strokes.is_empty() {
            return Err(InkError::Empty);
        }
        if strokes.len() > MOST_STROKES || strokes.iter().map(Vec::len).sum::<usize>() > MOST_POINTS {
            return Err(InkError::TooLong);
        }
        let length: u32 = strokes.iter().flat_map(|stroke| stroke.windows(2)).map(distance).sum();
        if length < LEAST_LENGTH {
            return Err(InkError::TooShort);
        }
        Ok(Self(strokes))
    }

    #[must_use]
    pub fn strokes(&self) -> &[Vec<Point>] {
        &self.0
    }

    /// The strokes as a path of SVG, in units of the sheet.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        for stroke in &self.0 {
            for (index, (x, y)) in stroke.iter().enumerate() {
                let act = if index == 0 { 'M' } else { 'L' };
                // Writing into a text cannot fail.
                let _ = write!(path, "{act}{x} {y}");
            }
            // A dot is a line to where it begins.
            if let [(x, y)] = stroke[..] {
                let _ = write!(path, "L{x} {y}");
            }
        }
        path
    }
}

fn point(text: &str) -> Option<Point> {
    let (x, y) = text.split_once(',')?;
    let within = |text: &str, most: u16| {
        let digits = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|value| digits && *value <= most)
    };
    Some((within(x, WIDTH)?, within(y, HEIGHT)?))
}

/// The longer of the two ways along the edges: close enough, and whole.
fn distance(pair: &[Point]) -> u32 {
    match pair {
        [(x1, y1), (x2, y2)] => u32::from(x1.abs_diff(*x2).max(y1.abs_diff(*y2))),
        _ => 0,
    }
}

impl fmt::Display for Ink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, stroke) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ";" })?;
            for (index, (x, y)) in stroke.iter().enumerate() {
                write!(f, "{}{x},{y}", if index == 0 { "" } else { " " })?;
            }
        }
        Ok(())
    }
}

/// A signature never shows in logs.
impl fmt::Debug for Ink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ink").field("strokes", &self.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strokes_on_the_sheet_are_a_signature() {
        let ink = Ink::parse("0,0 600,240;10,20;5,5 5,9").unwrap();
        assert_eq!(ink.strokes(), [vec![(0, 0), (600, 240)], vec![(10, 20)], vec![(5, 5), (5, 9)]]);
        assert_eq!(ink.path(), "M0 0L600 240M10 20L10 20M5 5L5 9");
        assert_eq!(format!("{ink:?}"), "Ink { strokes: 3, .. }");
    }

    #[test]
    fn what_is_no_signature_says_why() {
        let many = |count: usize, one: &str| vec![one; count].join(";");
        for (text, error) in [
            (String::new(), InkError::Empty),
            (" ; ;".to_owned(), InkError::Empty),
            ("10,10 20,20".to_owned(), InkError::TooShort),
            (many(101, "0,0 9,9"), InkError::TooLong),
            ("0,0 ".repeat(3_001), InkError::TooLong),
            ("9".repeat(MOST_BYTES + 1), InkError::TooLong),
            ("0,0 601,0".to_owned(), InkError::Unreadable),
            ("0,0 0,241".to_owned(), InkError::Unreadable),
            ("0,0 +9,0".to_owned(), InkError::Unreadable),
            ("0,0 -9,0".to_owned(), InkError::Unreadable),
            ("0,0 1e2,0".to_owned(), InkError::Unreadable),
            ("0,0 0000000,0".to_owned(), InkError::Unreadable),
            ("data:image/png;base64,AAAA".to_owned(), InkError::Unreadable),
        ] {
            assert_eq!(Ink::parse(&text).map(drop), Err(error), "{}", &text[..text.len().min(40)]);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_what_is_read_stays_as_it_is(text in "[0-9,; x-]{0,200}") {
            if let Ok(ink) = Ink::parse(&text) {
                prop_assert_eq!(Ink::parse(&ink.to_string()), Ok(ink));
            }
        }

        #[test]
        fn any_strokes_on_the_sheet_are_kept(strokes in proptest::collection::vec(
            proptest::collection::vec((0..=WIDTH, 0..=HEIGHT), 1..20), 1..20)) {
            let ink = Ink(strokes);
            match Ink::parse(&ink.to_string()) {
                Ok(read) => prop_assert_eq!(read, ink),
                Err(error) => prop_assert_eq!(error, InkError::TooShort),
            }
        }
    }
}
