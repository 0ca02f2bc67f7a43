//! Values that come from people print literally: neither Markdown nor HTML in them has any meaning.
//!
//! While the wording is being filled in, every ASCII character of a value that is not a letter or digit is moved to a
//! block of private-use code points. Markdown sees only ordinary letters there; afterwards the characters are moved
//! back. Unlike backslashes this cannot be undone by the value itself, and `**{{ name }}**` stays bold whatever
//! character the name begins with.

use super::hyphenation;

const SHIFT: u32 = 0x10_F000;
const BLOCK: std::ops::RangeInclusive<u32> = SHIFT..=SHIFT + 0x7F;
/// Stand around a value, so that the layout knows what is wording and what is not.
const BEGINS: char = '\u{10F080}';
const ENDS: char = '\u{10F081}';

/// As [`hide`] for text that needs no font: what may not be there gives way, so that the e-mail goes out all the same.
/// Control characters become spaces, marks that turn the direction of what follows are left out.
pub fn hide_in_email(value: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let shown: String = value
        .chars()
        .filter(|character| !turns(*character) && *character != hyphenation::SOFT_HYPHEN)
        .map(|character| match character {
            BEGINS | ENDS => char::REPLACEMENT_CHARACTER,
            _ if BLOCK.contains(&u32::from(character)) => char::REPLACEMENT_CHARACTER,
            _ if character.is_control() => ' ',
            _ => character,
        })
        .collect();
    hide(&shown).unwrap_or_default()
}

/// Hides the meaning of a value, or names the code point that is reserved for the hiding.
pub fn hide(value: &str) -> Result<String, u32> {
    // The letter or number of an enumeration is no word that could be divided.
    if value.len() <= 2 && value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(value.to_owned());
    }
    let hidden: String = value
        .chars()
        .map(|character| {
            let code = u32::from(character);
            if BLOCK.contains(&code) || matches!(character, BEGINS | ENDS | hyphenation::SOFT_HYPHEN) {
                return Err(code);
            }
            if character.is_ascii_alphanumeric() || !character.is_ascii() {
                return Ok(character);
            }
            // A line break inside a value is a space: the lines of a letter belong to its wording.
            let visible = if matches!(character, '\n' | '\r' | '\t') { u32::from(' ') } else { code };
            char::from_u32(SHIFT + visible).ok_or(code)
        })
        .collect::<Result<_, u32>>()?;
    Ok(format!("{BEGINS}{hidden}{ENDS}"))
}

/// The characters as they are to be printed, with soft hyphens in the words of the wording and in no value.
pub fn reveal_with_divisions(text: &str) -> String {
    let mut printed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((wording, later)) = rest.split_once(BEGINS) {
        // A word that a value touches is not a word of the wording.
        printed.push_str(&hyphenation::with_soft_hyphens(wording));
        let (value, later) = later.split_once(ENDS).unwrap_or((later, ""));
        printed.push_str(&reveal(value));
        rest = later;
    }
    printed.push_str(&hyphenation::with_soft_hyphens(&reveal(rest)));
    printed
}

/// The characters as they are to be printed.
pub fn reveal(text: &str) -> String {
    text.chars()
        .filter(|character| !matches!(*character, BEGINS | ENDS))
        .map(|character| {
            let code = u32::from(character);
            if BLOCK.contains(&code) { char::from_u32(code - SHIFT).unwrap_or(character) } else { character }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_comes_back_as_it_was() {
        let hostile = "PT *A* | B ~~x~~ <b> `c` \\ [l](u) &amp; # 1. - Ñandú";

        assert_eq!(reveal(&hide(hostile).unwrap()), hostile);
    }

    #[test]
    fn no_ascii_punctuation_is_left_for_markdown() {
        let all: String = (0x20_u8..0x7F).map(char::from).collect();

        let hidden = hide(&all).unwrap();

        assert!(!hidden.contains(all.trim_matches(|c: char| c.is_ascii_alphanumeric())));
        assert!(hidden.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric()));
    }

    #[test]
    fn a_value_may_not_use_the_hiding_block_itself() {
        assert_eq!(hide("\u{10F02A}"), Err(0x10_F02A));
        assert_eq!(hide("so\u{AD}ft"), Err(0xAD));
    }

    #[test]
    fn an_email_shows_a_value_whatever_it_holds() {
        let hidden = hide_in_email("PT\u{202E} A\u{10F02A}\r\nB\u{AD} & <b>");

        assert_eq!(reveal(&hidden), "PT A\u{FFFD}  B & <b>");
    }

    #[test]
    fn words_of_the_wording_may_be_divided_and_values_may_not() {
        let text = format!("dengan menunjukkan {} asli", hide("menunjukkan").unwrap());

        let printed = reveal_with_divisions(&text);

        assert_eq!(
            printed.matches(hyphenation::SOFT_HYPHEN).count(),
            printed
                .find("menunjukkan ")
                .map_or(0, |at| printed[..at].matches(hyphenation::SOFT_HYPHEN).count())
        );
        assert!(printed.contains("me\u{AD}"), "{printed}");
    }
}
