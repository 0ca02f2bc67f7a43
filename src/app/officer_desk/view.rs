//! What the screen of a request shows beside the request itself.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Serialize;
use sqlx::PgConnection;

use super::super::{
    AppError, Office,
    actor::{self, visible_request},
    examination::return_incomplete::needs_section_head,
    intake::{case_of, documents_in_view},
    views::parts::{AtOffice, PersonRef},
    words,
};
use crate::{
    domain::{
        checklist::{self, Item, Mark},
        document_policy,
        ids::{RequestId, SessionId},
        names::DocumentKind,
        regime::Regime,
        request::Request,
        state::{Act, Who},
    },
    store::{self, offices::OfficeRow},
};

/// Somebody who opened the request within this time may still be reading it.
const PRESENT: TimeDelta = TimeDelta::minutes(3);

#[derive(Debug, Serialize)]
pub struct Desk {
    pub checklist: Vec<CheckView>,
    /// How many items have been judged, and how many of them were not as they should be.
    pub judged: usize,
    pub amiss: usize,
    /// Whether the person who looks may judge.
    pub may_check: bool,
    pub notes: Vec<NoteView>,
    /// Who else has the request open.
    pub others: Vec<String>,
    /// What the request can be returned for.
    pub deficiencies: Vec<DeficiencyChoice>,
    /// Whether only the section head may return it now, and this person is not.
    pub return_needs_head: bool,
    /// Reasons of a refusal that an officer judges; the data never say them.
    pub judged_reasons: Vec<ReasonChoice>,
    /// Who it can be given to, for those who may.
    pub officers: Vec<PersonRef>,
    /// Documents that are neither there nor waived: they keep the letter from being granted.
    pub open_exemptions: Vec<DocumentKind>,
}

#[derive(Debug, Serialize)]
pub struct CheckView {
    pub item: Item,
    pub document: DocumentKind,
    pub mark: Option<Mark>,
    pub at: Option<AtOffice>,
}

#[derive(Debug, Serialize)]
pub struct NoteView {
    pub text: String,
    pub by: String,
    pub at: AtOffice,
}

/// An item of the list of deficiencies, with dots for what the officer fills in.
#[derive(Debug, Serialize)]
pub struct DeficiencyChoice {
    pub code: String,
    pub name: String,
    pub finding: String,
    pub remedy: String,
    pub fields: Vec<String>,
    /// Whether the checklist says so.
    pub proposed: bool,
}

/// A reason of a refusal, with dots for its evidence.
#[derive(Debug, Serialize)]
pub struct ReasonChoice {
    pub code: String,
    pub text: String,
    pub evidence: String,
    pub fields: Vec<String>,
}

const DOTS: &str = "…";

/// The desk of a request that this person may see. The look at the request itself is what is audited.
pub async fn desk(office: &Office, session: SessionId, id: RequestId) -> Result<Desk, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let request = visible_request(&mut tx, &colleague, id).await?;
    let row = store::offices::find(&mut tx, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let regime = store::regimes::get(&mut tx, &request.regime).await?;
    let items = checklist_of(&mut tx, &request).await?;
    let checks = store::desk::checks(&mut tx, id, request.round_number).await?;
    let notes = store::desk::notes(&mut tx, id).await?;
    let others = store::desk::meet(&mut tx, id, colleague.id, now, now - PRESENT).await?;
    let positions = colleague.positions(&request);
    let acts = Act::available(request.state.name(), &positions);
    let officers = if acts.contains(&Act::Reassign) {
        let today = now.with_timezone(&row.zone).date_naive();
        store::desk::officers(&mut tx, request.office, today).await?
    } else {
        Vec::new()
    };
    let round = store::rounds::current(&mut tx, id).await?;
    let returned = !store::returns::of_request(&mut tx, id).await?.is_empty();
    let open_exemptions = open_exemptions(&mut tx, &request, &regime).await?;
    tx.commit().await?;
    let judged: Vec<CheckView> = items
        .into_iter()
        .map(|item| {
            let check = checks.iter().find(|check| check.item == item);
            CheckView {
                item,
                document: item.document(),
                mark: check.map(|check| check.mark),
                at: check.map(|check| AtOffice(check.at, row.zone)),
            }
        })
        .collect();
    let marks = judged.iter().filter_map(|check| check.mark.map(|mark| (check.item, mark)));
    let proposed: Vec<&str> = marks.clone().filter_map(|(item, mark)| item.deficiency(mark)).collect();
    Ok(Desk {
        judged: marks.clone().count(),
        amiss: marks.filter(|(_, mark)| *mark != Mark::Present).count(),
        may_check: acts.contains(&Act::Draft),
        notes: notes
            .into_iter()
            .map(|note| NoteView { text: note.text, by: note.by, at: AtOffice(note.at, row.zone) })
            .collect(),
        others,
        deficiencies: deficiencies(office, &request, &row, &proposed)?,
        return_needs_head: needs_section_head(returned, &round, now)
            && !positions.contains(&Who::SectionHead),
        judged_reasons: judged_reasons(office, &request, &regime, &row)?,
        officers: officers
            .into_iter()
            .filter(|officer| Some(officer.id) != request.state.officer())
            .map(|officer| PersonRef { id: officer.id, name: officer.name })
            .collect(),
        open_exemptions,
        checklist: judged,
    })
}

