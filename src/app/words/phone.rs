//! The one telephone number of an office that a letter prints.

/// Digits after which a hyphen begins a range (`78843521-23`) and no longer ends an area code.
const WHOLE_NUMBER: usize = 7;
/// Fewer digits are an extension, not a number.
const SHORTEST: usize = 5;

/// The first usable number of a list such as `021-8566928, 8566929` or `(021) 8575683 – 8575689`.
pub fn first(list: &str) -> Option<String> {
    list.split([',', ';', '/']).map(without_range).find(|number| digits(number) >= SHORTEST)
}

fn without_range(piece: &str) -> String {
    let piece = piece.trim();
    // Mobile numbers are written in groups; area codes never begin with 08.
    if piece.starts_with("08") {
        return piece.to_owned();
    }
    let range = piece
        .char_indices()
        .find(|&(at, c)| matches!(c, '-' | '–' | '—') && digits(&piece[..at]) >= WHOLE_NUMBER)
        .map_or(piece.len(), |(at, _)| at);
    piece[..range].trim_end().to_owned()
}

fn digits(text: &str) -> usize {
    text.chars().filter(char::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_whole_number_of_a_list_is_taken() {
        for (list, number) in [
            ("021-8566928, 8566929", "021-8566928"),
            ("(021) 8575683 – 8575689", "(021) 8575683"),
            ("021-5254237-5253622", "021-5254237"),
            ("021-78843521-23", "021-78843521"),
            ("7816131-4 / 78842674", "7816131"),
            ("021 5643627-29", "021 5643627"),
            ("0274-380415", "0274-380415"),
            ("0811-1234-5678", "0811-1234-5678"),
            ("101; 021-3442713", "021-3442713"),
        ] {
            assert_eq!(first(list).as_deref(), Some(number), "{list}");
        }
    }

    #[test]
    fn a_list_without_a_number_gives_none() {
        for list in ["", " ", "-", "Ext. 101"] {
            assert_eq!(first(list), None, "{list}");
        }
    }
}
