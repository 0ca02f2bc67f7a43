//! The officer drafts a grant or a refusal. The letter is rendered dry with dots before the draft is kept.

use chrono::NaiveDate;
use serde::Deserialize;
use sqlx::PgConnection;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

use super::super::{
    AppError, Office,
    actor::{self, Colleague, lock_request},
    officer_desk::view::open_exemptions,
    render_letter::{draw_signed, preview_signed},
    signing::{
        decided::{self, Decided},
        digest::digest,
        letter_data::{
            letter_data, letter_kind, number_of_draft, signatory_of_draft, version, wording, wording_of_draft,
        },
    },
    verdict::{missing_evidence, verdict_on},
};
use crate::{
    domain::{
        eligibility::{FoundReason, Verdict},
        fault::Faults,
        ids::{DraftId, RequestId, SessionId},
        line::Line,
        names::Decision,
        regime::Regime,
        request::Request,
        state::Act,
        verification::VerificationToken,
    },
    letters::{DrawnPage, LetterTemplate, RenderError, Rendered},
    store::{
        self,
        audit::{By, Event},
        drafts::Draft,
    },
};

/// What the officer decides.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDraft {
    pub decision: Decision,
    #[serde(default)]
    pub reasons: Vec<RawReason>,
}

/// A reason of a refusal; evidence that the data know already may be left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawReason {
    pub code: String,
    #[serde(default)]
    pub evidence: BTreeMap<String, String>,
}

/// A draft that holds, not kept yet.
struct Prepared {
    decided: Decided,
    verdict: Verdict,
    examined_on: NaiveDate,
}

/// Keeps a draft. No verdict, no draft; a grant needs a granting verdict; every reason has its evidence.
pub async fn draft(
    office: &Office,
    session: SessionId,
    id: RequestId,
    raw: &RawDraft,
    expected_version: Option<i32>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let prepared = prepare(office, &mut tx, &colleague, id, raw, expected_version).await?;
    let template = wording(office, &mut tx, &prepared.decided, prepared.examined_on).await?;
    tx.rollback().await?;

    // Glyphs and pages are proven while no row is locked.
    let dry = dry_render(office, &prepared.decided, Arc::clone(&template), prepared.examined_on).await;
    dry.map_err(|error| match error {
        AppError::NotRenderable(RenderError::Unprintable { field: Some(field), code_point, .. }) => {
            unprintable(&field, code_point)
        }
        other => other,
    })?;

    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let seen = prepared.decided.request.version;
    let prepared = prepare(office, &mut tx, &colleague, id, raw, Some(seen)).await?;
    let kind = letter_kind(prepared.decided.request.kind, prepared.decided.decision);
    // The one that was rendered dry: the letter keeps to it whatever comes in force before the signature.
    let template_version = version(&template);
    let draft = Draft {
        id: DraftId(Uuid::now_v7()),
        request: id,
        round: prepared.decided.round.id,
        decision: prepared.decided.decision,
        reasons: prepared.decided.reasons.clone(),
        verdict: prepared.verdict,
        template_version,
        digest: digest(&prepared.decided, kind, template_version)?,
        drafted_by: colleague.id,
        drafted_at: now,
    };
    let request = prepared.decided.request;
    let state = request.state.draft()?;
    store::drafts::insert(&mut tx, &draft).await?;
    let request = store::requests::save_state(&mut tx, request, state).await?;
    let codes: Vec<&str> = draft.reasons.iter().map(|reason| reason.code.as_str()).collect();
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), Act::Draft.as_str())
            .office(request.office)
            .request(id)
            .subject(draft.id.0)
            .detail(serde_json::json!({ "decision": draft.decision, "reasons": codes })),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A name of the registry may hold what no form takes.
fn unprintable(field: &str, code_point: u32) -> AppError {
    AppError::fault(
        "/decision",
        "character",
        &format!(
            "Data surat ({field}) memuat karakter U+{code_point:04X} yang tidak dapat dicetak. Betulkan data itu, lalu susun lagi."
        ),
    )
}

