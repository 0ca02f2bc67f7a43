//! The parts of a request as staff read it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use sqlx::PgConnection;

use super::parts::{AtOffice, Due, Names, PersonRef};
use crate::{
    app::{AppError, Office, bounces::suppression, words},
    domain::{
        eligibility::{Evidence, FoundReason, Reference},
        ids::{BundleId, CredentialId, DocumentId, LetterId, MessageId, RequestId, StaffId, TaxpayerId},
        mail_report::{ReportAction, ReportEffect},
        names::{
            Capacity, CredentialState, Decision, Delivery, DocumentKind, EvidenceCase, Fate, PkpStatus,
            ReprintReason, RoundEnding,
        },
        office::OfficeCode,
        pdf_pages::PdfPages,
        regime::Regime,
        registry_change::{RegistryField, compared},
        request::{Filed, Request, Round},
        working_days::Derivation,
    },
    store::{
        self,
        documents::Document,
        drafts::Draft,
        exemptions::Exemption,
        letters::{Letter, LetterRowKind, Marks},
        mail_reports::Report,
        messages::{Attempt, Message},
        offices::OfficeRow,
        returns::{Return, ReturnItem},
        taxpayers::Person,
    },
};

/// Number and date of a paper.
#[derive(Debug, Serialize)]
pub struct PaperRef {
    pub number: String,
    pub date: NaiveDate,
}

impl From<Reference> for PaperRef {
    fn from(reference: Reference) -> Self {
        Self { number: reference.number, date: reference.on }
    }
}

#[derive(Debug, Serialize)]
pub struct RegimeView {
    pub code: String,
    pub letter_basis: String,
    pub circular: String,
    pub form_basis: String,
    pub limit_days: u16,
    pub supply_days: u16,
}

impl RegimeView {
    pub(super) fn new(regime: &Regime, request: &Request) -> Self {
        Self {
            code: regime.code.clone(),
            letter_basis: regime.letter_basis.clone(),
            circular: regime.circular.clone(),
            form_basis: regime.form_basis.clone(),
            limit_days: regime.limit(request.kind),
            supply_days: regime.supply_days,
        }
    }
}

/// The form as it was received, with later corrections.
#[derive(Debug, Serialize)]
pub struct FormView {
    pub tax_id: String,
    pub pkp_name: String,
    pub pkp_address: String,
    pub letter: FormLetter,
    pub signer: FormSigner,
    pub email: String,
    pub alternate_email: Option<String>,
    pub reprint_reason: Option<ReprintReason>,
    pub previous_office: Option<String>,
    pub old_letter: Option<PaperRef>,
}

#[derive(Debug, Serialize)]
pub struct FormLetter {
    pub number: String,
    pub place: String,
    pub date: NaiveDate,
}

#[derive(Debug, Serialize)]
pub struct FormSigner {
    pub name: String,
    pub position: String,
    pub capacity: Capacity,
}

impl From<&Filed> for FormView {
    fn from(filed: &Filed) -> Self {
        Self {
            tax_id: filed.tax_id.digits().to_owned(),
            pkp_name: filed.pkp_name.as_str().to_owned(),
            pkp_address: filed.pkp_address.as_str().to_owned(),
            letter: FormLetter {
                number: filed.letter_number.as_str().to_owned(),
                place: filed.letter_place.as_str().to_owned(),
                date: filed.letter_on,
            },
            signer: FormSigner {
                name: filed.signer_name.as_str().to_owned(),
                position: filed.signer_position.as_str().to_owned(),
                capacity: filed.signer_capacity,
            },
            email: filed.email.to_string(),
            alternate_email: filed.alternate_email.as_ref().map(ToString::to_string),
            reprint_reason: filed.reprint_reason,
            previous_office: filed.previous_office.as_ref().map(|line| line.as_str().to_owned()),
            old_letter: filed
                .old_letter_number
                .as_ref()
                .zip(filed.old_letter_on)
                .map(|(number, date)| PaperRef { number: number.as_str().to_owned(), date }),
        }
    }
}

/// What registry and pairs say of whom the number belongs to.
#[derive(Debug, Serialize)]
pub struct TaxpayerView {
    pub id: TaxpayerId,
    pub kind: String,
    pub name: String,
    pub office_code: Option<OfficeCode>,
    pub address: String,
    pub city: String,
    pub province: String,
    pub pkp_status: Option<PkpStatus>,
    pub revocation: Option<PaperRef>,
    pub evidence: Option<EvidenceView>,
    pub sppkp: Option<SppkpView>,
    pub persons: Vec<Person>,
    pub pairs: Vec<PairView>,
    pub account_email_masked: Option<String>,
    pub registry_email_masked: Option<String>,
    pub source: String,
    pub updated_at: AtOffice,
}

