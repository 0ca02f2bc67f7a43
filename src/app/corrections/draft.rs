//! A special officer drafts the correction of a signed letter. It is rendered dry with dots before it is kept.

use serde::Deserialize;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

use super::{Wrong, data_of_draft, digest, hidden, letter_of, load, rows, version, wording};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague, lock_request},
        examination::draft::check_evidence,
        render_letter::preview_signed,
        verdict::verdict_on,
        words::Correction,
    },
    domain::{
        correction::{Corrections, RawCorrections, RawReason},
        eligibility::{FoundReason, Verdict},
        fault::Faults,
        ids::{CorrectionId, LetterId, SessionId},
        line::Line,
        state::{Act, StateName},
    },
    store::{
        self,
        audit::{By, Event},
        corrections::{CorrectionDraft, End},
    },
};

/// What the officer puts right, and why it was wrong.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCorrection {
    pub reason: String,
    pub corrections: RawCorrections,
}

/// Keeps the draft of a correction. An officer who drafts again replaces the own draft; while another officer's waits
/// for its signature, that officer is named ([`AppError::NotPossible`]).
pub async fn draft_correction(
    office: &Office,
    session: SessionId,
    id: LetterId,
    raw: &RawCorrection,
) -> Result<CorrectionId, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let prepared = prepare(office, &mut tx, &colleague, id, raw).await?;
    let template = wording(office, &mut tx, &prepared.wrong).await?;
    tx.rollback().await?;

    // Glyphs and pages are proven while no row is locked.
    let data = data_of_draft(office, &prepared.wrong, &prepared.corrections, &template)?;
    let template_version = version(&template);
    preview_signed(office, prepared.wrong.letter.office, template, data).await?;

    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let Prepared { wrong, reason, corrections } = prepare(office, &mut tx, &colleague, id, raw).await?;
    if let Some(open) = store::corrections::open_for(&mut tx, id).await? {
        if open.drafted_by != colleague.id {
            return Err(in_hand_of(&mut tx, &open).await?);
        }
        store::corrections::end(&mut tx, open.id, End::Redrafted, now).await?;
    }
    let draft = CorrectionDraft {
        id: CorrectionId(Uuid::now_v7()),
        letter: id,
        office: wrong.letter.office,
        digest: digest(&wrong, reason.as_str(), &corrections, template_version)?,
        reason: reason.as_str().to_owned(),
        corrections,
        template_version,
        drafted_by: colleague.id,
        drafted_at: now,
        ending: None,
        sent_back_reason: None,
        signed_by: None,
        issued_letter: None,
    };
    store::corrections::insert(&mut tx, &draft).await?;
    let fields: Vec<&str> = rows(office, &wrong.decided.row, &wrong.letter, &draft.corrections)?
        .into_iter()
        .map(|row| row.field)
        .collect();
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), Act::DraftCorrection.as_str())
            .office(draft.office)
            .request(wrong.letter.request)
            .subject(draft.id.0)
            .detail(serde_json::json!({
                "replaces": wrong.letter.number, "reason": draft.reason, "fields": fields,
            })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(draft.id)
}

async fn in_hand_of(conn: &mut PgConnection, open: &CorrectionDraft) -> Result<AppError, AppError> {
    let officer = store::staff::find(conn, open.drafted_by).await?.map(|staff| staff.name);
    Ok(AppError::NotPossible { act: Act::DraftCorrection, state: StateName::Issued, officer })
}

/// A correction that holds, not kept yet.
struct Prepared {
    wrong: Wrong,
    reason: Line<500>,
    corrections: Corrections,
}

async fn prepare(
    office: &Office,
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: LetterId,
    raw: &RawCorrection,
) -> Result<Prepared, AppError> {
    let letter = letter_of(conn, colleague, id, "letter").await?;
    let (request, _) = lock_request(conn, colleague, letter.request, Act::DraftCorrection, None)
        .await
        .map_err(|error| hidden(error, "letter"))?;
    let wrong = load(conn, request, letter).await?;
    let mut faults = Faults::default();
    let reason = Line::parse(&raw.reason).map_err(|error| (error.code(), error.detail()));
    let reason = faults.take("/reason", reason);
    let mut corrections = Corrections::parse(&raw.corrections, &mut faults);
    if let Some(given) = &raw.corrections.reasons {
        corrections.reasons = Some(reasons(office, conn, &wrong, given, &mut faults).await?);
    }
    check_taxpayer(conn, &wrong, &corrections, &mut faults).await?;
    for field in (Correction { wrong: &wrong.letter, corrections: &corrections, reasons: None }).not_printed()
    {
        faults.add(
            format!("/corrections/{field}"),
            "not_printed",
            "Surat ini tidak memuat hal itu; hapus isian ini.",
        );
    }
    match reason {
        Some(reason) if faults.is_empty() => {
            check_something_changes(office, &wrong, &corrections)?;
            Ok(Prepared { wrong, reason, corrections })
        }
        Some(_) | None => {
            if corrections.is_empty() && faults.is_empty() {
                faults.add("/corrections", "required", "Sebutkan yang diralat.");
            }
            Err(AppError::Invalid(faults.into_vec()))
        }
    }
}

