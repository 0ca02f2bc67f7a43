//! A letter as bytes: rendered once, kept sealed, and from then on only read. The bytes are the record.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use subtle::ConstantTimeEq;

use super::{
    AppError, Office,
    letter_templates::shelf,
    letterhead::{bring_emblem, emblem_file},
    office_seal::{OfficeSeal, seal_of},
    secrets::{self, codes, codes::CodeOf},
};
use crate::{
    domain::{
        credential::{ActivationCode, DOTS},
        ids::{CredentialId, LetterId},
        office::OfficeCode,
        request::Request,
    },
    letters::{DrawnPage, LetterKind, LetterTemplate, RENDERER_VERSION, Rendered},
    store::{
        self,
        audit::{By, Event},
        letters::{FileSignature, Letter, LetterFile, LetterRowKind},
    },
};

/// The stored bytes of a letter, opened and checked.
#[derive(Clone)]
pub struct RenderedLetter {
    pub pdf: Vec<u8>,
    pub pages: u32,
}

/// The bytes hold a code, names and addresses.
impl std::fmt::Debug for RenderedLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RenderedLetter").field("pages", &self.pages).finish_non_exhaustive()
    }
}

/// Why the code of a letter is opened, as the audit names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum CodeOpened {
    /// The letter is made.
    ToPrint,
    /// The letter is made again and compared; the bytes leave the process on no way.
    ToVerify,
}

/// The bytes of a letter: the stored ones, or rendered now and stored. Two renderers at once both return what the
/// first of them stored.
///
/// Holds no connection while it renders. Errors: [`AppError::NotFound`], [`AppError::NotRenderable`], and
/// [`AppError::Internal`] when stored bytes are not the ones that were stored.
pub async fn render_letter(office: &Office, id: LetterId) -> Result<RenderedLetter, AppError> {
    if let Some(stored) = stored(office, id).await? {
        return Ok(stored);
    }
    let (letter, template, data) = load(office, id, CodeOpened::ToPrint).await?;
    let file = make(office, &letter, template, data).await?;
    keep(office, id, file).await?;
    stored(office, id)
        .await?
        .ok_or_else(|| internal("the bytes of a letter are not there after storing them"))
}

/// Renders data with dots in place of the code, for a preview or a dry run before signature. Stores nothing.
pub async fn preview_letter(
    office: &Office,
    template: Arc<LetterTemplate>,
    mut data: Value,
) -> Result<Rendered, AppError> {
    dot(&template, &mut data)?;
    render(office, template, data).await
}

/// The same for a letter that an official of the office signs, with the line about the seal that it will get.
pub(in crate::app) async fn preview_signed(
    office: &Office,
    code: OfficeCode,
    template: Arc<LetterTemplate>,
    mut data: Value,
) -> Result<Rendered, AppError> {
    dot(&template, &mut data)?;
    let seal = seal_of(office, code).await?;
    render_sealed(office, template, data, seal.map(|seal| seal.name())).await
}

/// The same letter, drawn for a screen.
pub(in crate::app) async fn draw_signed(
    office: &Office,
    code: OfficeCode,
    template: Arc<LetterTemplate>,
    mut data: Value,
) -> Result<Vec<DrawnPage>, AppError> {
    dot(&template, &mut data)?;
    let certificate = seal_of(office, code).await?.map(|seal| seal.name());
    draw(office, template, data, certificate).await
}

/// A letter drawn for a screen, with the name of the certificate of the seal that it has or will get.
pub(in crate::app) async fn draw(
    office: &Office,
    template: Arc<LetterTemplate>,
    data: Value,
    certificate: Option<String>,
) -> Result<Vec<DrawnPage>, AppError> {
    let emblem = emblem_file(office, &data).await?;
    let templates = Arc::clone(&office.templates);
    tokio::task::spawn_blocking(move || {
        templates.draw_sealed(&template, &data, certificate.as_deref(), emblem.as_deref())
    })
    .await
    .map_err(|error| AppError::Internal(error.into()))?
    .map_err(AppError::NotRenderable)
}

