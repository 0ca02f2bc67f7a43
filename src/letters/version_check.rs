//! Whether a version of a letter can come in force: what can be told before any letter is made with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use thiserror::Error;

use super::error::{RenderError, TemplateError};
use super::front_matter::{self, Field};
use super::kind::LetterKind;
use super::letter_template::{LetterTemplate, TemplateText};
use super::proof::{DataSet, Unproven};
use super::sample;
use super::templates::Templates;

/// A fault that keeps a version from being approved. Names file and line where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VersionFault {
    #[error(transparent)]
    Wording(#[from] TemplateError),
    /// The front matter declares a field that the program does not fill in.
    #[error("{template}:{line}: the program has no field {field}; it has: {}", known.join(", "))]
    NotSupplied { template: String, line: usize, field: String, known: Vec<String> },
    /// A letter of this kind without this field would not be what it is.
    #[error("{template}: the wording leaves out {field}, which every letter of this kind shows")]
    LeftOut { template: String, field: &'static str },
    /// The wording cannot be made into a letter from data that the program may fill in.
    #[error("{error} (with {tried})")]
    NotRenderable { tried: Tried, error: RenderError },
    /// It can be made, and is not whole or not readable.
    #[error("{unproven} (with {tried})")]
    Unproven { tried: Tried, unproven: Unproven },
}

/// The data that a version was tried with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    Sample,
    /// The sample with one field changed: `pkp.badan = false`.
    Variant(String),
    Set(DataSet),
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample => f.write_str("the sample"),
            Self::Variant(changed) => f.write_str(changed),
            Self::Set(set) => write!(f, "{} data", set.as_str()),
        }
    }
}

/// What a version is laid out with beside the sample: the least and the most that its fields may hold, and the worst.
const SETS: [DataSet; 3] = [DataSet::Minimal, DataSet::Longest, DataSet::Hostile];

/// The number in the front matter of a file that is of this kind.
///
/// # Errors
/// The front matter is missing or broken, or names another kind.
pub fn version_of(kind: LetterKind, source: &str) -> Result<u32, TemplateError> {
    let template = format!("letters/{kind}");
    let (matter, _, _) = front_matter::split(&template, source)?;
    if matter.kind == kind.as_str() {
        Ok(matter.version)
    } else {
        Err(TemplateError::KindMismatch { template, found: matter.kind })
    }
}

impl Templates {
    /// Proves a version with the data that the program has, whatever its own front matter says of them: the sample, the
    /// sample with each choice made the other way, and minimal, longest and hostile data. Returns the pages of the sample.
    ///
    /// # Errors
    /// Every fault; of each set of data the first.
    pub fn check_version(&self, kind: LetterKind, text: &TemplateText) -> Result<u32, Vec<VersionFault>> {
        let template = LetterTemplate::read(kind, text)
            .map_err(|faults| faults.into_iter().map(VersionFault::Wording).collect::<Vec<_>>())?;
        let built_in = self.built_in(kind).map_err(|error| vec![not_renderable(Tried::Sample, error)])?;
        let supplied = &built_in.matter().fields;
        let mut faults = not_supplied(&template, &text.source, supplied);
        let used = template.used_fields();
        faults.extend(left_out(&template, &used));
        if !faults.is_empty() {
            return Err(faults);
        }
        let sample = built_in.sample();
        let pages = match self.render_with(&template, &sample) {
            Ok(rendered) => rendered.pages,
            Err(error) => return Err(vec![not_renderable(Tried::Sample, error)]),
        };
        let variants = variants(&sample, supplied).into_iter().map(|(changed, data)| {
            (Tried::Variant(changed), self.prove(&template, &data).map_err(Unproven::NotMade))
        });
        let sets = SETS.map(|set| (Tried::Set(set), self.prove_layout(&template, built_in, set)));
        for (tried, outcome) in variants.chain(sets) {
            if let Err(unproven) = outcome
                && !faults.iter().any(|known| is_same(known, &unproven))
            {
                faults.push(unproven_with(tried, unproven));
            }
        }
        if faults.is_empty() { Ok(pages) } else { Err(faults) }
    }
}

