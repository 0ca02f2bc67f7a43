//! [`Templates`]: everything that is needed to make letters and e-mails, loaded once.

use serde_json::Value;
use std::collections::BTreeMap;

use super::blocks::{Block, FaceName, Line, Placed};
use super::catalogue::{Catalogue, DeficiencyItem, ItemText, ReasonText, RefusalReason};
use super::drawing::Laid;
use super::email_text::{self, EmailText};
use super::embedded;
use super::error::{RenderError, TemplateError};
use super::fonts::Fonts;
use super::front_matter::{self, FrontMatter};
use super::kind::{EmailKind, LetterKind};
use super::paginate::Running;
use super::wording::{Values, Wording};
use super::{markup, paginate, pdf, sample, typeset};

/// A letter as bytes that a PDF reader opens.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    pub pdf: Vec<u8>,
    pub pages: u32,
}

/// A letter holds a code, names and addresses: its bytes never show in logs.
impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendered").field("pages", &self.pages).finish_non_exhaustive()
    }
}

/// Wording, lists and fonts, all parsed and checked. Never changes; share it in an `Arc`.
pub struct Templates {
    letters: Wording,
    emails: Wording,
    letter_heads: BTreeMap<LetterKind, Head>,
    email_heads: BTreeMap<EmailKind, Head>,
    catalogue: Catalogue,
    fonts: Fonts,
}

struct Head {
    matter: FrontMatter,
    known: Vec<String>,
}

impl Templates {
    /// Everything that the program carries in itself.
    ///
    /// # Errors
    /// The first fault found: front matter, Jinja, a field that is not declared, a list, a font.
    pub fn embedded() -> Result<Self, TemplateError> {
        let mut letters = Wording::new(Values::Hidden)?;
        let letter_matter = load(&mut letters, embedded::LETTERS, |matter| &matter.footer)?;
        let mut emails = Wording::new(Values::OneLine)?;
        let email_matter = load(&mut emails, embedded::EMAILS, |matter| &matter.subject)?;
        Ok(Self {
            letter_heads: heads(&letters, letter_matter, &LetterKind::ALL, letter_name)?,
            email_heads: heads(&emails, email_matter, &EmailKind::ALL, email_name)?,
            letters,
            emails,
            catalogue: Catalogue::embedded()?,
            fonts: Fonts::embedded()?,
        })
    }

    /// The version of the wording, from its front matter.
    pub fn version(&self, kind: LetterKind) -> u32 {
        self.letter_heads.get(&kind).map_or(0, |head| head.matter.version)
    }

    /// What the letter is about, as the register names it; a refusal adds the kind of request in its own text.
    pub fn hal(&self, kind: LetterKind) -> &str {
        self.letter_heads.get(&kind).map_or("", |head| &head.matter.hal)
    }

    /// The grade of secrecy: `Biasa`, `Rahasia`, or `-` where a letter has none.
    pub fn sifat(&self, kind: LetterKind) -> &str {
        self.letter_heads.get(&kind).map_or("", |head| &head.matter.sifat)
    }

    /// Renders a letter. The same data give the same bytes.
    ///
    /// # Errors
    /// A field that is missing or not text, a character that the face cannot print, a structure or a height that the
    /// layout does not know. No error holds a value of the data.
    pub fn render(&self, kind: LetterKind, data: &Value) -> Result<Rendered, RenderError> {
        let name = letter_name(kind);
        let head =
            self.letter_heads.get(&kind).ok_or_else(|| structure(&name, "the template is not loaded"))?;
        let text = self.letters.fill(&name, data, &head.known)?;
        let laid = self.lay_out(&name, head, &text, data)?;
        let pdf = pdf::write(&self.fonts, &laid, &head.matter.title)
            .map_err(|reason| RenderError::Pdf { template: name, reason })?;
        Ok(Rendered { pdf, pages: u32::try_from(laid.pages.len()).unwrap_or(u32::MAX) })
    }

