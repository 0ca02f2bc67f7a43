//! Whoever holds a letter can ask whether it is genuine. The answer repeats what stands on the letter, masked, and says
//! whether it still holds; it tells nothing of a request, a mailbox or a code.

use chrono::NaiveDate;
use serde_json::Value;
use sqlx::PgConnection;

use super::{
    AppError, Office,
    limits::{CallerAddress, VERIFICATION_NETWORK},
};
use crate::{
    domain::{ids::LetterId, indonesian, names::CredentialState, verification::VerificationToken},
    store::{
        self,
        letters::{FileSignature, Letter, LetterRowKind},
    },
};

/// Whether a genuine letter still says what holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// What it says holds, or it is a receipt: that a request was received stays true.
    Valid,
    /// The pair of the letter is not in force any more: a later one was issued, or it was revoked.
    PairEnded,
    /// A correction took its place.
    Replaced { number: String, dated_on: NaiveDate },
}

/// What the holder of a letter sees of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLetter {
    pub id: LetterId,
    pub kind: LetterRowKind,
    /// Of the letter or, for a receipt, of the receipt.
    pub number: String,
    pub dated_on: NaiveDate,
    pub office_name: String,
    /// First and last letter of each word of the name.
    pub addressee: String,
    pub standing: Standing,
    /// The seal of the office on the file, once there is a file with one.
    pub seal: Option<FileSignature>,
}

/// The letter with this token.
///
/// Errors: [`AppError::NotFound`] for a token that no letter has, whatever its shape; [`AppError::TooManyAttempts`].
pub async fn verify_letter(
    office: &Office,
    from: CallerAddress,
    token: &str,
) -> Result<VerifiedLetter, AppError> {
    let mut tx = office.begin().await?;
    let found = look_up(office, &mut tx, from, token).await;
    tx.commit().await?;
    let letter = found?;
    let mut conn = office.pool.acquire().await?;
    view(&mut conn, &letter).await
}

/// Whether a file is the stored one of a letter that was looked up, or of one of its copies.
pub async fn is_stored_file(office: &Office, id: LetterId, sha256: &[u8; 32]) -> Result<bool, AppError> {
    let mut conn = office.pool.acquire().await?;
    Ok(store::letters::has_file(&mut conn, id, sha256).await?)
}

/// Every question counts, right or wrong, so that nobody can try tokens out.
async fn look_up(
    office: &Office,
    conn: &mut PgConnection,
    from: CallerAddress,
    token: &str,
) -> Result<Letter, AppError> {
    let now = office.now();
    let gate = office.network_gate(VERIFICATION_NETWORK, from);
    gate.pass(conn, now).await?;
    gate.count(conn, now).await?;
    let token: VerificationToken = token.parse().map_err(|_| AppError::NotFound("letter"))?;
    store::letters::with_token(conn, &token).await?.ok_or(AppError::NotFound("letter"))
}

async fn view(conn: &mut PgConnection, letter: &Letter) -> Result<VerifiedLetter, AppError> {
    let office = store::offices::find(conn, letter.office).await?.ok_or(AppError::NotFound("office"))?;
    let printed = |pointer: &str| letter.data.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let number = match letter.kind {
        LetterRowKind::Receipt => printed("/tanda_terima/nomor").to_owned(),
        LetterRowKind::DeficiencyList
        | LetterRowKind::ActivationNotice
        | LetterRowKind::RefusalNotice
        | LetterRowKind::EmailChangeNotice => letter.number.clone().unwrap_or_default(),
    };
    Ok(VerifiedLetter {
        id: letter.id,
        kind: letter.kind,
        number,
        dated_on: letter.dated_on,
        office_name: office.name,
        addressee: indonesian::masked_name(printed("/pkp/nama")),
        standing: standing(conn, letter).await?,
        seal: store::letters::file_signature(conn, letter.id).await?,
    })
}

async fn standing(conn: &mut PgConnection, letter: &Letter) -> Result<Standing, AppError> {
    if let Some(successor) = store::corrections::successor(conn, letter.id).await? {
        return Ok(Standing::Replaced { number: successor.number, dated_on: successor.dated_on });
    }
    let pair = match (letter.kind, letter.credential) {
        (LetterRowKind::ActivationNotice, Some(credential)) => {
            store::credentials::find_unlocked(conn, credential).await?
        }
        (
            LetterRowKind::Receipt
            | LetterRowKind::DeficiencyList
            | LetterRowKind::ActivationNotice
            | LetterRowKind::RefusalNotice
            | LetterRowKind::EmailChangeNotice,
            _,
        ) => None,
    };
    Ok(match pair.map(|pair| pair.state) {
        None | Some(CredentialState::Active | CredentialState::Suspended) => Standing::Valid,
        Some(CredentialState::Superseded | CredentialState::Revoked) => Standing::PairEnded,
    })
}
