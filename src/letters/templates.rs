//! [`Templates`]: everything that is needed to make letters and e-mails, loaded once.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::blocks::{Block, FaceName, Line, Placed};
use super::catalogue::{Catalogue, DeficiencyItem, ItemText, ReasonText, RefusalReason};
use super::data_field::field_with;
use super::drawing::Laid;
use super::email_html::{Frame, Page};
use super::email_text::{self, EmailText};
use super::embedded;
use super::emblem::Emblems;
use super::error::{RenderError, TemplateError};
use super::fonts::Fonts;
use super::front_matter::{self, FrontMatter};
use super::kind::{EmailKind, LetterKind};
use super::letter_template::LetterTemplate;
use super::paginate::Running;
use super::proof;
use super::signature_area::SignatureArea;
use super::svg::{self, DrawnPage};
use super::wording::{Values, Wording};
use super::{email_parts, letterhead, literal, markup, paginate, pdf, sample, typeset};

/// A letter as bytes that a PDF reader opens.
#[derive(Clone, PartialEq)]
pub struct Rendered {
    pub pdf: Vec<u8>,
    pub pages: u32,
    /// Where its signature block stands, if it has one.
    pub signature: Option<SignatureArea>,
}

/// A letter holds a code, names and addresses: its bytes never show in logs.
impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendered").field("pages", &self.pages).finish_non_exhaustive()
    }
}

