//! Proof of kept letters: the seal opens, the bytes have their SHA-256, and the letter made again from its data, with the
//! wording that it was made with, is the same byte for byte.
//!
//! A letter that another version of the renderer made is not made again: its bytes are the record. The code of a letter
//! is opened as when it was printed, with its own row in the audit, and leaves this process on no way.

use chrono::NaiveDate;
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    app::{
        AppError, Office,
        render_letter::{CodeOpened, load, render_sealed},
        secrets,
    },
    domain::{ids::LetterId, office::OfficeCode},
    letters::RENDERER_VERSION,
    store::{
        self,
        audit::{By, Event},
        letters::LetterFile,
        proof::{Kept, Range},
    },
};

/// Letters that are looked up at once; their bytes are read one by one.
const PAGE: i64 = 200;

/// Which letters to prove. All of them when nothing is named.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub office: Option<OfficeCode>,
    /// The first and last day, as printed on the letter.
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    /// The number of a letter or of the receipt of a round.
    pub number: Option<String>,
}

/// What is wrong with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The sealed bytes are not the ones that were sealed for this letter.
    Seal,
    /// The bytes do not have the SHA-256 beside them.
    Sha256,
    /// The letter cannot be made again; why, without a value of its data.
    NotMade(String),
    /// Made again, it has other bytes.
    Bytes,
}

/// How the proof of a letter came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The same bytes again.
    Same,
    /// Its SHA-256 holds; another version of the renderer made it.
    HashOnly {
        renderer_version: String,
    },
    /// It was issued and waits to be made.
    NotMadeYet,
    Differs(Difference),
}

/// One letter that was looked at.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The number that people know it by.
    pub name: String,
    pub outcome: Outcome,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub total: u64,
    pub done: u64,
    pub differences: u64,
}

/// Proves the letters of a range, oldest first, and tells each outcome. One letter is in memory at a time.
///
/// # Errors
/// The database cannot be reached, or what `tell` fails with. A letter that differs is no error.
pub async fn verify_letters<E: From<AppError>>(
    office: &Office,
    wanted: &Wanted,
    tell: &mut (impl FnMut(&Proof, Progress) -> Result<(), E> + Send),
) -> Result<Progress, E> {
    let range = Range {
        office: wanted.office,
        from: wanted.from,
        until: wanted.until,
        number: wanted.number.as_deref(),
    };
    let mut progress = Progress { total: begin(office, wanted, range).await?, ..Progress::default() };
    let mut after = None;
    loop {
        let page = page(office, range, after).await?;
        let Some(last) = page.last() else { return Ok(progress) };
        after = Some(last.id);
        for kept in page {
            let outcome = prove(office, kept.id).await?;
            progress.done += 1;
            progress.differences += u64::from(matches!(outcome, Outcome::Differs(_)));
            tell(&Proof { name: name(&kept), outcome }, progress)?;
        }
    }
}

/// Records who looks at what, and counts it.
async fn begin(office: &Office, wanted: &Wanted, range: Range<'_>) -> Result<u64, AppError> {
    let mut tx = office.begin().await?;
    let total = store::proof::count(&mut tx, range).await?;
    let mut event = Event::new(By::Console, "verify_letters").detail(json!({
        "from": wanted.from, "until": wanted.until, "number": wanted.number, "letters": total,
    }));
    if let Some(code) = wanted.office {
        event = event.office(code);
    }
    store::audit::record(&mut tx, event, office.now()).await?;
    tx.commit().await?;
    Ok(total)
}

async fn page(office: &Office, range: Range<'_>, after: Option<LetterId>) -> Result<Vec<Kept>, AppError> {
    let mut conn = office.pool.acquire().await?;
    Ok(store::proof::page(&mut conn, range, after, PAGE).await?)
}

fn name(kept: &Kept) -> String {
    let number = kept.number.as_deref().unwrap_or(&kept.receipt_number);
    match kept.copy_number {
        Some(copy) => format!("{number} (cetak ulang ke-{copy})"),
        None if kept.number.is_some() => number.to_owned(),
        None => format!("{number} ({})", kept.kind),
    }
}

async fn prove(office: &Office, id: LetterId) -> Result<Outcome, AppError> {
    let mut conn = office.pool.acquire().await?;
    let file = store::letters::file(&mut conn, id).await?;
    drop(conn);
    let Some(file) = file else { return Ok(Outcome::NotMadeYet) };
    let Ok(stored) = secrets::open_letter(office, id, &file.sealed) else {
        return Ok(Outcome::Differs(Difference::Seal));
    };
    if !bool::from(Sha256::digest(&stored).as_slice().ct_eq(&file.sha256)) {
        return Ok(Outcome::Differs(Difference::Sha256));
    }
    if file.renderer_version != RENDERER_VERSION {
        return Ok(Outcome::HashOnly { renderer_version: file.renderer_version });
    }
    match again(office, id, &file).await {
        Ok(rendered) if as_rendered(&file, &stored) == rendered => Ok(Outcome::Same),
        Ok(_) => Ok(Outcome::Differs(Difference::Bytes)),
        Err(error @ (AppError::NotRenderable(_) | AppError::Internal(_))) => {
            Ok(Outcome::Differs(Difference::NotMade(reason(error))))
        }
        Err(error) => Err(error),
    }
}

async fn again(office: &Office, id: LetterId, file: &LetterFile) -> Result<Vec<u8>, AppError> {
    let (_, template, data) = load(office, id, CodeOpened::ToVerify).await?;
    let certificate = file.signature.as_ref().map(|signature| signature.certificate_name.clone());
    Ok(render_sealed(office, template, data, certificate).await?.pdf)
}

/// The bytes as the renderer made them: the office's seal stands behind.
fn as_rendered<'a>(file: &LetterFile, stored: &'a [u8]) -> &'a [u8] {
    let length = file.signature.as_ref().and_then(|seal| usize::try_from(seal.unsigned_length).ok());
    length.and_then(|length| stored.get(..length)).unwrap_or(stored)
}

fn reason(error: AppError) -> String {
    match error {
        AppError::Internal(source) => format!("{source:#}"),
        AppError::NotRenderable(source) => source.to_string(),
        other => other.to_string(),
    }
}
