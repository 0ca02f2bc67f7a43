//! Values that come from people print literally: neither Markdown nor HTML in them has any meaning.
//!
//! While the wording is being filled in, every ASCII character of a value that is not a letter or digit is moved to a
//! block of private-use code points. Markdown sees only ordinary letters there; afterwards the characters are moved
//! back. Unlike backslashes this cannot be undone by the value itself, and `**{{ name }}**` stays bold whatever
//! character the name begins with.

const SHIFT: u32 = 0x10_F000;
const BLOCK: std::ops::RangeInclusive<u32> = SHIFT..=SHIFT + 0x7F;

/// Hides the meaning of a value, or names the code point that is reserved for the hiding.
pub fn hide(value: &str) -> Result<String, u32> {
    value
        .chars()
        .map(|character| {
            let code = u32::from(character);
            if BLOCK.contains(&code) {
                return Err(code);
            }
            if character.is_ascii_alphanumeric() || !character.is_ascii() {
                return Ok(character);
            }
            // A line break inside a value is a space: the lines of a letter belong to its wording.
            let visible = if matches!(character, '\n' | '\r' | '\t') { u32::from(' ') } else { code };
            char::from_u32(SHIFT + visible).ok_or(code)
        })
        .collect()
}

/// The characters as they are to be printed.
pub fn reveal(text: &str) -> String {
    text.chars()
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

        assert!(hidden.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric()));
    }

    #[test]
    fn a_value_may_not_use_the_hiding_block_itself() {
        assert_eq!(hide("\u{10F02A}"), Err(0x10_F02A));
    }
}
