use std::collections::BTreeMap;

use chrono::{DateTime, Days, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::channels::{Bundle, CHANNELS};
use crate::{
    app::{AppError, Office},
    domain::{
        ids::{NoticeId, StaffId},
        names::Scope,
        notices::{Heard, Standing, Tier, tiers},
        office::OfficeCode,
        working_days::{Calendar, Opening, Threshold},
    },
    store::{
        self,
        audit::{self, By, Event},
        notices::{Near, NewNotice, Supervisor, Told},
        offices::OfficeRow,
    },
};

/// Working time is not counted further back: by then whatever waits for an acknowledgement has waited long.
const LOOK_BACK: Days = Days::new(14);

/// Raises what is to be told by now at every office whose counter is open. Returns how many notices came. Each office in
/// its own transaction, so that one failure holds up no other.
pub async fn raise_notices(office: &Office) -> Result<usize, AppError> {
    let now = office.now();
    let offices = {
        let mut tx = office.begin().await?;
        store::notices::offices_near(&mut tx, now).await?
    };
    let mut raised = 0;
    for code in offices {
        match raise_at(office, code, now).await {
            Ok(count) => raised += count,
            Err(error) => {
                tracing::error!(office = %code, "notices of an office could not be raised: {error}");
            }
        }
    }
    Ok(raised)
}

async fn raise_at(office: &Office, code: OfficeCode, now: DateTime<Utc>) -> Result<usize, AppError> {
    let mut tx = office.begin().await?;
    // No due date moves while people are told of it.
    store::calendar::hold(&mut tx).await?;
    let row = store::offices::find(&mut tx, code).await?.ok_or(AppError::NotFound("office"))?;
    let today = now.with_timezone(&row.zone).date_naive();
    let calendar = store::calendar::load(&mut tx, code, row.zone, today).await?.calendar;
    // Closed, or of a year that is not known: nobody is told, and nothing is guessed.
    let Ok(Opening::Until(_)) = calendar.opening(now) else { return Ok(0) };
    store::notices::withdraw_stale(&mut tx, code, now).await?;
    let near = store::notices::near(&mut tx, code, now).await?;
    let told = store::notices::told(&mut tx, code).await?;
    let people = People {
        section_heads: store::notices::section_heads(&mut tx, code, today).await?,
        supervisors: nearest(&row, &store::notices::supervisors(&mut tx).await?),
    };
    let worked = |since: DateTime<Utc>| worked_since(&calendar, since, now);
    let mut bundles: BTreeMap<(StaffId, Tier, Threshold), Vec<NoticeId>> = BTreeMap::new();
    for about in &near {
        let standing = standing(about, &told, &people);
        for tier in tiers(&standing, worked) {
            for &staff in people.of(tier, about) {
                let id = NoticeId(Uuid::now_v7());
                let notice = NewNotice { id, office: code, about, tier, staff };
                if let Some(id) = store::notices::raise(&mut tx, &notice, now).await? {
                    bundles.entry((staff, tier, about.threshold)).or_default().push(id);
                }
            }
        }
    }
    let raised = bundles.values().map(Vec::len).sum();
    for ((staff, tier, threshold), notices) in bundles {
        let bundle = Bundle { office: code, staff, tier, threshold, notices };
        for channel in CHANNELS {
            channel.carry(office, &mut tx, &bundle).await?;
        }
        record(&mut tx, &bundle, now).await?;
    }
    tx.commit().await?;
    if raised > 0 {
        office.wake().ring();
    }
    Ok(raised)
}

async fn record(conn: &mut PgConnection, bundle: &Bundle, now: DateTime<Utc>) -> Result<(), AppError> {
    let detail = serde_json::json!({
        "tier": bundle.tier, "threshold": bundle.threshold, "notices": bundle.notices,
    });
    let event = Event::new(By::System, "raise_notices").office(bundle.office).subject(bundle.staff.0);
    audit::record(conn, event.detail(detail), now).await?;
    Ok(())
}

/// Who is there to be told.
struct People {
    section_heads: Vec<StaffId>,
    supervisors: Vec<StaffId>,
}

impl People {
    fn of<'a>(&'a self, tier: Tier, about: &'a Near) -> &'a [StaffId] {
        match tier {
            Tier::Officer => about.officer.as_slice(),
            Tier::SectionHead => &self.section_heads,
            Tier::Supervisor => &self.supervisors,
        }
    }
}

/// The supervisors that are nearest to an office: its own, or those of its Kanwil, or those of the country.
fn nearest(office: &OfficeRow, supervisors: &[Supervisor]) -> Vec<StaffId> {
    let watches = |supervisor: &Supervisor, scope: Scope| {
        supervisor.scope == scope
            && match scope {
                Scope::Office => supervisor.office == Some(office.code),
                Scope::Kanwil => supervisor.kanwil.as_deref() == Some(&office.kanwil),
                Scope::National => true,
            }
    };
    [Scope::Office, Scope::Kanwil, Scope::National]
        .into_iter()
        .map(|scope| supervisors.iter().filter(|one| watches(one, scope)).map(|one| one.id).collect())
        .find(|found: &Vec<StaffId>| !found.is_empty())
        .unwrap_or_default()
}

/// What was heard about this threshold of this due date.
fn standing(about: &Near, told: &[Told], people: &People) -> Standing {
    let heard = |tier: Tier, who: Option<StaffId>| {
        let mut rows = told
            .iter()
            .filter(|one| {
                (one.round, one.due_change, one.threshold, one.tier)
                    == (about.round, about.due_change, about.threshold, tier)
                    && who.is_none_or(|who| who == one.staff)
            })
            .peekable();
        rows.peek().is_some().then(|| {
            rows.fold(Heard { since: DateTime::<Utc>::MAX_UTC, acknowledged: false }, |heard, one| Heard {
                since: heard.since.min(one.raised_at),
                acknowledged: heard.acknowledged || one.acknowledged,
            })
        })
    };
    Standing {
        threshold: about.threshold,
        in_hand: about.officer.is_some(),
        drafted: about.drafted,
        officer: about.officer.and_then(|officer| heard(Tier::Officer, Some(officer))),
        section_head: heard(Tier::SectionHead, None),
        no_section_head: people.section_heads.is_empty(),
    }
}

/// `None`: the calendar does not say.
fn worked_since(calendar: &Calendar, since: DateTime<Utc>, now: DateTime<Utc>) -> Option<TimeDelta> {
    let from = since.max(now.checked_sub_days(LOOK_BACK).unwrap_or(since));
    calendar.working_time(from, now).ok()
}
