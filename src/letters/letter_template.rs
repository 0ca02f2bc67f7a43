//! [`LetterTemplate`]: one version of the wording of a letter, complete in itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::embedded;
use super::error::{RenderError, TemplateError};
use super::front_matter::{self, FrontMatter};
use super::kind::LetterKind;
use super::sample;
use super::statements;
use super::wording::{Values, Wording, includes};

/// The text of one version: the file of the letter and the shared pieces that it includes, by their names. Nothing else
/// is needed to make the letter again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateText {
    pub source: String,
    pub pieces: BTreeMap<String, String>,
}

impl TemplateText {
    /// The wording that the program carries in itself.
    ///
    /// # Errors
    /// The file is missing, or a piece that it includes is.
    pub fn built_in(kind: LetterKind) -> Result<Self, TemplateError> {
        let name = file_name(kind);
        let source = embedded_file(&name).ok_or_else(|| TemplateError::FrontMatter {
            template: name,
            reason: "the file is missing".into(),
        })?;
        Self::complete(kind, source.to_owned(), &BTreeMap::new())
    }

    /// A version of this file. Pieces that are not in `pieces` are those that the program carries; pieces that the file
    /// does not include are left out.
    ///
    /// # Errors
    /// The first piece that exists in neither.
    pub fn complete(
        kind: LetterKind,
        source: String,
        pieces: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let mut needed = BTreeMap::new();
        let mut left: Vec<(String, String)> =
            includes(&source).map(|name| (file_name(kind), name.to_owned())).collect();
        while let Some((from, name)) = left.pop() {
            if needed.contains_key(&name) {
                continue;
            }
            let own = pieces.get(&name).map(String::as_str);
            let Some(text) = own.or_else(|| embedded_file(&name).filter(|_| name.contains("/_"))) else {
                let reason = format!("there is no piece {name}");
                return Err(TemplateError::Syntax { template: from, line: 1, reason });
            };
            left.extend(includes(text).map(|inner| (name.clone(), inner.to_owned())));
            needed.insert(name, text.to_owned());
        }
        Ok(Self { source, pieces: needed })
    }

    /// Names this text: the same source and pieces of the same kind, and no other, have it.
    #[must_use]
    pub fn sha256(&self, kind: LetterKind) -> [u8; 32] {
        // serde_json sorts the keys of an object: the same content has one form.
        let content = json!({ "kind": kind.as_str(), "source": self.source, "pieces": self.pieces });
        Sha256::digest(content.to_string()).into()
    }
}

/// A version whose wording is parsed and whose fields are declared. Never changes.
pub struct LetterTemplate {
    kind: LetterKind,
    sha256: [u8; 32],
    matter: FrontMatter,
    known: Vec<String>,
    wording: Wording,
}

impl LetterTemplate {
    /// Parses a version.
    ///
    /// # Errors
    /// Every fault that can be found without data: the front matter, statements, the syntax, fields that are not
    /// declared.
    pub fn read(kind: LetterKind, text: &TemplateText) -> Result<Self, Vec<TemplateError>> {
        let name = file_name(kind);
        let (matter, body, lines_above) =
            front_matter::split(&name, &text.source).map_err(|error| vec![error])?;
        let mut wording = Wording::new(Values::Hidden).map_err(|error| vec![error])?;
        let mut faults = Vec::new();
        if matter.kind != kind.as_str() {
            faults.push(TemplateError::KindMismatch { template: name.clone(), found: matter.kind.clone() });
        }
        let lines = [line_name(&name, "line"), line_name(&name, "header")];
        let texts = text.pieces.iter().map(|(name, text)| (name.clone(), text.as_str(), 0)).chain([
            (name.clone(), body, lines_above),
            (lines[0].clone(), matter.footer.as_str(), 0),
            (lines[1].clone(), matter.header.as_str(), 0),
        ]);
        for (name, text, lines_above) in texts {
            faults.extend(statements::faults(&name, text, lines_above));
            faults.extend(wording.add(&name, text.to_owned(), lines_above).err());
        }
        let known: Vec<String> = matter.fields.keys().cloned().collect();
        if faults.is_empty() {
            faults.extend(undeclared(&wording, &name, &matter.fields.keys().collect(), &known));
        }
        if faults.is_empty() {
            Ok(Self { kind, sha256: text.sha256(kind), matter, known, wording })
        } else {
            Err(faults)
        }
    }

