//! Proof that a letter holds whatever its data are: what `letter check` runs.
//!
//! A letter is proven with data when it is made twice with the same bytes, the file opens again with the pages that were
//! laid out, everything stands inside the margins, no text overlaps another, and every sign of the text is on a page.
//! Characters that no face has are proven to be refused, with the name of their field.

mod data_sets;
mod pages;

use std::fmt;

use serde_json::Value;

use super::error::RenderError;
use super::kind::{EmailKind, LetterKind};
use super::letter_template::LetterTemplate;
use super::markup;
use super::templates::Templates;

/// The longest name of a certificate that letters are tried with.
pub(super) const CERTIFICATE: &str = "KEMENTERIAN KEUANGAN REPUBLIK INDONESIA, DIREKTORAT JENDERAL PAJAK, \
                                      KANTOR PELAYANAN PAJAK MADYA DUA JAKARTA SELATAN SATU";

/// Data that a letter is tried with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataSet {
    /// The examples of the front matter, once for each choice that it names.
    Sample,
    /// Nothing wherever nothing may stand.
    Minimal,
    /// Every text as long as a form allows, every list long.
    Longest,
    /// Signs that mean something to Markdown, HTML, Jinja and PDF, words of 300 characters, characters that no face has.
    Hostile,
}

impl DataSet {
    pub const ALL: [Self; 4] = [Self::Sample, Self::Minimal, Self::Longest, Self::Hostile];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Minimal => "minimal",
            Self::Longest => "longest",
            Self::Hostile => "hostile",
        }
    }
}

/// What was proven of one kind with one set of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    /// Letters that were made, one for each choice that the front matter names.
    pub letters: usize,
    /// Of the longest of them.
    pub pages: usize,
    pub largest_bytes: usize,
    /// Letters that were refused, as they must be.
    pub refused: usize,
}

impl fmt::Display for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { letters, pages, largest_bytes, refused } = self;
        write!(
            f,
            "{letters} letters on up to {pages} pages, {largest_bytes} bytes: inside the margins, no overlap, complete, same bytes twice"
        )?;
        if *refused > 0 {
            write!(f, "; {refused} with a character that cannot be printed refused by field")?;
        }
        Ok(())
    }
}

/// What a letter does not hold to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    #[error(transparent)]
    NotMade(#[from] RenderError),
    #[error("page {page}: a text begins or ends outside of the margins")]
    OutsideMargins { page: usize },
    #[error("page {page}: two texts overlap")]
    Overlap { page: usize },
    #[error("a character U+{code_point:04X} of the text is on no page")]
    Lost { code_point: u32 },
    #[error("the same data gave other bytes")]
    OtherBytes,
    #[error("the file does not open again with its {0} pages")]
    BrokenFile(usize),
    #[error("a character that cannot be printed was not refused by its field {0}")]
    NotRefused(String),
}

impl Templates {
    /// Tries a version of a letter with one set of data.
    ///
    /// # Errors
    /// The first thing that it does not hold to.
    pub fn prove_with(&self, template: &LetterTemplate, set: DataSet) -> Result<Proven, Unproven> {
        let mut proven = Proven { letters: 0, pages: 0, largest_bytes: 0, refused: 0 };
        for data in data_sets::of(template, set) {
            let (pages, bytes) = self.prove_letter(template, &data)?;
            proven.letters += 1;
            proven.pages = proven.pages.max(pages);
            proven.largest_bytes = proven.largest_bytes.max(bytes);
        }
        if set == DataSet::Hostile {
            proven.refused = self.prove_refusals(template)?;
        }
        Ok(proven)
    }

    /// Lays a version of a letter out with one set of the program's data: all that depends on the wording. That the same
    /// pages become the same bytes does not, and is not tried again.
    pub(super) fn prove_layout(
        &self,
        template: &LetterTemplate,
        program: &LetterTemplate,
        set: DataSet,
    ) -> Result<(), Unproven> {
        data_sets::of(program, set).iter().try_for_each(|data| self.check_pages(template, data).map(drop))
    }

    /// Makes every e-mail from the examples in its front matter.
    ///
    /// # Errors
    /// The first that cannot be made.
    pub fn prove_emails(&self) -> Result<(), RenderError> {
        EmailKind::ALL.into_iter().try_for_each(|kind| self.email(kind, &self.email_sample(kind)).map(drop))
    }

    /// Pages and bytes of a letter that holds.
    fn prove_letter(&self, template: &LetterTemplate, data: &Value) -> Result<(usize, usize), Unproven> {
        let count = self.check_pages(template, data)?;
        let rendered = self.render_with(template, data)?;
        if self.render_with(template, data)? != rendered {
            return Err(Unproven::OtherBytes);
        }
        let file = lopdf::Document::load_mem(&rendered.pdf);
        if file.is_ok_and(|file| file.get_pages().len() == count) {
            Ok((count, rendered.pdf.len()))
        } else {
            Err(Unproven::BrokenFile(count))
        }
    }

    /// Lays a letter out and gives the number of its pages, when all of them are as they must be. A letter that an
    /// official signs must hold with the line about a seal as well.
    pub(super) fn check_pages(&self, template: &LetterTemplate, data: &Value) -> Result<usize, Unproven> {
        let text = template.fill(data)?;
        if template.kind().is_signed() {
            self.check_text(template, &self.with_seal(&template.name(), &text, CERTIFICATE)?, data)?;
        }
        self.check_text(template, &text, data)
    }

    fn check_text(&self, template: &LetterTemplate, text: &str, data: &Value) -> Result<usize, Unproven> {
        let laid = self.lay_out(template, text, data)?;
        let blocks = markup::parse(text)
            .map_err(|reason| RenderError::Structure { template: template.name(), reason })?;
        pages::check(self.fonts(), &laid, &blocks)?;
        Ok(laid.pages.len())
    }

    /// Each text that is printed is tried with a character that no face has.
    fn prove_refusals(&self, template: &LetterTemplate) -> Result<usize, Unproven> {
        let sample = template.sample();
        let without = self.lay_out(template, &template.fill(&sample)?, &sample)?;
        let mut refused = 0;
        for (field, character, data) in data_sets::unprintable(template) {
            let laid = template.fill(&data).and_then(|text| self.lay_out(template, &text, &data));
            match laid {
                Err(RenderError::Unprintable { field: Some(named), code_point, .. })
                    if named.starts_with(&field) && code_point == u32::from(character) =>
                {
                    refused += 1;
                }
                // The sample does not print every field: a choice leaves some out.
                Ok(laid) if laid.pages == without.pages => {}
                Ok(_) | Err(_) => return Err(Unproven::NotRefused(field)),
            }
        }
        Ok(refused)
    }
}

/// Every kind with every set of data, in their order.
pub fn cases() -> impl Iterator<Item = (LetterKind, DataSet)> {
    LetterKind::ALL.into_iter().flat_map(|kind| DataSet::ALL.map(|set| (kind, set)))
}