/// The checklist of a request, by the papers that are there.
pub(super) async fn checklist_of(conn: &mut PgConnection, request: &Request) -> Result<Vec<Item>, AppError> {
    let regime = store::regimes::get(conn, &request.regime).await?;
    let supplied: Vec<DocumentKind> =
        documents_in_view(conn, request).await?.iter().map(|document| document.kind).collect();
    Ok(checklist::items(&regime.documents, case_of(conn, request).await?, &supplied))
}

/// Documents that the filer said they cannot supply and that nobody waived.
pub(in crate::app) async fn open_exemptions(
    conn: &mut PgConnection,
    request: &Request,
    regime: &Regime,
) -> Result<Vec<DocumentKind>, AppError> {
    let case = case_of(conn, request).await?;
    let mut supplied: Vec<DocumentKind> =
        documents_in_view(conn, request).await?.iter().map(|document| document.kind).collect();
    let exemptions = store::exemptions::of_request(conn, request.id).await?;
    supplied.extend(exemptions.iter().filter(|one| one.waived_at.is_some()).map(|one| one.document));
    Ok(document_policy::missing(&regime.documents, case, &supplied)
        .into_iter()
        .filter_map(|requirement| requirement.any_of.first().copied())
        .collect())
}

fn dots(fields: &[String]) -> BTreeMap<String, String> {
    fields.iter().map(|field| (field.clone(), DOTS.to_owned())).collect()
}

fn deficiencies(
    office: &Office,
    request: &Request,
    row: &OfficeRow,
    proposed: &[&str],
) -> Result<Vec<DeficiencyChoice>, AppError> {
    let kind = request.kind.as_str();
    let known = office.templates.deficiency_items().iter();
    known
        .filter(|item| item.kinds.iter().any(|known| known == kind))
        .map(|item| {
            let data = words::item_data(&dots(&item.fields), row);
            let text = office.templates.item_text(&item.code, &data).map_err(AppError::NotRenderable)?;
            Ok(DeficiencyChoice {
                proposed: proposed.contains(&item.code.as_str()),
                code: item.code.clone(),
                name: text.name,
                finding: text.finding,
                remedy: text.remedy,
                fields: item.fields.clone(),
            })
        })
        .collect()
}

fn judged_reasons(
    office: &Office,
    request: &Request,
    regime: &Regime,
    row: &OfficeRow,
) -> Result<Vec<ReasonChoice>, AppError> {
    let kind = request.kind.as_str();
    let known = office.templates.refusal_reasons().iter();
    known
        .filter(|reason| {
            regime.officer_judges(&reason.code) && reason.kinds.iter().any(|known| known == kind)
        })
        .map(|reason| {
            let data = words::reason_data(&dots(&reason.evidence_fields), row);
            let text = office.templates.reason_text(&reason.code, &data).map_err(AppError::NotRenderable)?;
            Ok(ReasonChoice {
                code: reason.code.clone(),
                text: text.text,
                evidence: text.evidence,
                fields: reason.evidence_fields.clone(),
            })
        })
        .collect()
}

/// Who else has a request open, and whether it has changed since.
#[derive(Debug)]
pub struct Presence {
    pub others: Vec<String>,
    pub version: i32,
}

/// Says that this person still has the request open.
pub async fn present(office: &Office, session: SessionId, id: RequestId) -> Result<Presence, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let request = visible_request(&mut tx, &colleague, id).await?;
    let others = store::desk::meet(&mut tx, id, colleague.id, now, now - PRESENT).await?;
    tx.commit().await?;
    Ok(Presence { others, version: request.version })
}