/// The template of a kept letter.
pub(in crate::app) fn template_of(kind: LetterRowKind) -> LetterKind {
    match kind {
        LetterRowKind::Receipt => LetterKind::Receipt,
        LetterRowKind::DeficiencyList => LetterKind::DeficiencyList,
        LetterRowKind::ActivationNotice => LetterKind::ActivationNotice,
        LetterRowKind::RefusalNotice => LetterKind::RefusalNotice,
        LetterRowKind::EmailChangeNotice => LetterKind::EmailChangeNotice,
    }
}

fn dot(template: &LetterTemplate, data: &mut Value) -> Result<(), AppError> {
    if template.kind() == LetterKind::ActivationNotice {
        put(data, "kredensial", "kode_cetak", DOTS)?;
    }
    Ok(())
}

/// Sets a field of letter or e-mail data. The group is made when it is missing.
pub(in crate::app) fn put(data: &mut Value, group: &str, field: &str, value: &str) -> Result<(), AppError> {
    let fields = data
        .as_object_mut()
        .map(|groups| groups.entry(group).or_insert_with(|| json!({})))
        .and_then(Value::as_object_mut)
        .ok_or_else(|| internal("the data of a letter or an e-mail have another shape"))?;
    fields.insert(field.to_owned(), value.into());
    Ok(())
}

async fn stored(office: &Office, id: LetterId) -> Result<Option<RenderedLetter>, AppError> {
    let mut conn = office.pool.acquire().await?;
    read_stored(office, &mut conn, id).await
}

/// The stored bytes of a letter, if there are any, opened and checked.
pub(in crate::app) async fn read_stored(
    office: &Office,
    conn: &mut PgConnection,
    id: LetterId,
) -> Result<Option<RenderedLetter>, AppError> {
    let file = store::letters::file(conn, id).await?;
    file.map(|file| {
        let pdf = secrets::open_letter(office, id, &file.sealed)?;
        if !bool::from(Sha256::digest(&pdf).as_slice().ct_eq(&file.sha256)) {
            return Err(internal("the stored bytes of a letter do not have their SHA-256"));
        }
        let pages = u32::try_from(file.pages).map_err(|error| AppError::Internal(error.into()))?;
        Ok(RenderedLetter { pdf, pages })
    })
    .transpose()
}

/// The letter's data with what is secret in them. Opening a code leaves its trace before anything is printed.
pub(in crate::app) async fn load(
    office: &Office,
    id: LetterId,
    opened: CodeOpened,
) -> Result<(Letter, Arc<LetterTemplate>, Value), AppError> {
    let mut tx = office.begin().await?;
    let letter = store::letters::find(&mut tx, id).await?.ok_or(AppError::NotFound("letter"))?;
    let request =
        store::requests::find(&mut tx, letter.request).await?.ok_or(AppError::NotFound("request"))?;
    let template = wording_of(office, &mut tx, &letter).await?;
    let mut data = letter.data.clone();
    match (letter.kind, letter.credential) {
        (LetterRowKind::ActivationNotice, Some(credential)) => {
            let code = open_code(office, &mut tx, &letter, &request, credential, opened).await?;
            put(&mut data, "kredensial", "kode_cetak", &code.grouped())?;
        }
        (LetterRowKind::ActivationNotice, None) => {
            return Err(internal("an activation notice names no pair"));
        }
        (LetterRowKind::Receipt, _) => {
            put(&mut data, "tanda_terima", "kode_lacak", &secrets::tracking_code(office, &request)?)?;
        }
        (
            LetterRowKind::DeficiencyList | LetterRowKind::RefusalNotice | LetterRowKind::EmailChangeNotice,
            _,
        ) => {}
    }
    tx.commit().await?;
    Ok((letter, template, data))
}