fn not_renderable(tried: Tried, error: RenderError) -> VersionFault {
    VersionFault::NotRenderable { tried, error }
}

fn unproven_with(tried: Tried, unproven: Unproven) -> VersionFault {
    match unproven {
        Unproven::NotMade(error) => not_renderable(tried, error),
        unproven => VersionFault::Unproven { tried, unproven },
    }
}

fn is_same(fault: &VersionFault, found: &Unproven) -> bool {
    match (fault, found) {
        (VersionFault::NotRenderable { error, .. }, Unproven::NotMade(found)) => error == found,
        (VersionFault::Unproven { unproven, .. }, found) => unproven == found,
        _ => false,
    }
}

fn not_supplied(
    template: &LetterTemplate,
    source: &str,
    supplied: &BTreeMap<String, Field>,
) -> Vec<VersionFault> {
    let known: Vec<String> = supplied.keys().cloned().collect();
    let declared = template.fields().iter().filter(|field| !supplied.contains_key(*field));
    declared
        .map(|field| {
            let begins = format!("{field}:");
            let line = source.lines().position(|line| line.trim_start().starts_with(&begins));
            VersionFault::NotSupplied {
                template: template.name(),
                line: line.map_or(1, |line| line + 1),
                field: field.clone(),
                known: known.clone(),
            }
        })
        .collect()
}

fn left_out(template: &LetterTemplate, used: &BTreeSet<String>) -> Vec<VersionFault> {
    let fields = template.kind().always_shown().iter();
    fields
        .filter(|field| !used.contains(**field))
        .map(|field| VersionFault::LeftOut { template: template.name(), field })
        .collect()
}

