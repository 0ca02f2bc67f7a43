//! Letters on their way: where each of them is, why the post brought one back, and how a collector shows who they are.

use std::{fmt, str::FromStr};

use super::names::named;

named! {
    /// Where an issued letter is. Every one is in exactly one of these, so that the daily balance adds up.
    LetterClass {
        /// Accepted by our relay and not bounced, or posted and not returned, or collected.
        Delivered = "delivered",
        /// On its way out: queued, waiting for print, post or its collector.
        Pending = "pending",
        /// Bounced, or brought back by the post.
        Returned = "returned",
        /// Nobody tries any more: given up by the mail queue or the section head, or replaced before it arrived.
        GivenUp = "given_up",
    }
}

named! {
    /// What is to be done with a letter on paper.
    PaperPlace {
        /// Nobody printed it for the way on which it leaves.
        Print = "print",
        /// In a batch that nobody printed.
        Batch = "batch",
        /// Printed, goes to the post.
        Post = "post",
        /// Printed, waits for its collector.
        Counter = "counter",
        /// The post brought it back, and nobody decided how it leaves now.
        Returned = "returned",
    }
}

named! {
    /// What the post wrote on the envelope that it brought back (*kempos*).
    ReturnReason {
        Moved = "moved",
        Unknown = "unknown",
        IncompleteAddress = "incomplete_address",
        Refused = "refused",
        Unclaimed = "unclaimed",
    }
}

impl ReturnReason {
    /// As people read it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Moved => "pindah alamat",
            Self::Unknown => "tidak dikenal",
            Self::IncompleteAddress => "alamat tidak lengkap",
            Self::Refused => "ditolak",
            Self::Unclaimed => "tidak diambil",
        }
    }
}

named! {
    /// The document that whoever collects a letter shows.
    IdentityKind { Ktp = "ktp", Sim = "sim", Paspor = "paspor", Kitas = "kitas" }
}

/// The last four characters of the number of an identity document, in capitals: enough to compare, too little to misuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastFour(String);

/// Not four letters or digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not four letters or digits")]
pub struct NotFour;

impl LastFour {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LastFour {
    type Err = NotFour;
    fn from_str(text: &str) -> Result<Self, NotFour> {
        let text = text.trim();
        let four = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        four.then(|| Self(text.to_ascii_uppercase())).ok_or(NotFour)
    }
}

/// The number of the post, as it is kept: in capitals and without spaces, so that one number is one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingNumber(String);

/// Not a number of the post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 6 to 40 letters, digits and hyphens")]
pub struct NotATrackingNumber;

impl TrackingNumber {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TrackingNumber {
    type Err = NotATrackingNumber;
    fn from_str(text: &str) -> Result<Self, NotATrackingNumber> {
        let kept: String =
            text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let right = (6..=40).contains(&kept.len())
            && kept.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && kept.bytes().any(|byte| byte.is_ascii_digit());
        if right { Ok(Self(kept)) } else { Err(NotATrackingNumber) }
    }
}

impl fmt::Display for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A postal address with the words in its middle hidden: `Jl. P*** C***, Jakarta Barat`. Numbers are hidden whole.
#[must_use]
pub fn masked_address(address: &str) -> String {
    let (street, rest) = address.split_once(',').unwrap_or((address, ""));
    let mask = |word: &str| match word.chars().next() {
        Some(_) if word.ends_with('.') && word.len() <= 4 => word.to_owned(),
        Some(first) if first.is_alphabetic() && word.chars().count() > 1 => format!("{first}***"),
        _ => "***".to_owned(),
    };
    let mut masked = street.split_whitespace().map(mask).collect::<Vec<_>>().join(" ");
    // City and province; a postcode says too much.
    for part in rest.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let words = part.split_whitespace().filter(|word| !word.bytes().any(|byte| byte.is_ascii_digit()));
        let words = words.collect::<Vec<_>>().join(" ");
        if !words.is_empty() {
            masked.push_str(", ");
            masked.push_str(&words);
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracking_number_is_one_text_however_it_was_typed() {
        let kept = |text: &str| text.parse::<TrackingNumber>().map(|number| number.to_string());

        assert_eq!(kept(" p2607 1300 42871 "), Ok("P26071300 42871".replace(' ', "")));
        for wrong in ["", "12345", "ABCDEF", "P26071300428_1", &"1".repeat(41)] {
            assert_eq!(kept(wrong), Err(NotATrackingNumber), "{wrong}");
        }
    }

    #[test]
    fn only_the_last_four_of_an_identity_number_are_taken() {
        assert_eq!("76a4".parse::<LastFour>().unwrap().as_str(), "76A4");
        for wrong in ["123", "12345", "3174012345677694", "12 4", "éé"] {
            assert_eq!(wrong.parse::<LastFour>(), Err(NotFour), "{wrong}");
        }
    }

    #[test]
    fn a_masked_address_keeps_the_city_and_hides_the_house() {
        assert_eq!(
            masked_address("Jl. Percobaan Cendana No. 13, Jakarta Barat, DKI Jakarta 11480"),
            "Jl. P*** C*** No. ***, Jakarta Barat, DKI Jakarta"
        );
        assert_eq!(masked_address(""), "");
    }
}