#[derive(Debug, Serialize)]
pub struct EvidenceView {
    pub case: EvidenceCase,
    pub number: Option<String>,
    pub date: Option<NaiveDate>,
}

impl From<Evidence> for EvidenceView {
    fn from(evidence: Evidence) -> Self {
        let (number, date) = evidence.report.map(|report| (report.number, report.on)).unzip();
        Self { case: evidence.case, number, date }
    }
}

#[derive(Debug, Serialize)]
pub struct SppkpView {
    pub number: Option<String>,
    pub date: Option<NaiveDate>,
    pub office_code: Option<OfficeCode>,
}

#[derive(Debug, Serialize)]
pub struct PairView {
    pub id: CredentialId,
    pub office_code: String,
    pub state: CredentialState,
    pub state_changed_at: AtOffice,
    pub origin: String,
    pub letter: PaperRef,
}

/// A field of the registry that says something else now than at the receipt.
#[derive(Debug, Serialize)]
pub struct RegistryChangeView {
    pub field: RegistryField,
    pub old: Option<String>,
    pub new: Option<String>,
    pub since: AtOffice,
    pub source: String,
}

/// What became other under a request since it was received.
pub(super) async fn registry_changes(
    conn: &mut PgConnection,
    request: &Request,
    zone: Tz,
) -> Result<Vec<RegistryChangeView>, AppError> {
    let changes = store::taxpayers::changes_under(conn, request.id).await?;
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let now = store::taxpayers::get(conn, request.taxpayer).await?.watched();
    Ok(compared(&now, &changes)
        .into_iter()
        .map(|change| RegistryChangeView {
            field: change.field,
            old: change.old,
            new: change.new,
            since: AtOffice(change.since, zone),
            source: change.source,
        })
        .collect())
}

pub(super) async fn taxpayer(
    conn: &mut PgConnection,
    id: TaxpayerId,
    zone: Tz,
) -> Result<TaxpayerView, AppError> {
    let taxpayer = store::taxpayers::get(conn, id).await?;
    let particulars = store::taxpayers::particulars(conn, id).await?;
    let account = store::accounts::find(conn, id).await?;
    let (number, date) = (particulars.sppkp_number, particulars.sppkp_on);
    let has_sppkp = number.is_some() || date.is_some() || taxpayer.sppkp_office.is_some();
    Ok(TaxpayerView {
        id,
        persons: store::taxpayers::signatories(conn, id).await?,
        pairs: pairs(conn, id, zone).await?,
        kind: taxpayer.kind,
        name: taxpayer.name,
        office_code: taxpayer.office,
        address: taxpayer.address,
        city: taxpayer.city,
        province: taxpayer.province,
        pkp_status: taxpayer.status,
        revocation: taxpayer.revocation.map(PaperRef::from),
        evidence: taxpayer.evidence.map(EvidenceView::from),
        sppkp: has_sppkp.then_some(SppkpView { number, date, office_code: taxpayer.sppkp_office }),
        account_email_masked: account.map(|account| account.email.masked()),
        registry_email_masked: taxpayer.email.map(|email| crate::domain::indonesian::masked_email(&email)),
        source: taxpayer.source,
        updated_at: AtOffice(particulars.updated_at, zone),
    })
}

async fn pairs(conn: &mut PgConnection, id: TaxpayerId, zone: Tz) -> Result<Vec<PairView>, AppError> {
    let mut origins = store::credentials::origins(conn, id).await?;
    Ok(store::credentials::of_taxpayer(conn, id)
        .await?
        .into_iter()
        .map(|pair| PairView {
            id: pair.id,
            office_code: pair.office,
            state: pair.state,
            state_changed_at: AtOffice(pair.state_changed_at, zone),
            origin: origins.remove(&pair.id).unwrap_or_default(),
            letter: PaperRef { number: pair.letter_number, date: pair.letter_on },
        })
        .collect())
}

#[derive(Debug, Serialize)]
pub struct BundleView {
    pub bundle_id: BundleId,
    pub sibling_request_id: RequestId,
    pub sibling_receipt_number: String,
}

