//! Proof that somebody reads the mail of an address.

use chrono::{DateTime, FixedOffset, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    AppError, Office, actor,
    bounces::suppression,
    callers::{self, PROOF_PREFIX},
    limits::{self, CallerAddress},
    post::{self, NewMail},
    secrets::proof_code_matches,
};
use crate::{
    domain::{
        email_address::EmailAddress,
        ids::{ProofId, SessionId},
        office::OfficeCode,
    },
    letters::EmailKind,
    store::{
        self,
        audit::{By, Event},
        proofs::Proof,
    },
    vault::key_file::KeyPurpose,
};

/// Where to type the code, and until when.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub proof: ProofId,
    pub code_expires_at: DateTime<FixedOffset>,
}

/// A proven address.
pub struct Proven {
    pub token: String,
    pub expires_at: DateTime<FixedOffset>,
}

/// An instant as the clocks at an office show it.
pub(in crate::app) fn at_office(at: DateTime<Utc>, zone: Tz) -> DateTime<FixedOffset> {
    at.with_timezone(&zone.offset_from_utc_datetime(&at.naive_utc()).fix())
}

/// Sends six digits to an address. The answer is the same whoever the address belongs to.
///
/// Staff at the counter share one network with everybody in the waiting room: only the mailbox limits them.
pub async fn request_email_proof(
    office: &Office,
    email: &str,
    office_code: &str,
    counter: Option<SessionId>,
    from: CallerAddress,
) -> Result<Asked, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let (email, kpp) = read(&mut tx, email, office_code).await?;
    let by = who(&mut tx, counter, now).await?;
    let mailbox = office.gate(limits::PROOF_MAILBOX, &email.canonical());
    let network = office.network_gate(limits::PROOF_NETWORK, from);
    mailbox.pass(&mut tx, now).await?;
    if by == By::Stranger {
        network.pass(&mut tx, now).await?;
        network.count(&mut tx, now).await?;
    }
    mailbox.count(&mut tx, now).await?;

    let proof = Proof {
        id: ProofId(Uuid::now_v7()),
        email: email.clone(),
        key_id: office.vault.active_key(KeyPurpose::Token).to_string(),
        office: Some(kpp.code),
        code_expires_at: now + office.rules.limits.proof_code,
        proven_at: None,
        proof_expires_at: None,
        used_at: None,
    };
    store::proofs::insert(&mut tx, &proof, now).await?;
    let mail = NewMail {
        kind: EmailKind::ProofCode,
        to: email,
        office_code: Some(kpp.code),
        request: None,
        letter: None,
        link: None,
        not_us: None,
        proof: Some(proof.id),
        credential: None,
        data: json!({}),
    };
    post::queue_mail(office, &mut tx, mail).await?;
    store::audit::record(
        &mut tx,
        Event::new(by, "request_email_proof").office(kpp.code).subject(proof.id.0),
        now,
    )
    .await?;
    tx.commit().await?;
    office.wake().ring();
    Ok(Asked { proof: proof.id, code_expires_at: at_office(proof.code_expires_at, kpp.zone) })
}

async fn who(
    conn: &mut PgConnection,
    counter: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<By, AppError> {
    let Some(session) = counter else { return Ok(By::Stranger) };
    match actor::authenticate(conn, session, now).await {
        Ok(colleague) => Ok(By::Staff(colleague.id)),
        Err(AppError::Unauthenticated) => Ok(By::Stranger),
        Err(error) => Err(error),
    }
}

async fn read(
    conn: &mut PgConnection,
    email: &str,
    office_code: &str,
) -> Result<(EmailAddress, store::offices::OfficeRow), AppError> {
    let mut faults = crate::domain::fault::Faults::default();
    let email = email
        .parse::<EmailAddress>()
        .map_err(|_| ("email", "Alamat email belum benar, contoh: nama@perusahaan.co.id.".to_owned()));
    let email = faults.take("/email", email);
    let code = office_code.parse::<OfficeCode>().ok();
    let kpp = match code {
        Some(code) => store::offices::find(conn, code).await?,
        None => None,
    };
    let kpp = faults.take(
        "/office_code",
        kpp.ok_or(("unknown_office", "KPP ini tidak dikenal; pilih dari daftar KPP.".to_owned())),
    );
    match (email, kpp) {
        (Some(email), Some(kpp)) => Ok((email, kpp)),
        _ => Err(AppError::Invalid(faults.into_vec())),
    }
}

/// Takes the code of the mail and gives the token of the proof. Wrong codes make the next try wait; a right code after
/// the pause is always taken. Repeated before the proof is used, it gives a fresh token, so that a lost answer harms
/// nobody.
pub async fn confirm_email_proof(office: &Office, id: ProofId, code: &str) -> Result<Proven, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let proof = store::proofs::find(&mut tx, id)
        .await?
        .filter(|proof| proof.used_at.is_none() && proof.code_expires_at > now)
        .ok_or(AppError::NotFound("proof"))?;
    let by_proof = office.gate(limits::CODE_PROOF, &id.to_string());
    let by_mailbox = office.gate(limits::CODE_MAILBOX, &proof.email.canonical());
    by_proof.pass(&mut tx, now).await?;
    by_mailbox.pass(&mut tx, now).await?;
    if !proof_code_matches(office, id, &proof.key_id, code)? {
        by_proof.count(&mut tx, now).await?;
        by_mailbox.count(&mut tx, now).await?;
        tx.commit().await?;
        return Err(AppError::WrongProofCode);
    }
    by_proof.forget(&mut tx).await?;
    by_mailbox.forget(&mut tx).await?;

    let token = office.random_token(PROOF_PREFIX, &[]);
    let expires_at = proof.proven_at.unwrap_or(now) + office.rules.limits.proof;
    store::proofs::prove(&mut tx, id, &callers::hash(&token), expires_at, now).await?;
    // Whoever reads the code reads the mail: the address takes mail again.
    let lifted = suppression::lift(office, &mut tx, &proof.email, now).await?;
    let event = Event::new(By::Stranger, "confirm_email_proof").subject(id.0).detail(if lifted {
        json!({ "suppression_lifted": true })
    } else {
        json!({})
    });
    store::audit::record(&mut tx, event, now).await?;
    let zone = match proof.office {
        Some(code) => store::offices::find(&mut tx, code).await?.map(|kpp| kpp.zone),
        None => None,
    };
    tx.commit().await?;
    office.wake().ring();
    Ok(Proven { token, expires_at: at_office(expires_at, zone.unwrap_or(chrono_tz::Asia::Jakarta)) })
}
