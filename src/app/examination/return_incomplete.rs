//! Returned as incomplete: the round ends, the filer is told what to do and until when.

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use uuid::Uuid;

use super::super::{
    AppError, Office,
    actor::{self, lock_request},
    letter_templates::shelf,
    post::{NewMail, queue_mail},
    words::{self, DeficiencyList, Stage, Subject},
};
use crate::{
    domain::{
        fault::Faults,
        ids::{LetterId, RequestId, SessionId},
        line::Line,
        names::{Delivery, Kind, RoundEnding},
        request::Round,
        state::{Act, Who},
        working_days::local_midnight,
    },
    letters::{EmailKind, ItemText, LetterKind},
    store::{
        self,
        audit::{By, Event},
        letters::{Letter, LetterRowKind},
        offices::OfficeRow,
        returns::{Return, ReturnItem},
    },
};

/// The second return of a request, or one within the last business day of its limit, needs the section head.
pub async fn return_incomplete(
    office: &Office,
    session: SessionId,
    id: RequestId,
    items: &[ReturnItem],
    expected_version: Option<i32>,
) -> Result<(), AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (request, positions) = lock_request(&mut tx, &colleague, id, Act::Return, expected_version).await?;
    let round = store::rounds::current(&mut tx, id).await?;
    let earlier = store::returns::of_request(&mut tx, id).await?;
    if needs_section_head(!earlier.is_empty(), &round, now) && !positions.contains(&Who::SectionHead) {
        return Err(AppError::NeedsSectionHead);
    }
    let row = store::offices::find(&mut tx, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let regime = store::regimes::get(&mut tx, &request.regime).await?;
    let texts = item_texts(office, request.kind, &row, items)?;
    let supply_by_on = supply_by(now, row.zone, regime.supply_days);
    let new = Return {
        round: round.id,
        items: items.to_vec(),
        returned_by: colleague.id,
        returned_at: now,
        supply_by_on,
        lapses_at: end_of_day(supply_by_on, row.zone)?,
    };
    store::returns::insert(&mut tx, id, &new).await?;
    store::rounds::end(&mut tx, &round, RoundEnding::Returned, None, None, now).await?;
    let state = request.state.return_incomplete()?;
    let request = store::requests::save_state(&mut tx, request, state).await?;

    let staff = store::staff::find(&mut tx, colleague.id).await?.ok_or(AppError::Unauthenticated)?;
    let data = words::deficiency_list(&DeficiencyList {
        office: &row,
        links: &office.rules.links,
        regime: &regime,
        subject: &Subject::from(&request),
        stage: Stage::AfterExamination { receipt_number: &round.receipt_number, supply_by_on },
        items: &texts,
        checked_at: now,
        staff: &staff,
    });
    let dated_on = now.with_timezone(&row.zone).date_naive();
    let letter = Letter {
        id: LetterId(Uuid::now_v7()),
        office: request.office,
        request: id,
        round: round.id,
        kind: LetterRowKind::DeficiencyList,
        number: None,
        allocated: None,
        dated_on,
        copy_of: None,
        copy_number: None,
        credential: None,
        verification: None,
        template_version: shelf::version_in_force(&mut tx, LetterKind::DeficiencyList, dated_on).await?,
        data,
        addressee: Some(request.filed.email.clone()),
        delivery: Delivery::Email,
        delivery_reason: None,
        drafted_by: None,
        signed_by: None,
        created_at: now,
        printed_count: 0,
        handed_out_at: None,
        tracking_number: None,
        returned_at: None,
    };
    store::letters::insert(&mut tx, &letter).await?;
    queue_mail(
        office,
        &mut tx,
        NewMail {
            office_code: Some(request.office),
            request: Some(id),
            letter: Some(letter.id),
            ..NewMail::new(EmailKind::ReturnedIncomplete, request.filed.email.clone())
        },
    )
    .await?;
    let codes: Vec<&str> = items.iter().map(|item| item.code.as_str()).collect();
    store::audit::record(
        &mut tx,
        Event::new(By::Staff(colleague.id), Act::Return.as_str())
            .office(request.office)
            .request(id)
            .detail(serde_json::json!({ "items": codes, "round": round.number })),
        now,
    )
    .await?;
    tx.commit().await?;
    office.wake.ring();
    Ok(())
}

