//! What the data of a letter say beside its words. `kop.kertas` and `kop.lambang`: a letter keeps both, so that it comes out
//! the same after its office has changed them; letters from before have neither: A4 and the placeholder. `tinta.goresan`:
//! the signature of a filer who signed on the screen.

use serde_json::Value;

use super::drawing::Paper;
use crate::domain::ink::Ink;

/// The sheet of a letter: what its office prints letters on, unless the wording is made for another one than A4.
pub fn paper(of_template: Paper, data: &Value) -> Paper {
    match (of_template, data["kop"]["kertas"].as_str()) {
        (Paper::A4, Some("f4")) => Paper::F4,
        (own, _) => own,
    }
}

/// The SHA-256 of the emblem that a letter names; none for the placeholder.
pub fn emblem(data: &Value) -> Option<[u8; 32]> {
    let digits = data["kop"]["lambang"].as_str()?;
    let mut sha256 = [0; 32];
    if digits.len() != 2 * sha256.len() {
        return None;
    }
    for (index, byte) in sha256.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(sha256)
}

/// The signature that was drawn on a screen, if it was.
pub fn ink(data: &Value) -> Option<Ink> {
    Ink::parse(data["tinta"]["goresan"].as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_office_chooses_the_sheet_of_letters_made_for_a4_and_of_no_other() {
        let folio = json!({ "kop": { "kertas": "f4" } });

        assert_eq!(paper(Paper::A4, &folio), Paper::F4);
        assert_eq!(paper(Paper::A4Landscape, &folio), Paper::A4Landscape);
        assert_eq!(paper(Paper::A4, &json!({ "kop": { "kertas": "a4" } })), Paper::A4);
        assert_eq!(paper(Paper::A4, &json!({})), Paper::A4);
    }

    #[test]
    fn an_emblem_is_named_by_sixty_four_digits_or_not_at_all() {
        let named = |text: &str| emblem(&json!({ "kop": { "lambang": text } }));

        assert_eq!(named(&"0a".repeat(32)), Some([10; 32]));
        assert_eq!((named(""), named(&"zz".repeat(32)), emblem(&json!({}))), (None, None, None));
    }
}