async fn prepare(
    office: &Office,
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: RequestId,
    raw: &RawDraft,
    expected_version: Option<i32>,
) -> Result<Prepared, AppError> {
    let (request, _) = lock_request(conn, colleague, id, Act::Draft, expected_version).await?;
    let row = store::offices::find(conn, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let examined_on = office.now().with_timezone(&row.zone).date_naive();
    let verdict = verdict_on(conn, &request, &row, examined_on).await?;
    let regime = store::regimes::get(conn, &request.regime).await?;
    if let Verdict::Undetermined { unknown } = &verdict {
        return Err(AppError::Undetermined(unknown.clone()));
    }
    let reasons = match raw.decision {
        Decision::Grant => {
            if verdict != Verdict::Grant {
                return Err(AppError::VerdictForbids);
            }
            if !raw.reasons.is_empty() {
                return Err(AppError::fault("/reasons", "not_for_a_grant", "Alasan hanya untuk penolakan."));
            }
            let open = open_exemptions(conn, &request, &regime).await?;
            if !open.is_empty() {
                return Err(AppError::ExemptionsOpen(open));
            }
            Vec::new()
        }
        Decision::Refuse => reasons(office, &request, &regime, &verdict, &raw.reasons)?,
    };
    let decided = decided::load(conn, request, raw.decision, reasons).await?;
    Ok(Prepared { decided, verdict, examined_on })
}

/// The reasons of a refusal: each applies to the kind, is found by the verdict or judged by the officer, and has all
/// of its evidence.
fn reasons(
    office: &Office,
    request: &Request,
    regime: &Regime,
    verdict: &Verdict,
    raw: &[RawReason],
) -> Result<Vec<FoundReason>, AppError> {
    let found = match verdict {
        Verdict::Refuse { reasons } => reasons.as_slice(),
        Verdict::Grant | Verdict::Undetermined { .. } => &[],
    };
    let mut faults = Faults::default();
    let mut reasons: Vec<FoundReason> = Vec::new();
    if raw.is_empty() {
        faults.add("/reasons", "required", "Pilih sekurang-kurangnya satu alasan penolakan.");
    }
    for (index, given) in raw.iter().enumerate() {
        let known = office.templates.refusal_reasons().iter().find(|known| known.code == given.code);
        let applies = known.is_some_and(|known| known.kinds.iter().any(|kind| kind == request.kind.as_str()));
        let judged = regime.officer_judges(&given.code);
        let by_data = found.iter().find(|reason| reason.code == given.code);
        if !applies
            || !(judged || by_data.is_some())
            || reasons.iter().any(|earlier| earlier.code == given.code)
        {
            faults.add(
                format!("/reasons/{index}/code"),
                "reason",
                "Alasan ini tidak berlaku untuk permohonan ini, tidak didukung data, atau disebut dua kali.",
            );
            continue;
        }
        let mut reason =
            by_data.cloned().unwrap_or(FoundReason { code: given.code.clone(), evidence: BTreeMap::new() });
        for (field, value) in &given.evidence {
            reason.evidence.entry(field.clone()).or_insert_with(|| value.trim().to_owned());
        }
        check_evidence(office, &format!("/reasons/{index}"), &reason, &mut faults);
        reasons.push(reason);
    }
    if faults.is_empty() { Ok(reasons) } else { Err(AppError::Invalid(faults.into_vec())) }
}

/// All evidence of a reason is there, and its dates are dates. `pointer` is that of the reason.
pub(in crate::app) fn check_evidence(
    office: &Office,
    pointer: &str,
    reason: &FoundReason,
    faults: &mut Faults,
) {
    for field in missing_evidence(office, reason) {
        faults.add(
            format!("{pointer}/evidence/{field}"),
            "required",
            "Isi bukti ini; ia tercetak pada surat.",
        );
    }
    for (field, value) in reason.evidence.iter().filter(|(_, value)| !value.is_empty()) {
        let line = Line::<500>::parse(value).map_err(|error| (error.code(), error.detail()));
        faults.take(&format!("{pointer}/evidence/{field}"), line);
    }
    let dates = reason.evidence.iter().filter(|(field, _)| field.contains("tanggal"));
    for (field, _) in dates.filter(|(_, value)| value.parse::<NaiveDate>().is_err()) {
        faults.add(
            format!("{pointer}/evidence/{field}"),
            "date",
            "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2026-07-09.",
        );
    }
}

/// Renders the letter of a draft with dots for the code and placeholders for number and name.
pub(in crate::app) async fn dry_render(
    office: &Office,
    decided: &Decided,
    template: Arc<LetterTemplate>,
    dated_on: NaiveDate,
) -> Result<Rendered, AppError> {
    let data = data_of_draft(office, decided, &template, dated_on)?;
    preview_signed(office, decided.row.code, template, data).await
}

/// The same letter, drawn for a screen.
pub(in crate::app) async fn draw_draft(
    office: &Office,
    decided: &Decided,
    template: Arc<LetterTemplate>,
    dated_on: NaiveDate,
) -> Result<Vec<DrawnPage>, AppError> {
    let data = data_of_draft(office, decided, &template, dated_on)?;
    draw_signed(office, decided.row.code, template, data).await
}

fn data_of_draft(
    office: &Office,
    decided: &Decided,
    template: &LetterTemplate,
    dated_on: NaiveDate,
) -> Result<serde_json::Value, AppError> {
    let (signatory, number) = (signatory_of_draft(decided), number_of_draft(decided));
    // As long as the real address, so that the letter breaks into the same lines and pages.
    let link = office.verification_link(&VerificationToken::of_a_draft());
    letter_data(office, decided, template, &signatory, &number, dated_on, &link)
}

/// A draft as a letter. Its digest names what a signature would sign.
#[derive(Debug)]
pub struct DraftPreview {
    pub digest: Vec<u8>,
    pub rendered: Rendered,
}

/// The letter as it would be signed, with dots for the code. For whoever judges the request.
pub async fn preview(office: &Office, session: SessionId, id: RequestId) -> Result<DraftPreview, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    colleague.judges()?;
    let request = actor::visible_request(&mut tx, &colleague, id).await?;
    let draft = store::drafts::open(&mut tx, id).await?.ok_or(AppError::NotFound("draft"))?;
    let decided = decided::load(&mut tx, request, draft.decision, draft.reasons.clone()).await?;
    let template = wording_of_draft(office, &mut tx, &decided, &draft).await?;
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), "view_draft")
            .office(decided.row.code)
            .request(id)
            .taxpayer(decided.taxpayer.id)
            .subject(draft.id.0),
        now,
    )
    .await?;
    tx.commit().await?;
    let today = now.with_timezone(&decided.row.zone).date_naive();
    let rendered = dry_render(office, &decided, template, today).await?;
    Ok(DraftPreview { digest: draft.digest, rendered })
}