/// What the filer would read of a return, and until when it can be completed. Keeps nothing.
pub async fn preview_return(
    office: &Office,
    session: SessionId,
    id: RequestId,
    items: &[ReturnItem],
) -> Result<ReturnPreview, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let request = actor::visible_request(&mut tx, &colleague, id).await?;
    let row = store::offices::find(&mut tx, request.office).await?.ok_or(AppError::NotFound("office"))?;
    let regime = store::regimes::get(&mut tx, &request.regime).await?;
    tx.rollback().await?;
    let texts = item_texts(office, request.kind, &row, items)?.into_iter().map(|text| ItemPreview {
        name: text.name,
        finding: text.finding,
        remedy: text.remedy,
    });
    Ok(ReturnPreview { texts: texts.collect(), supply_by_on: supply_by(now, row.zone, regime.supply_days) })
}

/// A return before it is sent.
#[derive(Debug, Serialize)]
pub struct ReturnPreview {
    pub texts: Vec<ItemPreview>,
    /// The last day to complete it.
    pub supply_by_on: NaiveDate,
}

#[derive(Debug, Serialize)]
pub struct ItemPreview {
    pub name: String,
    pub finding: String,
    pub remedy: String,
}

/// The second return of a request, and one on the last business day of its limit, is the section head's.
pub(in crate::app) fn needs_section_head(returned_before: bool, round: &Round, now: DateTime<Utc>) -> bool {
    returned_before || round.due.as_ref().is_some_and(|due| due.instants.is_last_business_day(now))
}

/// Calendar days from today at the office.
fn supply_by(now: DateTime<Utc>, zone: Tz, days: u16) -> NaiveDate {
    let today = now.with_timezone(&zone).date_naive();
    today.checked_add_days(Days::new(u64::from(days))).unwrap_or(today)
}

/// The first instant after a day at the office.
fn end_of_day(day: NaiveDate, zone: Tz) -> Result<DateTime<Utc>, AppError> {
    day.succ_opt().and_then(|next| local_midnight(zone, next)).ok_or_else(|| {
        AppError::Internal(anyhow::anyhow!("the calendar ends before the time to supply does"))
    })
}

/// The texts of the items; a fault for every one that is not of this kind or lacks a value.
fn item_texts(
    office: &Office,
    kind: Kind,
    row: &OfficeRow,
    items: &[ReturnItem],
) -> Result<Vec<ItemText>, AppError> {
    let mut faults = Faults::default();
    let mut texts = Vec::new();
    if items.is_empty() {
        faults.add("/items", "required", "Pilih sekurang-kurangnya satu butir kekurangan.");
    }
    for (index, item) in items.iter().enumerate() {
        let known = office.templates.deficiency_items().iter().find(|known| known.code == item.code);
        match known {
            Some(known) if known.kinds.contains(&kind.as_str().to_owned()) => {
                let missing: Vec<&str> = known
                    .fields
                    .iter()
                    .map(String::as_str)
                    .filter(|field| item.values.get(*field).is_none_or(|value| value.trim().is_empty()))
                    .collect();
                if !missing.is_empty() {
                    faults.add(
                        format!("/items/{index}/values"),
                        "required",
                        format!("Isi nilai untuk: {}.", missing.join(", ")),
                    );
                    continue;
                }
                for (field, value) in &item.values {
                    let line = Line::<500>::parse(value).map_err(|error| (error.code(), error.detail()));
                    faults.take(&format!("/items/{index}/values/{field}"), line);
                }
                if !faults.is_empty() {
                    continue;
                }
                let data = words::item_data(&item.values, row);
                texts.push(office.templates.item_text(&item.code, &data).map_err(AppError::NotRenderable)?);
            }
            Some(_) | None => faults.add(
                format!("/items/{index}/code"),
                "unknown_item",
                "Butir kekurangan ini tidak ada untuk jenis permohonan ini.",
            ),
        }
    }
    if faults.is_empty() { Ok(texts) } else { Err(AppError::Invalid(faults.into_vec())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fourteen_days_are_calendar_days_at_the_office() {
        let late_evening_in_london = "2026-07-14T20:00:00Z".parse().unwrap();
        assert_eq!(
            supply_by(late_evening_in_london, chrono_tz::Asia::Jayapura, 14),
            NaiveDate::from_ymd_opt(2026, 7, 29).unwrap()
        );
    }
}