    fn lay_out(&self, name: &str, head: &Head, text: &str, data: &Value) -> Result<Laid, RenderError> {
        let line = |part: &str| {
            let filled = self.letters.fill(&line_name(name, part), data, &head.known)?;
            Ok::<_, RenderError>(super::literal::reveal(&filled))
        };
        let running = Running { header: line("header")?, footer: line("line")? };
        let blocks = markup::parse(text).map_err(|reason| structure(name, reason))?;
        self.check_characters(name, &blocks, &running)?;
        let set = typeset::typeset(&self.fonts, head.matter.paper, &blocks);
        paginate::paginate(&self.fonts, set, &running)
            .map_err(|paginate::TooTall| RenderError::TooTall { template: name.to_owned() })
    }

    /// Renders an e-mail as plain text.
    ///
    /// # Errors
    /// A field that is missing or not text.
    pub fn email(&self, kind: EmailKind, data: &Value) -> Result<EmailText, RenderError> {
        let name = email_name(kind);
        let head =
            self.email_heads.get(&kind).ok_or_else(|| structure(&name, "the template is not loaded"))?;
        let subject = self.emails.fill(&line_name(&name, "line"), data, &head.known)?;
        let body = self.emails.fill(&name, data, &head.known)?;
        Ok(EmailText { subject: email_text::subject(&subject), body: email_text::body(&body) })
    }

    /// The data that the examples in the front matter make: for trying the wording out.
    pub fn sample(&self, kind: LetterKind) -> Value {
        self.letter_heads.get(&kind).map_or(Value::Null, |head| sample::sample(&head.matter.fields))
    }

    /// The same for an e-mail.
    pub fn email_sample(&self, kind: EmailKind) -> Value {
        self.email_heads.get(&kind).map_or(Value::Null, |head| sample::sample(&head.matter.fields))
    }

    /// Makes every letter and e-mail from the examples in its front matter: what `letter check` runs after an edit.
    ///
    /// # Errors
    /// The first template that cannot be made.
    pub fn check(&self) -> Result<(), RenderError> {
        for kind in LetterKind::ALL {
            self.render(kind, &self.sample(kind))?;
        }
        for kind in EmailKind::ALL {
            self.email(kind, &self.email_sample(kind))?;
        }
        Ok(())
    }

    /// The closed list of reasons for a refusal.
    pub fn refusal_reasons(&self) -> &[RefusalReason] {
        &self.catalogue.reasons
    }

    /// A reason with its evidence filled in. `data` holds `bukti` and `kpp`.
    pub fn reason_text(&self, code: &str, data: &Value) -> Result<ReasonText, RenderError> {
        self.catalogue.reason_text(code, data)
    }

    /// The closed list of what can be missing.
    pub fn deficiency_items(&self) -> &[DeficiencyItem] {
        &self.catalogue.items
    }

    /// An item with its fields filled in. `data` holds `butir` and `kpp`.
    pub fn item_text(&self, code: &str, data: &Value) -> Result<ItemText, RenderError> {
        self.catalogue.item_text(code, data)
    }

    #[cfg(test)]
    pub(super) fn laid(&self, kind: LetterKind, data: &Value) -> Laid {
        let name = letter_name(kind);
        let head = &self.letter_heads[&kind];
        self.lay_out(&name, head, &self.letters.fill(&name, data, &[]).unwrap(), data).unwrap()
    }

    #[cfg(test)]
    pub(super) fn pages(&self, kind: LetterKind, data: &Value) -> Vec<Vec<super::drawing::Draw>> {
        self.laid(kind, data).pages
    }

    #[cfg(test)]
    pub(super) fn unused_fields(&self, kind: LetterKind) -> Vec<String> {
        let name = letter_name(kind);
        let mut used = self.letters.fields(&name).unwrap();
        used.extend(self.letters.fields(&line_name(&name, "line")).unwrap());
        used.extend(self.letters.fields(&line_name(&name, "header")).unwrap());
        let mut unused = self.letter_heads[&kind].known.clone();
        unused.retain(|field| used.iter().all(|place| place.field != *field));
        unused
    }