    /// The version that the program carries in itself.
    ///
    /// # Errors
    /// The first fault found.
    pub(super) fn built_in(kind: LetterKind) -> Result<Self, TemplateError> {
        Self::read(kind, &TemplateText::built_in(kind)?).map_err(first)
    }

    pub fn kind(&self) -> LetterKind {
        self.kind
    }

    /// The version of the wording, from its front matter.
    pub fn version(&self) -> u32 {
        self.matter.version
    }

    /// Of the text that this was read from: [`TemplateText::sha256`].
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Whether the wording has a place for this field.
    pub fn declares(&self, field: &str) -> bool {
        self.matter.fields.contains_key(field)
    }

    /// What the letter is about, as the register names it; a refusal adds the kind of request in its own text.
    pub fn hal(&self) -> &str {
        &self.matter.hal
    }

    /// The grade of secrecy: `Biasa`, `Rahasia`, or `-` where a letter has none.
    pub fn sifat(&self) -> &str {
        &self.matter.sifat
    }

    /// The fields that its front matter declares.
    pub fn fields(&self) -> &[String] {
        &self.known
    }

    /// The data that the examples in the front matter make: for trying the wording out.
    pub fn sample(&self) -> Value {
        sample::sample(&self.matter.fields)
    }

    /// The name of the file, as faults name it.
    pub(super) fn name(&self) -> String {
        file_name(self.kind)
    }

    pub(super) fn matter(&self) -> &FrontMatter {
        &self.matter
    }

    /// The wording with its fields filled in.
    pub(super) fn fill(&self, data: &Value) -> Result<String, RenderError> {
        self.wording.fill(&self.name(), data, &self.known)
    }

    /// The small line of every page: `line` is the footer, `header` the head of the pages after the first.
    pub(super) fn fill_line(&self, part: &str, data: &Value) -> Result<String, RenderError> {
        let filled = self.wording.fill(&line_name(&self.name(), part), data, &self.known)?;
        Ok(super::literal::reveal(&filled))
    }

    /// Every field that the wording looks up, by name.
    pub(super) fn used_fields(&self) -> BTreeSet<String> {
        let name = self.name();
        [line_name(&name, "line"), line_name(&name, "header"), name]
            .iter()
            .flat_map(|name| self.wording.fields(name).unwrap_or_default())
            .map(|place| place.field)
            .collect()
    }
}

/// Each place that looks up a field which the front matter does not declare.
fn undeclared(
    wording: &Wording,
    name: &str,
    declared: &BTreeSet<&String>,
    known: &[String],
) -> Vec<TemplateError> {
    let mut faults = Vec::new();
    for text in [name.to_owned(), line_name(name, "line"), line_name(name, "header")] {
        match wording.fields(&text) {
            Err(error) => faults.push(error),
            Ok(places) => {
                let wrong = places.into_iter().filter(|place| !declared.contains(&place.field));
                faults.extend(wrong.map(|place| TemplateError::UndeclaredField {
                    template: place.template,
                    line: place.line,
                    field: place.field,
                    known: known.to_vec(),
                }));
            }
        }
    }
    faults
}

/// Where only one fault can be told.
pub(super) fn first(faults: Vec<TemplateError>) -> TemplateError {
    faults.into_iter().next().unwrap_or_else(|| TemplateError::FrontMatter {
        template: "letters".into(),
        reason: "cannot be read".into(),
    })
}

fn embedded_file(name: &str) -> Option<&'static str> {
    embedded::LETTERS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

fn file_name(kind: LetterKind) -> String {
    format!("letters/{kind}")
}

/// The name of a line of the front matter.
fn line_name(template: &str, part: &str) -> String {
    format!("{template}#{part}")
}