/// The sample with one field changed to each other value that its declaration names.
fn variants(sample: &Value, fields: &BTreeMap<String, Field>) -> Vec<(String, Value)> {
    let mut variants = Vec::new();
    for (path, field) in fields {
        for value in field.other_values() {
            let mut data = sample.clone();
            sample::put(&mut data, path, value.clone());
            variants.push((format!("{path} = {value}"), data));
        }
    }
    variants
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::embedded().unwrap());

    fn built_in(kind: LetterKind) -> TemplateText {
        TemplateText::built_in(kind).unwrap()
    }

    fn faults(text: &TemplateText) -> Vec<String> {
        let faults = TEMPLATES.check_version(LetterKind::RefusalNotice, text).unwrap_err();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_wording_of_the_program_passes_its_own_check() {
        for kind in LetterKind::ALL {
            assert_eq!(
                TEMPLATES.check_version(kind, &built_in(kind)).map(|pages| pages >= 1),
                Ok(true),
                "{kind}"
            );
        }
    }

    #[test]
    fn every_field_that_is_not_declared_is_named_with_file_line_and_the_known_fields() {
        let mut text = built_in(LetterKind::RefusalNotice);
        text.source = text.source.replace("Demikian kami sampaikan.", "{{ pkp.julukan }}\n{{ kpp.moto }}");
        let line = text.source.lines().position(|line| line == "{{ pkp.julukan }}").unwrap() + 1;

        let faults = faults(&text);

        assert_eq!(faults.len(), 2, "{faults:?}");
        let all = faults.join("\n");
        assert!(
            all.contains(&format!("letters/refusal_notice:{line}: field pkp.julukan is not declared")),
            "{all}"
        );
        assert!(all.contains(&format!("letters/refusal_notice:{}: field kpp.moto", line + 1)), "{all}");
        assert!(all.contains("pkp.nama, ralat"), "{all}");
    }

    #[test]
    fn a_field_that_is_declared_but_never_filled_in_is_named_with_its_line() {
        let mut text = built_in(LetterKind::RefusalNotice);
        text.source = text.source.replacen("fields:\n", "fields:\n  pkp.julukan: { type: \"text\" }\n", 1);
        let line = text.source.lines().position(|line| line.contains("pkp.julukan")).unwrap() + 1;

        let faults = faults(&text);

        let begins =
            format!("letters/refusal_notice:{line}: the program has no field pkp.julukan; it has: alasan, ");
        assert!(faults.len() == 1 && faults[0].starts_with(&begins), "{faults:?}");
    }

    #[test]
    fn a_field_that_is_missing_in_a_branch_that_the_sample_does_not_take_is_found() {
        let mut text = built_in(LetterKind::RefusalNotice);
        text.source = text.source.replace(
            "Demikian kami sampaikan.",
            "{% if not pkp.badan %}{% for a in alasan %}{{ a.salah }}{% endfor %}{% endif %}",
        );

        let faults = faults(&text);

        assert!(faults.len() == 1 && faults[0].contains("a.salah is missing"), "{faults:?}");
        assert!(faults[0].contains("pkp.badan = false"), "{faults:?}");
    }

    #[test]
    fn a_wording_that_fails_only_with_long_data_is_refused_whatever_it_declares() {
        const ROW: &str = "| Alasan | Bukti | Langkah |\n|---|---|---|\n| {% for a in alasan %}{{ a.teks }} {% endfor %} \
                           | {% for a in alasan %}{{ a.bukti }} {% endfor %} | {% for a in alasan %}{{ a.langkah }} {% endfor %} |";
        let mut text = built_in(LetterKind::RefusalNotice);
        text.source =
            text.source.replace("Demikian kami sampaikan.", &format!("{ROW}\n\nDemikian kami sampaikan."));
        let too_tall =
            ["letters/refusal_notice: a table row does not fit on a page (with longest data)".to_owned()];

        assert_eq!(faults(&text), too_tall);
        text.source = text.source.replace(
            "alasan: { type: \"list of {huruf, teks, bukti, langkah}\"",
            "alasan: { type: \"integer\"",
        );
        assert_eq!(faults(&text), too_tall);
    }

    #[test]
    fn loops_that_would_run_for_hours_end_as_a_fault() {
        let mut text = built_in(LetterKind::RefusalNotice);
        let line = format!("{}{}", "{% for a in alasan %}".repeat(28), "{% endfor %}".repeat(28));
        text.source =
            text.source.replace("Demikian kami sampaikan.", &format!("{line}\nDemikian kami sampaikan."));

        let faults = faults(&text);

        assert!(
            faults.len() == 1 && faults[0].ends_with("cannot be evaluated (with longest data)"),
            "{faults:?}"
        );
    }

    #[test]
    fn a_wording_that_could_not_be_sealed_is_refused_before_anything_is_signed_with_it() {
        let mut text = built_in(LetterKind::RefusalNotice);
        for piece in text.pieces.values_mut() {
            *piece = piece.replace("<!-- tanda-tangan -->", "").replace("<!-- /tanda-tangan -->", "");
        }

        let faults = faults(&text);

        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("a letter without a signature block"), "{faults:?}");
    }

    #[test]
    fn filters_and_functions_are_refused_with_their_line() {
        for used in ["{{ pkp.nama|upper }}", "{% for a in range(3) %}{% endfor %}"] {
            let mut text = built_in(LetterKind::RefusalNotice);
            text.source = text.source.replace("Demikian kami sampaikan.", used);
            let line = text.source.lines().position(|line| line.contains(used)).unwrap() + 1;

            let faults = faults(&text);

            assert!(faults[0].starts_with(&format!("letters/refusal_notice:{line}: ")), "{faults:?}");
        }
    }

    #[test]
    fn a_letter_without_its_number_is_refused() {
        let mut text = built_in(LetterKind::RefusalNotice);
        text.source = text.source.replace("{{ surat.nomor }}", "S-1");

        assert_eq!(
            faults(&text),
            [
                "letters/refusal_notice: the wording leaves out surat.nomor, which every letter of this kind shows"
            ]
        );
    }

    #[test]
    fn the_number_of_a_version_stands_in_its_front_matter() {
        let text = built_in(LetterKind::RefusalNotice).source;

        assert!(version_of(LetterKind::RefusalNotice, &text).is_ok());
        assert!(matches!(version_of(LetterKind::Receipt, &text), Err(TemplateError::KindMismatch { .. })));
        assert!(version_of(LetterKind::Receipt, "Yth.").is_err());
    }
}
