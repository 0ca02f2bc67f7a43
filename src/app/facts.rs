//! Gathers what the verdict depends on.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::AppError;
use crate::{
    domain::{
        eligibility::{Facts, PairFacts, PreviousOffice, Reference, RegistryFacts},
        names::Kind,
        office::OfficeCode,
        request::Request,
    },
    store::{self, offices::OfficeRow, taxpayers::Taxpayer},
};

/// The facts of a request on the day of its examination.
pub(in crate::app) async fn facts(
    conn: &mut PgConnection,
    request: &Request,
    office: &OfficeRow,
    examined_on: NaiveDate,
) -> Result<Facts, AppError> {
    let taxpayer = store::taxpayers::get(conn, request.taxpayer).await?;
    let pairs = store::credentials::of_taxpayer(conn, request.taxpayer)
        .await?
        .into_iter()
        .map(|pair| PairFacts {
            event_number: event_number(
                pair.state_changed_at.with_timezone(&office.zone).date_naive(),
                pair.id.0,
            ),
            state_changed_on: pair.state_changed_at.with_timezone(&office.zone).date_naive(),
            office: pair.office,
            state: pair.state,
            letter: Reference { number: pair.letter_number, on: pair.letter_on },
        })
        .collect();
    Ok(Facts {
        kind: request.kind,
        office: request.office,
        registry: registry(conn, &taxpayer).await?,
        pairs,
        signer_name: request.filed.signer_name.as_str().to_owned(),
        signer_capacity: request.filed.signer_capacity,
        examined_on,
        previous_office: previous_office(conn, request).await?,
    })
}

/// How a suspension is named in letters: `P-20260711-3f2a`.
pub(in crate::app) fn event_number(on: NaiveDate, id: uuid::Uuid) -> String {
    let tail = id.simple().to_string();
    format!("P-{}-{}", on.format("%Y%m%d"), &tail[tail.len() - 4..])
}

async fn registry(conn: &mut PgConnection, taxpayer: &Taxpayer) -> Result<Option<RegistryFacts>, AppError> {
    let Some(code) = taxpayer.office.filter(|_| taxpayer.is_registered()) else { return Ok(None) };
    let office = store::offices::find(conn, code).await?;
    Ok(Some(RegistryFacts {
        office: code,
        office_name: office.map_or_else(|| format!("KPP {code}"), |office| office.name),
        status: taxpayer.status,
        revocation: taxpayer.revocation.clone(),
        evidence: taxpayer.evidence.clone(),
        sppkp_office: taxpayer.sppkp_office,
        persons: store::taxpayers::persons(conn, taxpayer.id).await?,
    }))
}

async fn previous_office(
    conn: &mut PgConnection,
    request: &Request,
) -> Result<Option<PreviousOffice>, AppError> {
    let Some(named) = request.filed.previous_office.as_ref().filter(|_| request.kind == Kind::MoveOffice)
    else {
        return Ok(None);
    };
    let served = match named.as_str().parse::<OfficeCode>() {
        Ok(code) => store::offices::find(conn, code).await?,
        Err(_) => None,
    };
    let filed = &request.filed;
    Ok(Some(PreviousOffice {
        code_or_name: named.as_str().to_owned(),
        name: served.as_ref().map_or_else(|| named.as_str().to_owned(), |office| office.name.clone()),
        served_here: served.is_some(),
        old_letter: filed
            .old_letter_number
            .as_ref()
            .zip(filed.old_letter_on)
            .map(|(number, on)| Reference { number: number.as_str().to_owned(), on }),
    }))
}
