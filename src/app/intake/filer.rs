//! Who files: somebody with a proven address, or the counter.

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::{
    app::{
        AppError,
        actor::{self, Counter},
    },
    domain::{
        fault::Faults,
        ids::{ProofId, SessionId},
        names::Channel,
    },
    store::{self, audit::By, documents::Owner, proofs::Proof},
};

use super::file_request::FilingCall;

/// Who files.
#[derive(Debug, Clone, Copy)]
pub enum Filer<'a> {
    /// SHA-256 of the proof token.
    Proof(&'a [u8]),
    Counter(SessionId),
}

/// What only the counter says.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCounter {
    pub channel: String,
    /// SHA-256 is looked up; the token itself was read from the taxpayer's phone.
    #[serde(default)]
    pub proof_token: Option<String>,
    #[serde(default)]
    pub unproven_reason: Option<String>,
    #[serde(default)]
    pub arrived_on: Option<NaiveDate>,
}

/// Who files, checked, with what follows from it.
pub(super) struct Checked {
    pub(super) owner: Owner,
    pub(super) principal: String,
    pub(super) by: By,
    pub(super) channel: Channel,
    pub(super) counter: Option<Counter>,
    pub(super) proof: Option<Proof>,
    pub(super) unproven_reason: Option<String>,
    pub(super) arrived_on: Option<NaiveDate>,
}

/// To whom an idempotency key belongs. A proof that was used already still finds its answer; it is locked, so that
/// two calls with one proof take turns.
pub(super) async fn principal(
    conn: &mut PgConnection,
    filer: Filer<'_>,
    now: DateTime<Utc>,
) -> Result<(String, Option<Proof>), AppError> {
    match filer {
        Filer::Proof(token_hash) => {
            let proof =
                store::proofs::lock_by_token(conn, token_hash).await?.ok_or(AppError::Unauthenticated)?;
            Ok((principal_of(proof.id), Some(proof)))
        }
        Filer::Counter(session) => {
            let colleague = actor::authenticate(conn, session, now).await?;
            Ok((format!("session:{}", colleague.session), None))
        }
    }
}

/// How a proof is called as the owner of a key.
pub(super) fn principal_of(proof: ProofId) -> String {
    format!("proof:{proof}")
}

fn is_usable(proof: &Proof, now: DateTime<Utc>) -> bool {
    proof.used_at.is_none() && proof.proof_expires_at.is_some_and(|end| end > now)
}

pub(super) async fn check_filer(
    conn: &mut PgConnection,
    filer: Filer<'_>,
    proof: Option<Proof>,
    call: &FilingCall<'_>,
    principal: String,
    faults: &mut Faults,
    now: DateTime<Utc>,
) -> Result<Checked, AppError> {
    match filer {
        Filer::Proof(_) => {
            if call.counter.is_some() {
                faults.add(
                    "/counter",
                    "not_allowed",
                    "Bagian ini hanya untuk petugas loket; hapus bagian ini.",
                );
            }
            let proof = proof.filter(|proof| is_usable(proof, now)).ok_or(AppError::Unauthenticated)?;
            Ok(Checked {
                owner: Owner::Proof(proof.id),
                principal,
                by: By::Taxpayer,
                channel: Channel::Online,
                counter: None,
                proof: Some(proof),
                unproven_reason: None,
                arrived_on: None,
            })
        }
        Filer::Counter(session) => {
            let counter = actor::authenticate(conn, session, now).await?.counter()?;
            let raw = call.counter.cloned().unwrap_or_default();
            check_counter(conn, counter, &raw, principal, faults, now).await
        }
    }
}

async fn check_counter(
    conn: &mut PgConnection,
    counter: Counter,
    raw: &RawCounter,
    principal: String,
    faults: &mut Faults,
    now: DateTime<Utc>,
) -> Result<Checked, AppError> {
    let channel = match raw.channel.parse() {
        Ok(channel @ (Channel::Counter | Channel::Post)) => channel,
        Ok(Channel::Online) | Err(_) => {
            faults.add("/counter/channel", "channel", "Pilih counter (loket) atau post (pos).");
            Channel::Counter
        }
    };
    let proof = match &raw.proof_token {
        None => None,
        Some(token) => {
            let proof = store::proofs::lock_by_token(conn, &Sha256::digest(token.as_bytes()))
                .await?
                .filter(|proof| is_usable(proof, now));
            if proof.is_none() {
                faults.add(
                    "/counter/proof_token",
                    "proof",
                    "Bukti alamat email tidak berlaku lagi; minta kode baru.",
                );
            }
            proof
        }
    };
    let reason = raw.unproven_reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    match (&raw.proof_token, reason) {
        (None, None) => faults.add(
            "/counter/unproven_reason",
            "required",
            "Buktikan alamat email dengan kode, atau sebutkan alasan alamat belum terbukti.",
        ),
        (Some(_), Some(_)) => faults.add(
            "/counter/unproven_reason",
            "not_allowed",
            "Alamat sudah dibuktikan dengan kode; hapus alasan ini.",
        ),
        (Some(_), None) | (None, Some(_)) => {}
    }
    match (channel, raw.arrived_on) {
        (Channel::Post, None) => {
            faults.add("/counter/arrived_on", "required", "Isi tanggal surat tiba melalui pos.");
        }
        (Channel::Counter, Some(_)) => {
            faults.add("/counter/arrived_on", "not_allowed", "Hanya untuk permohonan yang tiba melalui pos.");
        }
        _ => {}
    }
    let today = actor::local_day(conn, counter.office, now).await?;
    if raw.arrived_on.is_some_and(|on| on > today) {
        faults.add("/counter/arrived_on", "after_receipt", "Tanggal tiba tidak boleh melewati hari ini.");
    }
    Ok(Checked {
        owner: Owner::Staff(counter.id),
        principal,
        by: By::Staff(counter.id),
        channel,
        counter: Some(counter),
        unproven_reason: if proof.is_some() { None } else { reason.map(str::to_owned) },
        proof,
        arrived_on: raw.arrived_on,
    })
}
