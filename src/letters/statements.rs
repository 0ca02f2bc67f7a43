//! The closed list of statements that a letter may use: conditions, loops and pieces; no macros, no tags of other uses.

use super::error::TemplateError;

const ALLOWED: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];

/// Each statement that is not on the list, and each `include` that does not name a piece in double quotes: a piece that
/// were named by a field could not be kept with the version. What begins inside of another one is refused as well: quotes
/// around the first would hide the second from this look.
pub fn faults(template: &str, text: &str, lines_above: usize) -> Vec<TemplateError> {
    let mut faults = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{%").map(|found| at + found) {
        let rest = &text[start..];
        let end = rest.find("%}").map_or(text.len(), |found| start + found);
        let inner = text.get(start + 2..end).unwrap_or_default();
        let words = inner.trim_matches(|c: char| c == '-' || c == '+' || c.is_whitespace());
        let word = words.split_whitespace().next().unwrap_or_default();
        let nested = inner.contains("{%");
        if nested || !(ALLOWED.contains(&word) || is_include(inner)) {
            let reason = if nested {
                "a statement begins before the one above it ends with %}".to_owned()
            } else if word == "include" {
                "write {% include \"letters/_name\" %} with the name of a piece in double quotes".to_owned()
            } else {
                format!("the statement {word} is not used in letters; if, for and include are")
            };
            let line = text[..start].matches('\n').count() + 1 + lines_above;
            faults.push(TemplateError::Syntax { template: template.into(), line, reason });
        }
        at = end.max(start + 2);
    }
    faults
}

/// Exactly the form that is looked for when the pieces of a version are collected.
fn is_include(inner: &str) -> bool {
    let name = inner.strip_prefix(" include \"").and_then(|rest| rest.strip_suffix("\" "));
    name.is_some_and(|name| {
        name.strip_prefix("letters/_").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_letters_do_not_use_is_named_with_its_line() {
        let text =
            "satu\n{% if a %}\n{% set b = 1 %}{% endif %}\n{% include b %}\n{% for x in y %}{% endfor %}\n";

        let faults: Vec<String> = faults("letters/x", text, 10).iter().map(ToString::to_string).collect();

        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].starts_with("letters/x:13: the statement set"), "{faults:?}");
        assert!(faults[1].starts_with("letters/x:14: write"), "{faults:?}");
    }

    #[test]
    fn a_statement_is_not_hidden_behind_quotes() {
        let text = "satu\n{{ \"{% if \" }}{% include pkp.nama %}";

        let faults: Vec<String> = faults("letters/x", text, 0).iter().map(ToString::to_string).collect();

        assert_eq!(faults, ["letters/x:2: a statement begins before the one above it ends with %}"]);
    }

    #[test]
    fn a_piece_is_named_in_one_way_only() {
        assert_eq!(faults("x", "{% include \"letters/_kop_surat\" %}", 0), []);
        for wrong in [
            "{% include 'letters/_kop_surat' %}",
            "{%- include \"letters/_kop_surat\" -%}",
            "{% include \"letters/receipt\" %}",
            "{% include \"letters/_kop\" ignore missing %}",
            "{% include",
        ] {
            assert_eq!(faults("x", wrong, 0).len(), 1, "{wrong}");
        }
    }
}
