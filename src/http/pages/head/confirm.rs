//! `/tanda-tangan/periksa` and the signature itself: drafts are chosen, looked over once more, and signed, each in a
//! transaction of its own.
//!
//! Pressing twice signs nothing twice: a draft is named by its digest and signed once, and one that this person signed
//! counts as signed.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde::Serialize;

use super::{
    PATH,
    outcome::{Refusal, go_with},
};
use crate::{
    app::signing::{
        overdue_cause::{StatedCause, overdue_causes},
        sign::{Signature, sign_many},
        waiting::{DraftRow, chosen, desk},
    },
    domain::ids::RequestId,
    http::{
        extract::IfMatch,
        pages::frame::{
            Flash, FormFaults, Language, Page, PageError, ProtectedForm, SECTION_HEAD, Sent, Staff, Typed,
            Visit, page,
        },
    },
    store::overdue_causes::OverdueCause,
};

/// Most drafts in one press, as in the interface.
const MOST: usize = 50;
const CAUSE: &str = "cause-";
const DETAIL: &str = "detail-";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("confirm_signatures", Method::POST, "/tanda-tangan/periksa", SECTION_HEAD, || {
            web::to(look_over)
        }),
        page("sign_on_page", Method::POST, PATH, SECTION_HEAD, || web::to(sign)),
    ]
}

#[derive(Serialize)]
struct View {
    /// Those that will be signed.
    drafts: Vec<Chosen>,
    /// Those that this person may not sign.
    hindered: Vec<DraftRow>,
    /// How many were chosen and wait no more, or changed.
    changed: Vec<DraftRow>,
    gone: usize,
    /// The causes to choose from, in the language of the visitor.
    causes: Vec<(String, String)>,
    faults: FormFaults,
}

#[derive(Serialize)]
struct Chosen {
    #[serde(flatten)]
    row: DraftRow,
    overdue: bool,
    /// What was chosen as cause, and typed beside it.
    cause: String,
    detail: String,
}

/// The causes of the list as a select field takes them, in the language of the visitor.
pub(super) async fn choices(staff: &Staff) -> Result<Vec<(String, String)>, PageError> {
    let causes = overdue_causes(staff.office(), staff.session()).await?;
    let language = staff.preferences().language;
    let label = |cause: OverdueCause| match language {
        Language::Id => (cause.code, cause.label_id),
        Language::En => (cause.code, cause.label_en),
    };
    Ok(causes.into_iter().map(label).collect())
}

/// A draft as a form names it: the request and the digest that was seen.
type Named = (RequestId, [u8; 32]);

/// `None`: a page of ours does not send this.
fn named(text: &str) -> Option<Named> {
    let (id, digest) = text.split_once('.')?;
    match format!("\"{digest}\"").parse() {
        Ok(IfMatch::Digest(digest)) => Some((RequestId(id.parse().ok()?), digest)),
        Ok(IfMatch::Version(_)) | Err(()) => None,
    }
}

fn drafts(typed: &Typed) -> Result<Vec<Named>, PageError> {
    let named: Option<Vec<Named>> = typed.all("draft").map(named).collect();
    named.filter(|named| named.len() <= MOST).ok_or(PageError::WrongForm)
}

fn digest_of(row: &DraftRow) -> Option<[u8; 32]> {
    named(&format!("{}.{}", row.request_id.0, row.digest)).map(|(_, digest)| digest)
}

async fn view(staff: &Staff, named: &[Named], typed: &Typed, faults: FormFaults) -> Result<View, PageError> {
    let ids: Vec<RequestId> = named.iter().map(|(id, _)| *id).collect();
    let rows = chosen(staff.office(), staff.session(), &ids).await?;
    let gone = ids.len().saturating_sub(rows.len());
    let seen: BTreeMap<RequestId, [u8; 32]> = named.iter().copied().collect();
    let (changed, same): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| seen.get(&row.request_id).copied() != digest_of(row));
    let (hindered, free): (Vec<_>, Vec<_>) = same.into_iter().partition(|row| row.hindrance.is_some());
    let drafts = free
        .into_iter()
        .map(|row| Chosen {
            overdue: row.is_overdue(),
            cause: typed.get(&format!("{CAUSE}{}", row.request_id.0)).to_owned(),
            detail: typed.get(&format!("{DETAIL}{}", row.request_id.0)).to_owned(),
            row,
        })
        .collect();
    Ok(View { drafts, hindered, changed, gone, causes: choices(staff).await?, faults })
}

/// Shows what was chosen, before it is signed.
async fn look_over(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, Sent { typed, .. }) = form.from_staff(&visit)?;
    let mut named = drafts(&typed)?;
    if !typed.get("all").is_empty() {
        let desk = desk(staff.office(), staff.session(), None).await?;
        named = desk
            .drafts
            .iter()
            .filter(|row| row.hindrance.is_none())
            .filter_map(|row| Some((row.request_id, digest_of(row)?)))
            .collect();
    }
    if named.is_empty() {
        return staff.go_saying(PATH, &Flash::note("head.none_chosen"));
    }
    let view = view(&staff, &named, &typed, FormFaults::default()).await?;
    staff.show("head/confirm.html", &view)
}

async fn sign(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let (staff, Sent { typed, .. }) = form.from_staff(&visit)?;
    let named = drafts(&typed)?;
    if named.is_empty() {
        return staff.go_saying(PATH, &Flash::note("head.none_chosen"));
    }
    let (faults, causes) = causes(&staff, &named, &typed).await?;
    if !faults.is_empty() {
        let view = view(&staff, &named, &typed, faults).await?;
        return staff.show_as(StatusCode::UNPROCESSABLE_ENTITY, "head/confirm.html", &view);
    }
    let signatures: Vec<Signature> = named
        .iter()
        .map(|(id, digest)| Signature {
            request: *id,
            digest: digest.to_vec(),
            overdue_cause: causes.get(id).cloned(),
        })
        .collect();
    let rows = sign_many(staff.office(), staff.session(), &signatures).await?;
    let rows = rows.iter().map(|row| (row.request, row.result.as_ref().err().map(Refusal::from)));
    go_with(&staff, rows.collect())
}

/// The causes of what is late. Each late draft needs one of the list; what was typed beside it has to be one line.
async fn causes(
    staff: &Staff,
    named: &[Named],
    typed: &Typed,
) -> Result<(FormFaults, BTreeMap<RequestId, StatedCause>), PageError> {
    let ids: Vec<RequestId> = named.iter().map(|(id, _)| *id).collect();
    let late = chosen(staff.office(), staff.session(), &ids).await?;
    let mut faults = FormFaults::default();
    let listed = overdue_causes(staff.office(), staff.session()).await?;
    let mut causes = BTreeMap::new();
    for row in late.iter().filter(|row| row.is_overdue() && row.hindrance.is_none()) {
        let (field, beside) =
            (format!("{CAUSE}{}", row.request_id.0), format!("{DETAIL}{}", row.request_id.0));
        let number = [("nomor", row.receipt_number.as_str())];
        let chosen = listed.iter().find(|cause| cause.code == typed.get(&field));
        if chosen.is_none() {
            faults.add(&field, staff.say("head.cause.missing", &number));
        }
        let detail = faults.optional_line(staff, &beside, typed.get(&beside));
        let Some(cause) = chosen else { continue };
        if cause.needs_detail && typed.get(&beside).is_empty() {
            faults.add(&beside, staff.say("head.cause.explain", &number));
        }
        causes.insert(row.request_id, StatedCause { code: cause.code.clone(), detail });
    }
    Ok((faults, causes))
}
