//! Letters: the record of what was issued, and its rendered bytes.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, error::Column};
use crate::domain::{
    email_address::EmailAddress,
    ids::{CredentialId, LetterId, RequestId, RoundId, StaffId, TaxpayerId},
    letter_number::LetterNumber,
    names::{Delivery, named},
    office::OfficeCode,
    verification::VerificationToken,
};

named! {
    /// Kinds of letters that are kept.
    LetterRowKind {
        Receipt = "receipt",
        DeficiencyList = "deficiency_list",
        ActivationNotice = "activation_notice",
        RefusalNotice = "refusal_notice",
        EmailChangeNotice = "email_change_notice",
    }
}

#[derive(Debug, Clone)]
pub struct Letter {
    pub id: LetterId,
    pub office: OfficeCode,
    pub request: RequestId,
    pub round: RoundId,
    pub kind: LetterRowKind,
    /// As printed; a copy repeats the number of its original.
    pub number: Option<String>,
    /// Set for a letter that took a number of the series itself.
    pub allocated: Option<LetterNumber>,
    pub dated_on: NaiveDate,
    pub copy_of: Option<LetterId>,
    pub copy_number: Option<i32>,
    pub credential: Option<CredentialId>,
    /// None for a copy, which shows the address of its original, and for a deficiency list.
    pub verification: Option<VerificationToken>,
    pub template_version: i32,
    /// What is printed, without the code.
    pub data: serde_json::Value,
    pub addressee: Option<EmailAddress>,
    pub delivery: Delivery,
    pub delivery_reason: Option<String>,
    pub drafted_by: Option<StaffId>,
    pub signed_by: Option<StaffId>,
    pub created_at: DateTime<Utc>,
    pub printed_count: i32,
    pub handed_out_at: Option<DateTime<Utc>>,
    pub tracking_number: Option<String>,
    pub returned_at: Option<DateTime<Utc>>,
}

struct Row {
    letter_id: Uuid,
    office_code: String,
    request_id: Uuid,
    round_id: Uuid,
    kind: String,
    year: Option<i32>,
    sequence: Option<i32>,
    number: Option<String>,
    dated_on: NaiveDate,
    copy_of: Option<Uuid>,
    copy_number: Option<i32>,
    credential_id: Option<Uuid>,
    verification_token: Option<String>,
    template_version: i32,
    data: serde_json::Value,
    addressee_email: Option<String>,
    delivery: String,
    delivery_reason: Option<String>,
    drafted_by: Option<Uuid>,
    signed_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    printed_count: i32,
    handed_out_at: Option<DateTime<Utc>>,
    tracking_number: Option<String>,
    returned_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Letter {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let at = |column| Column("letters", column);
        let office: OfficeCode = at("office_code").parse(&row.office_code)?;
        Ok(Self {
            id: LetterId(row.letter_id),
            office,
            request: RequestId(row.request_id),
            round: RoundId(row.round_id),
            kind: at("kind").parse(&row.kind)?,
            number: row.number,
            allocated: row.year.zip(row.sequence).map(|(year, sequence)| LetterNumber {
                office,
                year,
                sequence,
            }),
            dated_on: row.dated_on,
            copy_of: row.copy_of.map(LetterId),
            copy_number: row.copy_number,
            credential: row.credential_id.map(CredentialId),
            verification: at("verification_token").parse_some(row.verification_token.as_deref())?,
            template_version: row.template_version,
            data: row.data,
            addressee: at("addressee_email").parse_some(row.addressee_email.as_deref())?,
            delivery: at("delivery").parse(&row.delivery)?,
            delivery_reason: row.delivery_reason,
            drafted_by: row.drafted_by.map(StaffId),
            signed_by: row.signed_by.map(StaffId),
            created_at: row.created_at,
            printed_count: row.printed_count,
            handed_out_at: row.handed_out_at,
            tracking_number: row.tracking_number,
            returned_at: row.returned_at,
        })
    }
}