pub(super) async fn bundle(
    conn: &mut PgConnection,
    request: &Request,
) -> Result<Option<BundleView>, AppError> {
    let (Some(bundle_id), Some((sibling, _, _))) =
        (request.bundle, store::requests::sibling(conn, request).await?)
    else {
        return Ok(None);
    };
    let sibling_receipt_number = store::rounds::current(conn, sibling).await?.receipt_number;
    Ok(Some(BundleView { bundle_id, sibling_request_id: sibling, sibling_receipt_number }))
}

#[derive(Debug, Serialize)]
pub struct RoundView {
    pub number: i32,
    pub receipt_number: String,
    pub received_at: AtOffice,
    pub limit_days: u16,
    pub due: Due,
    pub derivation: Option<Derivation>,
    pub ended_at: Option<AtOffice>,
    pub ending: Option<RoundEnding>,
    pub breached: Option<bool>,
    pub overdue_cause_code: Option<String>,
    pub overdue_cause: Option<String>,
}

impl RoundView {
    pub(super) fn new(round: &Round, zone: Tz) -> Self {
        Self {
            number: round.number,
            receipt_number: round.receipt_number.clone(),
            received_at: AtOffice(round.received_at, zone),
            limit_days: round.limit_days,
            due: Due::new(round.due.as_ref(), round.received_at, zone),
            derivation: round.due.as_ref().map(|due| due.derivation.clone()),
            ended_at: round.end.as_ref().map(|end| AtOffice(end.at, zone)),
            ending: round.end.as_ref().map(|end| end.ending),
            breached: round.end.as_ref().map(|end| end.breached),
            overdue_cause_code: round.end.as_ref().and_then(|end| end.overdue_cause_code.clone()),
            overdue_cause: round.end.as_ref().and_then(|end| end.overdue_cause.clone()),
        }
    }
}

/// The facts of an upload.
#[derive(Debug, Serialize)]
pub struct DocumentView {
    pub id: DocumentId,
    pub kind: DocumentKind,
    pub media_type: String,
    pub byte_count: i64,
    pub sha256: String,
    pub file_name: String,
    /// For the pages.
    #[serde(skip)]
    pub pages: Option<PdfPages>,
    /// When its filer signed it on a screen.
    #[serde(skip)]
    pub signed_at: Option<DateTime<Utc>>,
}

impl From<&Document> for DocumentView {
    fn from(document: &Document) -> Self {
        Self {
            id: document.id,
            kind: document.kind,
            media_type: document.media_type.clone(),
            byte_count: document.byte_count,
            sha256: crate::app::signing::digest::hex(&document.sha256),
            file_name: document.file_name.clone(),
            pages: document.pages,
            signed_at: document.signed_at,
        }
    }
}

/// An upload that a request uses.
#[derive(Debug, Serialize)]
pub struct AttachedDocument {
    #[serde(flatten)]
    pub document: DocumentView,
    pub round_number: i32,
    pub uploaded_at: AtOffice,
}

impl AttachedDocument {
    pub(super) fn new(document: &Document, zone: Tz) -> Self {
        Self {
            document: document.into(),
            round_number: document.round_number.unwrap_or(1),
            uploaded_at: AtOffice(document.uploaded_at, zone),
        }
    }
}

#[derive(Debug, Serialize)]
pub struct ExemptionView {
    pub document: DocumentKind,
    pub reason: String,
    pub asked_at: AtOffice,
    pub waived: Option<Waived>,
}

#[derive(Debug, Serialize)]
pub struct Waived {
    pub by: PersonRef,
    pub reason: String,
    pub at: AtOffice,
}

impl ExemptionView {
    pub(super) fn new(exemption: Exemption, names: &Names, zone: Tz) -> Self {
        let waived = match (exemption.waived_by, exemption.waived_reason, exemption.waived_at) {
            (Some(by), Some(reason), Some(at)) => {
                Some(Waived { by: names.of(by), reason, at: AtOffice(at, zone) })
            }
            _ => None,
        };
        Self {
            document: exemption.document,
            reason: exemption.reason,
            asked_at: AtOffice(exemption.asked_at, zone),
            waived,
        }
    }
}

/// An item of a list of deficiencies in words.
#[derive(Debug, Serialize)]
pub struct DeficiencyItem {
    pub code: String,
    pub name: String,
    pub finding: String,
    pub remedy: String,
}

