//! `/ajukan/data`: what the request letter says.

use actix_web::{
    HttpResponse,
    http::Method,
    web::{self, Query},
};
use serde::Serialize;

use super::{Step, checked, current, documents, keep, said, saved};
use crate::{
    app::{
        callers::ProofToken,
        filings::{Filing, KnownPkp, check_filing},
        list_offices::list_offices,
    },
    domain::{
        form::{RawForm, RawLetter, RawOldLetter, RawReprint, RawSigner},
        names::{Kind, Wanted},
        tax_id::TaxId,
    },
    http::pages::frame::{Access, Flash, FormFaults, Page, PageError, ProtectedForm, Typed, Visit, page},
};

pub(super) const PATH: &str = "/ajukan/data";

pub(super) fn pages() -> Vec<Page> {
    vec![
        page("letter_data_page", Method::GET, PATH, Access::Everyone, || web::to(show)),
        page("save_letter_data_page", Method::POST, PATH, Access::Everyone, || web::to(save)),
    ]
}

/// A day in its three fields, as typed.
#[derive(Default, Serialize)]
struct DateFields {
    day: String,
    month: String,
    year: String,
}

impl DateFields {
    fn of(typed: &str) -> Self {
        let mut parts = typed.splitn(3, '-').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let (year, month, day) = (next(), next(), next());
        Self { day, month: month.trim_start_matches('0').to_owned(), year }
    }
}

#[derive(Serialize)]
struct View<'a> {
    wanted: Wanted,
    form: &'a RawForm,
    reason: &'a str,
    alternate_email: &'a str,
    previous_office: &'a str,
    old_number: &'a str,
    /// The number as it is printed, once it can be read.
    formatted: Option<String>,
    known: Option<Known<'a>>,
    offices: Vec<(String, String)>,
    letter_date: DateFields,
    old_date: DateFields,
    /// Which fields this request has beside the common ones.
    asks_reason: bool,
    asks_alternate: bool,
    asks_previous: bool,
    proven_until: String,
    faults: FormFaults,
}

#[derive(Serialize)]
struct Known<'a> {
    name: &'a str,
    city: &'a str,
    office: Option<&'a str>,
}

impl<'a> Known<'a> {
    fn of(known: &'a KnownPkp) -> Self {
        Self { name: &known.name, city: &known.city, office: known.office_name.as_deref() }
    }
}

fn has(wanted: Wanted, kind: Kind) -> bool {
    wanted.kinds().contains(&kind)
}

async fn draw(visit: &Visit, filing: &Filing, faults: FormFaults) -> Result<HttpResponse, PageError> {
    let rows = list_offices(visit.office(), "").await?;
    let form = &filing.form;
    let (old_number, old_date) =
        form.old_letter.as_ref().map(|old| (old.number.as_str(), old.date.as_str())).unwrap_or_default();
    let view = View {
        wanted: filing.wanted,
        formatted: TaxId::parse(&form.tax_id).ok().map(|tax_id| tax_id.formatted()),
        known: filing.known.as_ref().map(Known::of),
        offices: rows
            .into_iter()
            .map(|row| (row.code.to_string(), format!("{} ({})", row.name, row.code)))
            .collect(),
        letter_date: DateFields::of(&form.letter.date),
        old_date: DateFields::of(old_date),
        reason: form.reprint.as_ref().map(|reprint| reprint.reason.as_str()).unwrap_or_default(),
        alternate_email: form.alternate_email.as_deref().unwrap_or_default(),
        previous_office: form.previous_office.as_deref().unwrap_or_default(),
        old_number,
        asks_reason: has(filing.wanted, Kind::Reprint),
        asks_alternate: has(filing.wanted, Kind::UpdateEmail),
        asks_previous: has(filing.wanted, Kind::MoveOffice),
        proven_until: filing.proven_until.to_rfc3339(),
        form,
        faults,
    };
    visit.show("taxpayer/filing/letter_data.html", &view)
}

async fn show(visit: Visit, step: Query<Step>) -> Result<HttpResponse, PageError> {
    let (token, filing) = current(&visit).await?;
    let faults =
        if step.is_checked() { faults(&visit, &token, &filing).await? } else { FormFaults::default() };
    draw(&visit, &filing, faults).await
}

async fn faults(visit: &Visit, token: &ProofToken, filing: &Filing) -> Result<FormFaults, PageError> {
    let found = check_filing(visit.office(), token, filing).await?;
    Ok(said::of_data(visit, filing, &found))
}

async fn save(visit: Visit, form: ProtectedForm<Typed>) -> Result<HttpResponse, PageError> {
    let typed = form.from_anyone(&visit)?.typed;
    let (token, filing) = keep(&visit, |form| fill(form, &typed)).await?;
    if !typed.get("later").is_empty() {
        return Ok(visit.go(saved::SAVED));
    }
    let faulty = !faults(&visit, &token, &filing).await?.is_empty();
    let next = if faulty { checked(PATH) } else { documents::PATH.to_owned() };
    if filing.lapsed {
        visit.go_saying(&next, &Flash::note("filing.sign.lapsed"))
    } else {
        Ok(visit.go(&next))
    }
}

/// Three fields as one day; a hyphen within one would make another day of it.
pub(in crate::http::pages::taxpayer) fn day(typed: &Typed, name: &str) -> String {
    let part = |suffix: &str| typed.get(&format!("{name}{suffix}")).replace('-', "");
    [part("-y"), part("-m"), part("")].join("-")
}

fn fill(form: &mut RawForm, typed: &Typed) {
    let text = |name: &str| typed.get(name).to_owned();
    let wants = |kind: Kind| match form.kind.as_deref() {
        Some(own) => own == kind.as_str(),
        None => matches!(kind, Kind::Reprint | Kind::UpdateEmail),
    };
    let (reprint, update, moves) = (wants(Kind::Reprint), wants(Kind::UpdateEmail), wants(Kind::MoveOffice));
    form.office_code = text("office_code");
    form.tax_id = text("tax_id");
    form.pkp_name = text("pkp_name");
    // Lines break in the field, not in the letter.
    form.pkp_address = text("pkp_address").split_whitespace().collect::<Vec<_>>().join(" ");
    form.letter = RawLetter {
        number: text("letter-number"),
        place: text("letter-place"),
        date: day(typed, "letter-date"),
    };
    form.signer = RawSigner {
        name: text("signer-name"),
        position: text("signer-position"),
        capacity: text("signer-capacity"),
    };
    form.reprint = reprint.then(|| RawReprint { reason: text("reprint-reason") });
    form.alternate_email = Some(text("alternate_email")).filter(|text| update && !text.is_empty());
    form.previous_office = moves.then(|| text("previous_office"));
    let old = RawOldLetter { number: text("old_letter-number"), date: day(typed, "old_letter-date") };
    let blank = old.number.is_empty() && old.date.chars().all(|c| c == '-');
    form.old_letter = (moves && !blank).then_some(old);
}