pub async fn find(conn: &mut PgConnection, id: LetterId) -> Result<Option<Letter>, StoreError> {
    sqlx::query_as!(
        Row,
        "select letter_id, office_code, request_id, round_id, kind, year, sequence, number, dated_on, copy_of, copy_number,
                credential_id, verification_token, template_version, data, addressee_email, delivery, delivery_reason, drafted_by, signed_by,
                created_at, printed_count, handed_out_at, tracking_number, returned_at
         from letters where letter_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?
    .map(Letter::try_from)
    .transpose()
}

/// All letters of a request, oldest first.
pub async fn of_request(conn: &mut PgConnection, request: RequestId) -> Result<Vec<Letter>, StoreError> {
    sqlx::query_as!(
        Row,
        "select letter_id, office_code, request_id, round_id, kind, year, sequence, number, dated_on, copy_of, copy_number,
                credential_id, verification_token, template_version, data, addressee_email, delivery, delivery_reason, drafted_by, signed_by,
                created_at, printed_count, handed_out_at, tracking_number, returned_at
         from letters where request_id = $1 order by created_at, letter_id",
        request.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Letter::try_from)
    .collect()
}

/// The letter or receipt whose paper shows this token.
pub async fn with_token(
    conn: &mut PgConnection,
    token: &VerificationToken,
) -> Result<Option<Letter>, StoreError> {
    sqlx::query_as!(
        Row,
        "select letter_id, office_code, request_id, round_id, kind, year, sequence, number, dated_on, copy_of, copy_number,
                credential_id, verification_token, template_version, data, addressee_email, delivery, delivery_reason, drafted_by, signed_by,
                created_at, printed_count, handed_out_at, tracking_number, returned_at
         from letters where verification_token = $1",
        token.as_str()
    )
    .fetch_optional(conn)
    .await?
    .map(Letter::try_from)
    .transpose()
}

/// The token on the receipt of a round.
pub async fn receipt_token(
    conn: &mut PgConnection,
    round: RoundId,
) -> Result<Option<VerificationToken>, StoreError> {
    let token = sqlx::query_scalar!(
        "select verification_token from letters where round_id = $1 and kind = 'receipt' order by created_at limit 1",
        round.0
    )
    .fetch_optional(conn)
    .await?
    .flatten();
    Column("letters", "verification_token").parse_some(token.as_deref())
}

/// Whether these are the stored bytes of the letter or of one of its copies.
pub async fn has_file(conn: &mut PgConnection, id: LetterId, sha256: &[u8]) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from letter_files join letters using (letter_id)
                          where (letter_id = $1 or copy_of = $1) and sha256 = $2) as "found!""#,
        id.0,
        sha256
    )
    .fetch_one(conn)
    .await?)
}

/// The valid letter that carries the code of a pair, not a copy of it; `None` for an imported pair.
pub async fn original_of(
    conn: &mut PgConnection,
    credential: CredentialId,
) -> Result<Option<Letter>, StoreError> {
    sqlx::query_as!(
        Row,
        "select letter_id, office_code, request_id, round_id, kind, year, sequence, number, dated_on, copy_of, copy_number,
                credential_id, verification_token, template_version, data, addressee_email, delivery, delivery_reason, drafted_by, signed_by,
                created_at, printed_count, handed_out_at, tracking_number, returned_at
         from letters where credential_id = $1 and copy_number is null and superseded_at is null order by created_at limit 1",
        credential.0
    )
    .fetch_optional(conn)
    .await?
    .map(Letter::try_from)
    .transpose()
}

/// How many copies of the letter of this pair were issued.
pub async fn copies(conn: &mut PgConnection, credential: CredentialId) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce(max(copy_number), 0) as "copies!" from letters where credential_id = $1"#,
        credential.0
    )
    .fetch_one(conn)
    .await?)
}

pub async fn insert(conn: &mut PgConnection, letter: &Letter) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into letters (letter_id, office_code, request_id, round_id, kind, series, year, sequence, number, dated_on,
             copy_of, copy_number, credential_id, template_version, data, addressee_email, delivery, delivery_reason,
             drafted_by, signed_by, created_at, verification_token)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
        letter.id.0,
        letter.office.as_str(),
        letter.request.0,
        letter.round.0,
        letter.kind.as_str(),
        letter.allocated.map(|_| "S"),
        letter.allocated.map(|number| number.year),
        letter.allocated.map(|number| number.sequence),
        letter.number,
        letter.dated_on,
        letter.copy_of.map(|id| id.0),
        letter.copy_number,
        letter.credential.map(|id| id.0),
        letter.template_version,
        letter.data,
        letter.addressee.as_ref().map(ToString::to_string),
        letter.delivery.as_str(),
        letter.delivery_reason,
        letter.drafted_by.map(|id| id.0),
        letter.signed_by.map(|id| id.0),
        letter.created_at,
        letter.verification.as_ref().map(VerificationToken::as_str)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The next number of the series `S`. The row lock serialises signers of one office: take it last.
pub async fn allocate_number(
    conn: &mut PgConnection,
    office: OfficeCode,
    year: i32,
) -> Result<LetterNumber, StoreError> {
    let sequence = sqlx::query_scalar!(
        "insert into letter_series (office_code, series, year, last_number) values ($1, 'S', $2, 1)
         on conflict (office_code, series, year) do update set last_number = letter_series.last_number + 1
         returning last_number",
        office.as_str(),
        year
    )
    .fetch_one(conn)
    .await?;
    Ok(LetterNumber { office, year, sequence })
}

/// The rendered bytes of a letter, sealed.
#[derive(Debug, Clone)]
pub struct LetterFile {
    pub sealed: Vec<u8>,
    pub sha256: Vec<u8>,
    pub pages: i32,
    pub renderer_version: String,
    /// None for a file that the office did not seal with a certificate.
    pub signature: Option<FileSignature>,
}

/// The seal of the office on a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSignature {
    /// So many of the first bytes are the letter as it was rendered.
    pub unsigned_length: i32,
    /// As the letter names the certificate.
    pub certificate_name: String,
    /// The whole subject (RFC 4514).
    pub certificate_subject: String,
    /// Hexadecimal.
    pub certificate_serial: String,
    pub certificate_sha256: Vec<u8>,
}