    /// A PDF writer drops what a face does not have; a letter that lacks a character must not go out.
    fn check_characters(&self, name: &str, blocks: &[Placed], running: &Running) -> Result<(), RenderError> {
        let check = |face: FaceName, text: &str| match text.chars().find(|c| !self.fonts.can_print(face, *c))
        {
            None => Ok(()),
            Some(character) => {
                Err(RenderError::Unprintable { template: name.into(), code_point: u32::from(character) })
            }
        };
        for placed in blocks {
            if let Block::Code { text, .. } = &placed.block {
                check(FaceName::Mono, text)?;
            }
            if let Block::Qr { caption, .. } = &placed.block {
                caption.iter().try_for_each(|line| check(FaceName::Regular, line))?;
            }
            for span in spans(&placed.block) {
                check(span.face, &span.text)?;
                // The header of a table is set in bold.
                check(FaceName::Bold, &span.text)?;
            }
        }
        check(FaceName::Regular, &running.header)?;
        check(FaceName::Regular, &running.footer)
    }
}

fn spans(block: &Block) -> Vec<&super::blocks::Span> {
    let lines: Vec<&Line> = match block {
        Block::Paragraph { lines, marker, .. } => lines.iter().chain(marker).collect(),
        Block::Reference(rows) => rows.iter().flat_map(|row| [&row.key, &row.value, &row.right]).collect(),
        Block::KeyValue { rows, .. } => rows.iter().flat_map(|(key, value)| [key, value]).collect(),
        Block::Grid { header, rows } => header.iter().chain(rows.iter().flatten()).collect(),
        Block::Code { .. } | Block::Qr { .. } | Block::Room => Vec::new(),
    };
    lines.into_iter().flatten().collect()
}

fn letter_name(kind: LetterKind) -> String {
    format!("letters/{kind}")
}

fn email_name(kind: EmailKind) -> String {
    format!("emails/{kind}")
}

/// The name of a line of the front matter: `line` is the footer of a letter or the subject of an e-mail, `header` the
/// head of the following pages.
fn line_name(template: &str, part: &str) -> String {
    format!("{template}#{part}")
}

fn structure(template: &str, reason: &'static str) -> RenderError {
    RenderError::Structure { template: template.into(), reason }
}

/// Parses every file; pieces have no front matter.
fn load(
    wording: &mut Wording,
    files: &[(&str, &'static str)],
    line: fn(&FrontMatter) -> &String,
) -> Result<BTreeMap<String, FrontMatter>, TemplateError> {
    let mut heads = BTreeMap::new();
    for (name, source) in files {
        if name.contains("/_") {
            wording.add(name, *source, 0)?;
            continue;
        }
        let (matter, body, lines_above) = front_matter::split(name, source)?;
        wording.add(name, body, lines_above)?;
        wording.add(&line_name(name, "line"), line(&matter).clone(), 0)?;
        wording.add(&line_name(name, "header"), matter.header.clone(), 0)?;
        heads.insert((*name).to_owned(), matter);
    }
    Ok(heads)
}

/// Pairs every kind with its template and checks that each field used is declared.
fn heads<K: Copy + Ord + std::fmt::Display>(
    wording: &Wording,
    mut matter: BTreeMap<String, FrontMatter>,
    kinds: &[K],
    name: fn(K) -> String,
) -> Result<BTreeMap<K, Head>, TemplateError> {
    let mut heads = BTreeMap::new();
    for kind in kinds {
        let name = name(*kind);
        let Some(matter) = matter.remove(&name) else {
            return Err(TemplateError::FrontMatter { template: name, reason: "the file is missing".into() });
        };
        if matter.kind != kind.to_string() {
            return Err(TemplateError::KindMismatch { template: name, found: matter.kind });
        }
        let known: Vec<String> = matter.fields.keys().cloned().collect();
        let lines = [line_name(&name, "line"), line_name(&name, "header")];
        let mut places = wording.fields(&name)?;
        for line in lines {
            places.extend(wording.fields(&line)?);
        }
        for place in places {
            if !matter.fields.contains_key(&place.field) {
                let (template, line, field) = (place.template, place.line, place.field);
                return Err(TemplateError::UndeclaredField { template, line, field, known });
            }
        }
        heads.insert(*kind, Head { matter, known });
    }
    Ok(heads)
}