/// The wording that a letter was made with, whatever is in force today.
pub(in crate::app) async fn wording_of(
    office: &Office,
    conn: &mut PgConnection,
    letter: &Letter,
) -> Result<Arc<LetterTemplate>, AppError> {
    let kind = template_of(letter.kind);
    shelf::kept(office, conn, kind, letter.template_version).await?.ok_or_else(|| {
        let version = letter.template_version;
        AppError::Internal(anyhow::anyhow!("the wording of {kind}, version {version}, was never recorded"))
    })
}

async fn open_code(
    office: &Office,
    conn: &mut PgConnection,
    letter: &Letter,
    request: &Request,
    credential: CredentialId,
    opened: CodeOpened,
) -> Result<ActivationCode, AppError> {
    let sealed = store::credentials::sealed_code(conn, credential)
        .await?
        .ok_or_else(|| internal("the pair of an activation notice has no code"))?;
    let (by, act) = match opened {
        CodeOpened::ToPrint => (By::System, "code_printed"),
        CodeOpened::ToVerify => (By::Console, "code_opened_to_verify"),
    };
    let event = Event::new(by, act)
        .office(letter.office)
        .request(request.id)
        .taxpayer(request.taxpayer)
        .subject(credential.0)
        .detail(json!({ "letter_id": letter.id }));
    store::audit::record(conn, event, office.now()).await?;
    codes::open(office, credential, CodeOf::Account, &sealed)
}

/// Renders on a thread of its own: it takes milliseconds of a processor.
pub(in crate::app) async fn render(
    office: &Office,
    template: Arc<LetterTemplate>,
    data: Value,
) -> Result<Rendered, AppError> {
    render_sealed(office, template, data, None).await
}

/// The same with the name of the certificate of the seal that the letter has or will get.
pub(in crate::app) async fn render_sealed(
    office: &Office,
    template: Arc<LetterTemplate>,
    data: Value,
    certificate: Option<String>,
) -> Result<Rendered, AppError> {
    bring_emblem(office, &data).await?;
    let templates = Arc::clone(&office.templates);
    tokio::task::spawn_blocking(move || templates.render_sealed(&template, &data, certificate.as_deref()))
        .await
        .map_err(|error| AppError::Internal(error.into()))?
        .map_err(AppError::NotRenderable)
}

/// The bytes to keep, sealed by the office when an official signed the letter and the office has a certificate.
async fn make(
    office: &Office,
    letter: &Letter,
    template: Arc<LetterTemplate>,
    data: Value,
) -> Result<LetterFile, AppError> {
    let seal = if letter.signed_by.is_some() { seal_of(office, letter.office).await? } else { None };
    let certificate = seal.as_ref().map(OfficeSeal::name);
    let rendered = render_sealed(office, template, data, certificate).await?;
    let pages = number(rendered.pages)?;
    let (pdf, signature) = match seal {
        None => (rendered.pdf, None),
        Some(seal) => {
            let signed = seal.put_on(office, rendered).await?;
            let signature = FileSignature {
                unsigned_length: number(signed.unsigned_length)?,
                certificate_name: signed.chain.display_name(),
                certificate_subject: signed.chain.subject(),
                certificate_serial: signed.chain.serial(),
                certificate_sha256: signed.chain.sha256().to_vec(),
            };
            (signed.pdf, Some(signature))
        }
    };
    Ok(LetterFile {
        sealed: secrets::seal_letter(office, letter.id, &pdf)?,
        sha256: Sha256::digest(&pdf).to_vec(),
        pages,
        renderer_version: RENDERER_VERSION.to_owned(),
        signature,
    })
}

async fn keep(office: &Office, id: LetterId, file: LetterFile) -> Result<(), AppError> {
    let mut tx = office.begin().await?;
    store::letters::keep_file(&mut tx, id, &file, office.now()).await?;
    tx.commit().await?;
    Ok(())
}

fn number<N: TryInto<i32, Error: std::error::Error + Send + Sync + 'static>>(
    count: N,
) -> Result<i32, AppError> {
    count.try_into().map_err(|error| AppError::Internal(error.into()))
}

fn internal(what: &'static str) -> AppError {
    AppError::Internal(anyhow::anyhow!(what))
}