pub async fn file(conn: &mut PgConnection, id: LetterId) -> Result<Option<LetterFile>, StoreError> {
    let row = sqlx::query!(
        "select sealed, sha256, pages, renderer_version, unsigned_length, certificate_name, certificate_subject,
                certificate_serial, certificate_sha256
         from letter_files where letter_id = $1",
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| LetterFile {
        sealed: row.sealed,
        sha256: row.sha256,
        pages: row.pages,
        renderer_version: row.renderer_version,
        signature: row
            .unsigned_length
            .zip(row.certificate_name.zip(row.certificate_subject))
            .zip(row.certificate_serial.zip(row.certificate_sha256))
            .map(|((unsigned_length, (name, subject)), (serial, sha256))| FileSignature {
                unsigned_length,
                certificate_name: name,
                certificate_subject: subject,
                certificate_serial: serial,
                certificate_sha256: sha256,
            }),
    }))
}

/// The seal on the file of a letter; `None` when there is no file yet, or no seal on it.
pub async fn file_signature(
    conn: &mut PgConnection,
    id: LetterId,
) -> Result<Option<FileSignature>, StoreError> {
    Ok(sqlx::query_as!(
        FileSignature,
        r#"select unsigned_length as "unsigned_length!", certificate_name as "certificate_name!",
                  certificate_subject as "certificate_subject!", certificate_serial as "certificate_serial!", certificate_sha256 as "certificate_sha256!"
           from letter_files where letter_id = $1 and unsigned_length is not null"#,
        id.0
    )
    .fetch_optional(conn)
    .await?)
}

/// Keeps the bytes; the first to store them wins, and theirs are the record.
pub async fn keep_file(
    conn: &mut PgConnection,
    id: LetterId,
    file: &LetterFile,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let signature = file.signature.as_ref();
    sqlx::query!(
        "insert into letter_files (letter_id, sealed, sha256, pages, renderer_version, rendered_at, unsigned_length,
             certificate_name, certificate_subject, certificate_serial, certificate_sha256)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (letter_id) do nothing",
        id.0,
        file.sealed,
        file.sha256,
        file.pages,
        file.renderer_version,
        now,
        signature.map(|signature| signature.unsigned_length),
        signature.map(|signature| signature.certificate_name.as_str()),
        signature.map(|signature| signature.certificate_subject.as_str()),
        signature.map(|signature| signature.certificate_serial.as_str()),
        signature.map(|signature| signature.certificate_sha256.as_slice())
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn count_print(conn: &mut PgConnection, id: LetterId) -> Result<i32, StoreError> {
    Ok(sqlx::query_scalar!(
        "update letters set printed_count = printed_count + 1 where letter_id = $1 returning printed_count",
        id.0
    )
    .fetch_one(conn)
    .await?)
}

/// What became of a letter beside its hand-over.
#[derive(Debug, Clone)]
pub struct Marks {
    pub letter: LetterId,
    /// The bytes are stored.
    pub rendered: bool,
    pub superseded_at: Option<DateTime<Utc>>,
    /// The letter that replaces it.
    pub superseded_by: Option<LetterId>,
}

/// The marks of all letters of a request.
pub async fn marks(conn: &mut PgConnection, request: RequestId) -> Result<Vec<Marks>, StoreError> {
    Ok(sqlx::query!(
        r#"select letter_id, letter_files.letter_id is not null as "rendered!", superseded_at, superseded_by
           from letters left join letter_files using (letter_id) where request_id = $1"#,
        request.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Marks {
        letter: LetterId(row.letter_id),
        rendered: row.rendered,
        superseded_at: row.superseded_at,
        superseded_by: row.superseded_by.map(LetterId),
    })
    .collect())
}

/// A signed letter to a PKP, in its account.
#[derive(Debug, Clone)]
pub struct OwnLetter {
    pub id: LetterId,
    pub request: RequestId,
    pub kind: LetterRowKind,
    pub number: String,
    pub dated_on: NaiveDate,
    /// Set when it shows a code.
    pub credential: Option<CredentialId>,
}

/// The signed letters to a taxpayer that stand, the latest first. What strangers filed in its name is not among them.
pub async fn to_taxpayer(
    conn: &mut PgConnection,
    taxpayer: TaxpayerId,
) -> Result<Vec<OwnLetter>, StoreError> {
    sqlx::query!(
        r#"select letter_id, letters.request_id, letters.kind, number as "number!", dated_on, credential_id
           from letters join requests using (request_id)
           where taxpayer_id = $1 and sender <> 'unknown' and number is not null and superseded_at is null
           order by letters.created_at desc, letter_id desc limit 50"#,
        taxpayer.0
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        Ok(OwnLetter {
            id: LetterId(row.letter_id),
            request: RequestId(row.request_id),
            kind: Column("letters", "kind").parse(&row.kind)?,
            number: row.number,
            dated_on: row.dated_on,
            credential: row.credential_id.map(CredentialId),
        })
    })
    .collect()
}