/// Another form of the number is a correction; another taxpayer is another letter.
async fn check_taxpayer(
    conn: &mut PgConnection,
    wrong: &Wrong,
    corrections: &Corrections,
    faults: &mut Faults,
) -> Result<(), AppError> {
    let Some(typed) = &corrections.tax_id else { return Ok(()) };
    let owner = store::taxpayers::find_by_tax_id(conn, typed).await?;
    if owner.is_none_or(|owner| owner.id != wrong.decided.taxpayer.id) {
        faults.add(
            "/corrections/tax_id",
            "another_taxpayer",
            "Nomor ini bukan milik PKP yang disurati. Surat yang salah alamat tidak diralat: cabut pasangannya dan proses permohonan baru.",
        );
    }
    Ok(())
}

/// A correction that corrects nothing would only void a right letter.
fn check_something_changes(
    office: &Office,
    wrong: &Wrong,
    corrections: &Corrections,
) -> Result<(), AppError> {
    let mut faults = Faults::default();
    if corrections.is_empty() {
        faults.add("/corrections", "required", "Sebutkan sekurang-kurangnya satu hal yang diralat.");
    }
    for row in rows(office, &wrong.decided.row, &wrong.letter, corrections)? {
        if row.tertulis == row.seharusnya {
            faults.add(
                format!("/corrections/{}", row.field),
                "same_as_printed",
                "Sama dengan yang tertulis pada surat; hapus isian ini.",
            );
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults.into_vec())) }
}

/// Reasons that the signed draft states or the data show now, each with its evidence; of two with one code the first counts.
pub(super) async fn known_reasons(
    office: &Office,
    conn: &mut PgConnection,
    wrong: &Wrong,
) -> Result<Vec<FoundReason>, AppError> {
    let request = &wrong.decided.request;
    let today = office.now().with_timezone(&wrong.decided.row.zone).date_naive();
    let mut known = store::drafts::signed_reasons(conn, request.id).await?;
    if let Verdict::Refuse { reasons } = verdict_on(conn, request, &wrong.decided.row, today).await? {
        known.extend(reasons);
    }
    Ok(known)
}

/// The reasons as they should stand: each was in the signed draft, is found in the data now, or is judged by the officer,
/// and has all of its evidence. What the officer writes goes before what the data say.
async fn reasons(
    office: &Office,
    conn: &mut PgConnection,
    wrong: &Wrong,
    given: &[RawReason],
    faults: &mut Faults,
) -> Result<Vec<FoundReason>, AppError> {
    let request = &wrong.decided.request;
    let known = known_reasons(office, conn, wrong).await?;
    let mut reasons: Vec<FoundReason> = Vec::new();
    if given.is_empty() {
        faults.add("/corrections/reasons", "required", "Pilih sekurang-kurangnya satu alasan penolakan.");
    }
    for (index, wanted) in given.iter().enumerate() {
        let before = known.iter().find(|reason| reason.code == wanted.code);
        let judged = wrong.decided.regime.officer_judges(&wanted.code)
            && office.templates.refusal_reasons().iter().any(|listed| {
                listed.code == wanted.code && listed.kinds.iter().any(|kind| kind == request.kind.as_str())
            });
        if before.is_none() && !judged || reasons.iter().any(|earlier| earlier.code == wanted.code) {
            faults.add(
                format!("/corrections/reasons/{index}/code"),
                "reason",
                "Alasan ini tidak didukung data atau disebut dua kali.",
            );
            continue;
        }
        let evidence = before.map(|reason| reason.evidence.clone()).unwrap_or_default();
        let written = wanted.evidence.iter().map(|(field, value)| (field.clone(), value.trim().to_owned()));
        let evidence: BTreeMap<String, String> = evidence.into_iter().chain(written).collect();
        let reason = FoundReason { code: wanted.code.clone(), evidence };
        check_evidence(office, &format!("/corrections/reasons/{index}"), &reason, faults);
        reasons.push(reason);
    }
    Ok(reasons)
}