/// Wording, lists and fonts, all parsed and checked. Never changes; share it in an `Arc`.
pub struct Templates {
    /// The version of each letter that the program carries in itself.
    letters: BTreeMap<LetterKind, Arc<LetterTemplate>>,
    seal: Wording,
    emails: Wording,
    email_heads: BTreeMap<EmailKind, Head>,
    catalogue: Catalogue,
    fonts: Fonts,
    frame: Frame,
    emblems: Emblems,
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
        let mut letters = BTreeMap::new();
        for kind in LetterKind::ALL.into_iter().chain([LetterKind::PrintList]) {
            letters.insert(kind, Arc::new(LetterTemplate::built_in(kind)?));
        }
        let mut seal = Wording::new(Values::Hidden)?;
        seal.add(embedded::SEAL.0, embedded::SEAL.1, 0)?;
        let mut emails = Wording::new(Values::Email)?;
        let email_matter = load_emails(&mut emails)?;
        Ok(Self {
            email_heads: email_heads(&emails, email_matter)?,
            letters,
            seal,
            emails,
            catalogue: Catalogue::embedded()?,
            fonts: Fonts::embedded()?,
            frame: Frame::new().map_err(|error| TemplateError::Syntax {
                template: "the frame of e-mails".into(),
                line: error.line().unwrap_or(1),
                reason: error.detail().unwrap_or("cannot be read").into(),
            })?,
            emblems: Emblems::default(),
        })
    }

    /// The version that the program carries in itself.
    ///
    /// # Errors
    /// The kind is not loaded, which does not happen: all are, or nothing is.
    pub fn built_in(&self, kind: LetterKind) -> Result<&Arc<LetterTemplate>, RenderError> {
        self.letters.get(&kind).ok_or_else(|| structure(kind.as_str(), "the template is not loaded"))
    }

    /// What the letter is about, as the register names it; a refusal adds the kind of request in its own text.
    pub fn hal(&self, kind: LetterKind) -> &str {
        self.letters.get(&kind).map_or("", |template| template.hal())
    }

    /// Renders a letter with the wording that the program carries in itself.
    ///
    /// # Errors
    /// As [`Templates::render_with`].
    pub fn render(&self, kind: LetterKind, data: &Value) -> Result<Rendered, RenderError> {
        self.render_with(self.built_in(kind)?, data)
    }

    /// Renders a letter with one version of its wording. The same version and data give the same bytes.
    ///
    /// # Errors
    /// A field that is missing or not text, a character that the face cannot print, a structure or a height that the
    /// layout does not know. No error holds a value of the data.
    pub fn render_with(&self, template: &LetterTemplate, data: &Value) -> Result<Rendered, RenderError> {
        self.render_sealed(template, data, None)
    }

    /// The same with a line below the signature that names the certificate of the seal which the file will get.
    ///
    /// # Errors
    /// As [`Templates::render_with`], and a letter without a signature block.
    pub fn render_sealed(
        &self,
        template: &LetterTemplate,
        data: &Value,
        certificate: Option<&str>,
    ) -> Result<Rendered, RenderError> {
        let laid = self.lay_out_sealed(template, data, certificate)?;
        let emblem = match letterhead::emblem(data) {
            None => None,
            Some(sha256) => Some(
                self.emblems
                    .get(&sha256)
                    .ok_or_else(|| RenderError::UnknownEmblem { template: template.name() })?,
            ),
        };
        let pdf = pdf::write(&self.fonts, &laid, &template.matter().title, emblem.as_deref())
            .map_err(|reason| RenderError::Pdf { template: template.name(), reason })?;
        let pages = u32::try_from(laid.pages.len()).unwrap_or(u32::MAX);
        Ok(Rendered { pdf, pages, signature: laid.signature })
    }

    /// The same letter, drawn for screens. `emblem` is the file of the emblem that the data name.
    ///
    /// # Errors
    /// As [`Templates::render_sealed`].
    pub fn draw_sealed(
        &self,
        template: &LetterTemplate,
        data: &Value,
        certificate: Option<&str>,
        emblem: Option<&[u8]>,
    ) -> Result<Vec<DrawnPage>, RenderError> {
        Ok(svg::pages(&self.fonts, &self.lay_out_sealed(template, data, certificate)?, emblem))
    }

    fn lay_out_sealed(
        &self,
        template: &LetterTemplate,
        data: &Value,
        certificate: Option<&str>,
    ) -> Result<Laid, RenderError> {
        let mut text = template.fill(data)?;
        if let Some(certificate) = certificate {
            text = self.with_seal(&template.name(), &text, certificate)?;
        }
        self.lay_out(template, &text, data)
    }

    /// Whether a letter is sealed is not known to its wording: the line is the same for every kind and version.
    pub(super) fn with_seal(&self, name: &str, text: &str, certificate: &str) -> Result<String, RenderError> {
        let data = json!({ "segel": { "sertifikat": certificate } });
        let line = self.seal.fill(embedded::SEAL.0, &data, &["segel.sertifikat".to_owned()])?;
        let (before, after) =
            text.split_once(SIGNED).ok_or_else(|| structure(name, "a letter without a signature block"))?;
        Ok(format!("{before}{SIGNED}\n\n{line}\n{after}"))
    }

    /// Whether the wording can be filled in, sealed and printed, without drawing it.
    pub(super) fn prove(&self, template: &LetterTemplate, data: &Value) -> Result<(), RenderError> {
        let name = template.name();
        let running = Running {
            header: template.fill_line("header", data)?,
            footer: template.fill_line("line", data)?,
        };
        let mut text = template.fill(data)?;
        if template.kind().is_signed() {
            text = self.with_seal(&name, &text, proof::CERTIFICATE)?;
        }
        let blocks = markup::parse(&text).map_err(|reason| structure(&name, reason))?;
        self.check_characters(&name, &blocks, &running, data)
    }

    /// The emblems that letters may name: whoever renders puts the one of the letter here before.
    pub fn emblems(&self) -> &Emblems {
        &self.emblems
    }

    /// The faces that letters are set in.
    pub(super) fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    pub(super) fn lay_out(
        &self,
        template: &LetterTemplate,
        text: &str,
        data: &Value,
    ) -> Result<Laid, RenderError> {
        let name = template.name();
        let running = Running {
            header: template.fill_line("header", data)?,
            footer: template.fill_line("line", data)?,
        };
        let blocks = markup::parse(text).map_err(|reason| structure(&name, reason))?;
        self.check_characters(&name, &blocks, &running, data)?;
        let paper = letterhead::paper(template.matter().paper, data);
        let ink = letterhead::ink(data);
        let set = typeset::typeset(&self.fonts, paper, &blocks, ink.as_ref());
        paginate::paginate(&self.fonts, set, &running)
            .map_err(|paginate::TooTall| RenderError::TooTall { template: name })
    }

    /// Renders an e-mail: plain text and HTML from the same parts.
    ///
    /// # Errors
    /// A field that is missing or not text, a structure that e-mails do not have.
    pub fn email(&self, kind: EmailKind, data: &Value) -> Result<EmailText, RenderError> {
        let name = email_name(kind);
        let head =
            self.email_heads.get(&kind).ok_or_else(|| structure(&name, "the template is not loaded"))?;
        let subject = self.emails.fill(&subject_name(&name), data, &head.known)?;
        let subject = email_text::subject(&literal::reveal(&subject));
        let text = self.emails.fill(&name, data, &head.known)?;
        let parts = email_parts::parse(&text).map_err(|reason| structure(&name, reason))?;
        let office = data.pointer("/kpp/nama").and_then(Value::as_str).unwrap_or_default();
        let links = addresses(&head.matter, data);
        let office = literal::reveal(&literal::hide_in_email(office));
        let page = Page { subject: &subject, office: &office, parts: &parts, links: &links };
        let html = self.frame.html(&page).map_err(|_| structure(&name, "the HTML cannot be made"))?;
        Ok(EmailText { body: email_text::body(&parts), html, subject })
    }

    /// The data that the examples in the front matter make: for trying the wording out.
    pub fn sample(&self, kind: LetterKind) -> Value {
        self.letters.get(&kind).map_or(Value::Null, |template| template.sample())
    }

    /// The same for an e-mail.
    pub fn email_sample(&self, kind: EmailKind) -> Value {
        self.email_heads.get(&kind).map_or(Value::Null, |head| sample::sample(&head.matter.fields))
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
        let template = &self.letters[&kind];
        self.lay_out(template, &template.fill(data).unwrap(), data).unwrap()
    }

    #[cfg(test)]
    pub(super) fn pages(&self, kind: LetterKind, data: &Value) -> Vec<Vec<super::drawing::Draw>> {
        self.laid(kind, data).pages
    }

    #[cfg(test)]
    pub(super) fn unused_fields(&self, kind: LetterKind) -> Vec<String> {
        let template = &self.letters[&kind];
        let used = template.used_fields();
        template.fields().iter().filter(|field| !used.contains(*field)).cloned().collect()
    }

    /// A PDF writer drops what a face does not have; a letter that lacks a character must not go out.
    fn check_characters(
        &self,
        name: &str,
        blocks: &[Placed],
        running: &Running,
        data: &Value,
    ) -> Result<(), RenderError> {
        let check = |face: FaceName, text: &str| match text.chars().find(|c| !self.fonts.can_print(face, *c))
        {
            None => Ok(()),
            Some(character) => {
                let field = field_with(data, character);
                Err(RenderError::Unprintable { template: name.into(), code_point: character.into(), field })
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

pub(super) fn spans(block: &Block) -> Vec<&super::blocks::Span> {
    let lines: Vec<&Line> = match block {
        Block::Paragraph { lines, marker, .. } => lines.iter().chain(marker).collect(),
        Block::Reference(rows) => rows.iter().flat_map(|row| [&row.key, &row.value, &row.right]).collect(),
        Block::KeyValue { rows, .. } => rows.iter().flat_map(|(key, value)| [key, value]).collect(),
        Block::Grid { header, rows, .. } => header.iter().chain(rows.iter().flatten()).collect(),
        Block::Code { .. } | Block::Qr { .. } | Block::Room => Vec::new(),
    };
    lines.into_iter().flatten().collect()
}

/// The addresses in the fields that are declared as URL. Only these become links.
fn addresses<'a>(matter: &FrontMatter, data: &'a Value) -> Vec<&'a str> {
    let declared = matter.fields.iter().filter(|(_, field)| field.shape.starts_with("URL"));
    declared
        .filter_map(|(path, _)| data.pointer(&format!("/{}", path.replace('.', "/")))?.as_str())
        .filter(|address| ["https://", "http://"].iter().any(|scheme| address.starts_with(scheme)))
        .collect()
}

/// The end of the signature block: the line about the seal stands below it.
const SIGNED: &str = "<!-- /tanda-tangan -->";

fn email_name(kind: EmailKind) -> String {
    format!("emails/{kind}")
}

/// The name of the subject, a line of the front matter.
fn subject_name(template: &str) -> String {
    format!("{template}#subject")
}

fn structure(template: &str, reason: &'static str) -> RenderError {
    RenderError::Structure { template: template.into(), reason }
}

/// Parses every e-mail; pieces have no front matter.
fn load_emails(wording: &mut Wording) -> Result<BTreeMap<String, FrontMatter>, TemplateError> {
    let mut heads = BTreeMap::new();
    for (name, source) in embedded::EMAILS {
        if name.contains("/_") {
            wording.add(name, *source, 0)?;
            continue;
        }
        let (matter, body, lines_above) = front_matter::split(name, source)?;
        wording.add(name, body, lines_above)?;
        wording.add(&subject_name(name), matter.subject.clone(), 0)?;
        heads.insert((*name).to_owned(), matter);
    }
    Ok(heads)
}

/// Pairs every kind with its template and checks that each field used is declared.
fn email_heads(
    wording: &Wording,
    mut matter: BTreeMap<String, FrontMatter>,
) -> Result<BTreeMap<EmailKind, Head>, TemplateError> {
    let mut heads = BTreeMap::new();
    for kind in EmailKind::ALL {
        let name = email_name(kind);
        let Some(matter) = matter.remove(&name) else {
            return Err(TemplateError::FrontMatter { template: name, reason: "the file is missing".into() });
        };
        if matter.kind != kind.as_str() {
            return Err(TemplateError::KindMismatch { template: name, found: matter.kind });
        }
        let known: Vec<String> = matter.fields.keys().cloned().collect();
        let mut places = wording.fields(&name)?;
        places.extend(wording.fields(&subject_name(&name))?);
        if let Some(place) = places.into_iter().find(|place| !matter.fields.contains_key(&place.field)) {
            let (template, line, field) = (place.template, place.line, place.field);
            return Err(TemplateError::UndeclaredField { template, line, field, known });
        }
        heads.insert(kind, Head { matter, known });
    }
    Ok(heads)
}
