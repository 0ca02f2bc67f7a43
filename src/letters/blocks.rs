//! The structure of a letter between Markdown and layout.

/// One of the four faces of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaceName {
    Regular,
    Bold,
    Italic,
    Mono,
}

#[cfg(test)]
impl FaceName {
    pub const ALL: [Self; 4] = [Self::Regular, Self::Bold, Self::Italic, Self::Mono];
}

/// Text in one face. `struck` text has a line through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub face: FaceName,
    pub struck: bool,
}

/// Text up to the next line break of the wording; the layout may need several printed lines for it.
pub type Line = Vec<Span>;

/// Part of the letter with a look of its own, marked in the wording by `<!-- name -->` and `<!-- /name -->`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    Body,
    /// `kop`: letterhead, centred, above a double rule.
    Letterhead,
    /// `judul`: title of a receipt or list, centred.
    Title,
    /// `label`: small, at the right.
    Label,
    /// `tanda-tangan`: right half of the page, on one page with the paragraph above it.
    Signature,
    /// `segel`: small, below the signature and part of its block.
    Seal,
    /// `tanda-tangan-ganda`: a table whose columns are two signatures side by side, with room for ink.
    Signatures,
    /// `kaki`: small, below the signature.
    Foot,
    /// `catatan`: small, below a short rule.
    Note,
    /// `diktum`: considerations and articles of a decree; names of rows stand at the left margin.
    Decree,
    /// A leading block quote: printed in the top margin of every page and takes no room from the letter.
    Margin,
}

impl Region {
    pub fn from_marker(name: &str) -> Option<Self> {
        match name {
            "kop" => Some(Self::Letterhead),
            "judul" => Some(Self::Title),
            "label" => Some(Self::Label),
            "tanda-tangan" => Some(Self::Signature),
            "segel" => Some(Self::Seal),
            "tanda-tangan-ganda" => Some(Self::Signatures),
            "kaki" => Some(Self::Foot),
            "catatan" => Some(Self::Note),
            "diktum" => Some(Self::Decree),
            _ => None,
        }
    }
}

/// A row of Nomor/Sifat/Lampiran/Hal; `right` is the date, in the first row only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceRow {
    pub key: Line,
    pub value: Line,
    pub right: Line,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// `marker` is the number or letter of an enumeration and hangs left of the text; `depth` counts its levels;
    /// `tight` says that the wording has no empty lines between the items.
    Paragraph {
        lines: Vec<Line>,
        marker: Option<Line>,
        depth: u8,
        tight: bool,
    },
    Reference(Vec<ReferenceRow>),
    /// Rows of name and value, with the colon between.
    KeyValue {
        rows: Vec<(Line, Line)>,
        depth: u8,
    },
    /// A table with a header and borders.
    Grid {
        /// Columns whose texts stand at the right.
        right: Vec<bool>,
        header: Vec<Line>,
        rows: Vec<Vec<Line>>,
    },
    /// The boxed code.
    Code {
        text: String,
        depth: u8,
    },
    /// A QR code that holds the address of the verification page, with a few words beside it.
    Qr {
        address: String,
        caption: Vec<String>,
    },
    /// `<!-- ruang -->`: room for a signature in ink.
    Room,
}

/// A block and the part of the letter it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub region: Region,
    pub block: Block,
}