#[derive(Debug, Serialize)]
pub struct ReturnView {
    pub round_number: i32,
    pub items: Vec<DeficiencyItem>,
    pub returned_by: PersonRef,
    pub returned_at: AtOffice,
    pub supply_by_on: NaiveDate,
}

impl ReturnView {
    pub(super) fn new(
        office: &Office,
        row: &OfficeRow,
        returned: &Return,
        rounds: &[Round],
        names: &Names,
    ) -> Result<Self, AppError> {
        Ok(Self {
            round_number: rounds
                .iter()
                .find(|round| round.id == returned.round)
                .map_or(1, |round| round.number),
            items: items(office, row, &returned.items)?,
            returned_by: names.of(returned.returned_by),
            returned_at: AtOffice(returned.returned_at, row.zone),
            supply_by_on: returned.supply_by_on,
        })
    }
}

/// The words of the items of a return.
pub(super) fn items(
    office: &Office,
    row: &OfficeRow,
    items: &[ReturnItem],
) -> Result<Vec<DeficiencyItem>, AppError> {
    items
        .iter()
        .map(|item| {
            let text = office
                .templates
                .item_text(&item.code, &words::item_data(&item.values, row))
                .map_err(AppError::NotRenderable)?;
            Ok(DeficiencyItem {
                code: item.code.clone(),
                name: text.name,
                finding: text.finding,
                remedy: text.remedy,
            })
        })
        .collect()
}

#[derive(Debug, Serialize)]
pub struct StatedReason {
    pub code: String,
    pub text: String,
    pub evidence: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
pub struct DraftView {
    pub digest: String,
    pub decision: Decision,
    pub reasons: Vec<StatedReason>,
    pub template_version: i32,
    pub drafted_by: PersonRef,
    pub drafted_at: AtOffice,
}

impl DraftView {
    pub(super) fn new(
        office: &Office,
        row: &OfficeRow,
        draft: Draft,
        names: &Names,
    ) -> Result<Self, AppError> {
        let reasons = stated(office, row, draft.reasons)?;
        Ok(Self {
            digest: crate::app::signing::digest::hex(&draft.digest),
            decision: draft.decision,
            reasons,
            template_version: draft.template_version,
            drafted_by: names.of(draft.drafted_by),
            drafted_at: AtOffice(draft.drafted_at, row.zone),
        })
    }
}

/// Reasons of a refusal as the letter says them.
pub(in crate::app) fn stated(
    office: &Office,
    row: &OfficeRow,
    reasons: Vec<FoundReason>,
) -> Result<Vec<StatedReason>, AppError> {
    reasons
        .into_iter()
        .map(|reason| {
            let data = words::reason_data(&reason.evidence, row);
            let text =
                office.templates.reason_text(&reason.code, &data).map_err(AppError::NotRenderable)?.text;
            Ok(StatedReason { code: reason.code, text, evidence: reason.evidence })
        })
        .collect()
}

#[derive(Debug, Serialize)]
pub struct LetterView {
    pub letter_id: LetterId,
    pub kind: LetterRowKind,
    pub number: Option<String>,
    pub dated_on: NaiveDate,
    pub copy_number: Option<i32>,
    pub delivery: Delivery,
    pub delivery_reason: Option<String>,
    pub rendered: bool,
    pub printed_count: i32,
    pub handed_out_at: Option<AtOffice>,
    pub tracking_number: Option<String>,
    pub returned_at: Option<AtOffice>,
    pub superseded_at: Option<AtOffice>,
    pub superseded_by: Option<LetterId>,
    pub signed_by: Option<PersonRef>,
}

impl LetterView {
    pub(super) fn new(letter: Letter, marks: &[Marks], names: &Names, zone: Tz) -> Self {
        let at = |at: Option<DateTime<Utc>>| at.map(|at| AtOffice(at, zone));
        let marks = marks.iter().find(|marks| marks.letter == letter.id);
        Self {
            letter_id: letter.id,
            kind: letter.kind,
            number: letter.number,
            dated_on: letter.dated_on,
            copy_number: letter.copy_number,
            delivery: letter.delivery,
            delivery_reason: letter.delivery_reason.as_deref().map(why_not_usual),
            rendered: marks.is_some_and(|marks| marks.rendered),
            printed_count: letter.printed_count,
            handed_out_at: at(letter.handed_out_at),
            tracking_number: letter.tracking_number,
            returned_at: at(letter.returned_at),
            superseded_at: at(marks.and_then(|marks| marks.superseded_at)),
            superseded_by: marks.and_then(|marks| marks.superseded_by),
            signed_by: names.of_some(letter.signed_by),
        }
    }
}

/// The stored code of a reason in words.
fn why_not_usual(code: &str) -> String {
    match code {
        "reprint" => "Cetak ulang hanya diserahkan di loket",
        "bundle" => "Diajukan bersama update email",
        "unknown_sender" => "Pengirim permohonan tidak dikenal",
        "unproven_address" => "Alamat email belum dibuktikan",
        "decided" => "Ditentukan petugas setelah surat tidak sampai",
        "email_changed_recently" => "Alamat email baru saja diganti",
        "correction" => "Seperti surat yang diralat",
        other => other,
    }
    .to_owned()
}

#[derive(Debug, Serialize)]
pub struct MessageView {
    pub message_id: MessageId,
    pub kind: String,
    pub help_desk_number: String,
    pub to_masked: String,
    pub letter_id: Option<LetterId>,
    pub fate: Fate,
    pub fate_at: AtOffice,
    /// The mail that failed and that this one was sent for.
    pub replaces: Option<MessageId>,
    /// Its address gets no mail until then.
    pub suppressed_until: Option<AtOffice>,
    pub attempts: Vec<AttemptView>,
    pub reports: Vec<ReportView>,
}

/// What came back about a mail.
#[derive(Debug, Serialize)]
pub struct ReportView {
    pub at: AtOffice,
    pub action: ReportAction,
    pub status: Option<String>,
    pub text: String,
    pub diagnostic: String,
    pub effect: ReportEffect,
}

#[derive(Debug, Serialize)]
pub struct AttemptView {
    pub number: i32,
    pub at: AtOffice,
    pub outcome: String,
    pub code: Option<i32>,
    pub detail: String,
}

impl MessageView {
    /// These messages with what became of them.
    pub(super) async fn load(
        office: &Office,
        conn: &mut PgConnection,
        messages: Vec<Message>,
        zone: Tz,
    ) -> Result<Vec<Self>, AppError> {
        let ids: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
        let mut attempts = store::messages::attempts_of(conn, &ids).await?;
        let mut reports = store::mail_reports::of_messages(conn, &ids).await?;
        let suppressed = suppression::until(office, conn, &messages, office.now()).await?;
        let views = messages.into_iter().map(|message| {
            let attempts = attempts.remove(&message.id).unwrap_or_default();
            let reports = reports.remove(&message.id).unwrap_or_default();
            Self {
                message_id: message.id,
                kind: message.kind,
                help_desk_number: message.help_desk_number,
                to_masked: message.email.masked(),
                letter_id: message.letter,
                fate: message.fate,
                fate_at: AtOffice(message.fate_at, zone),
                replaces: message.replaces,
                suppressed_until: suppressed.get(&message.id).map(|until| AtOffice(*until, zone)),
                attempts: attempts.into_iter().map(|attempt| AttemptView::new(attempt, zone)).collect(),
                reports: reports.into_iter().map(|report| ReportView::new(report, zone)).collect(),
            }
        });
        Ok(views.collect())
    }
}

impl AttemptView {
    fn new(attempt: Attempt, zone: Tz) -> Self {
        Self {
            number: attempt.number,
            at: AtOffice(attempt.at, zone),
            outcome: attempt.outcome,
            code: attempt.code,
            detail: attempt.detail,
        }
    }
}

impl ReportView {
    fn new(report: Report, zone: Tz) -> Self {
        Self {
            at: AtOffice(report.received_at, zone),
            action: report.action,
            status: report.status.map(|status| status.to_string()),
            text: report.action.words(report.status),
            diagnostic: report.diagnostic,
            effect: report.effect,
        }
    }
}

/// Everybody who is named in these parts.
pub(super) fn staff_of(
    exemptions: &[Exemption],
    returns: &[Return],
    draft: Option<&Draft>,
    letters: &[Letter],
) -> Vec<StaffId> {
    exemptions
        .iter()
        .filter_map(|exemption| exemption.waived_by)
        .chain(returns.iter().map(|returned| returned.returned_by))
        .chain(draft.map(|draft| draft.drafted_by))
        .chain(letters.iter().filter_map(|letter| letter.signed_by))
        .collect()
}
