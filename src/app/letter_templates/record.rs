//! Keeps the wording that this program carries in itself, so that letters made with it can be made again by a later one.

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::shelf;
use crate::{
    app::{AppError, Office, render_letter::render},
    domain::{
        ids::TemplateId,
        letter_template::{BUILT_IN_BELOW, begun_everywhere, first_day},
    },
    letters::{LetterKind, RenderError, TemplateError, TemplateText},
    store::{
        self,
        audit::{By, Event},
        letter_templates::Text,
    },
};

/// Why a program may not start with its wording.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The number was used for another text: letters made with it could not be made again.
    #[error(
        "the wording of {kind} is not the one that was recorded as version {version}: raise `version` in \
         letter-templates/letters/{kind}.md"
    )]
    SameNumber { kind: LetterKind, version: u32 },
    /// Numbers from 1000 on are those of installations.
    #[error("version {version} of {kind} is too high for the wording of a program")]
    TooHigh { kind: LetterKind, version: u32 },
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    App(#[from] AppError),
}

/// A wording in force, now or later, that this program cannot make into a letter: a newer program recorded it, or it prints
/// what only earlier programs filled in.
#[derive(Debug)]
pub struct Unfit {
    pub kind: LetterKind,
    pub version: i32,
    pub error: RenderError,
}

/// Records what is not recorded yet, and reads every version that is in force now or later. Run at every start, by any
/// number of replicas at once. Somebody has to hear of what it returns: letters of these kinds will stop.
///
/// The first wording of a kind is in force at once. A later one comes in force on the first day that has begun nowhere,
/// unless the installation has approved wording of its own: then it waits for somebody to name the day.
pub async fn record_built_in(office: &Office) -> Result<Vec<Unfit>, RecordError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    store::letter_templates::take_turn(&mut tx).await.map_err(AppError::from)?;
    for kind in LetterKind::ALL {
        record(office, &mut tx, kind, now).await?;
    }
    let unfit = read_all_in_force(office, &mut tx, now).await?;
    tx.commit().await.map_err(AppError::from)?;
    Ok(unfit)
}

async fn record(
    office: &Office,
    conn: &mut PgConnection,
    kind: LetterKind,
    now: DateTime<Utc>,
) -> Result<(), RecordError> {
    let built_in = office.templates.built_in(kind).map_err(AppError::NotRenderable)?;
    let version = built_in.version();
    let number = i32::try_from(version)
        .ok()
        .filter(|number| *number < BUILT_IN_BELOW)
        .ok_or(RecordError::TooHigh { kind, version })?;
    let known = store::letter_templates::built_in(conn, kind.as_str()).await.map_err(AppError::from)?;
    if let Some(recorded) = known.iter().find(|recorded| recorded.version == number) {
        return if recorded.sha256 == built_in.sha256() {
            Ok(())
        } else {
            Err(RecordError::SameNumber { kind, version })
        };
    }
    let highest = known.iter().map(|recorded| recorded.version).max();
    let in_force_on = day(conn, kind, number, highest, now).await?;
    let text = TemplateText::built_in(kind)?;
    let text = Text { source: text.source, pieces: text.pieces, sha256: built_in.sha256().to_vec() };
    let id = TemplateId(Uuid::now_v7());
    store::letter_templates::insert_built_in(conn, id, kind.as_str(), number, &text, in_force_on, now)
        .await
        .map_err(AppError::from)?;
    let event = Event::new(By::System, "record_letter_template")
        .subject(id.0)
        .detail(json!({ "kind": kind.as_str(), "version": number, "in_force_on": in_force_on }));
    store::audit::record(conn, event, now).await.map_err(AppError::from)?;
    Ok(())
}

/// The day from which a wording that is new here is in force.
async fn day(
    conn: &mut PgConnection,
    kind: LetterKind,
    number: i32,
    highest: Option<i32>,
    now: DateTime<Utc>,
) -> Result<Option<NaiveDate>, AppError> {
    match highest {
        None => Ok(Some(begun_everywhere(now))),
        Some(highest)
            if number > highest && !store::letter_templates::has_own(conn, kind.as_str()).await? =>
        {
            let after = store::letter_templates::last_day(conn, kind.as_str())
                .await?
                .and_then(|last| last.checked_add_days(Days::new(1)));
            Ok(after.max(Some(first_day(now))))
        }
        Some(_) => Ok(None),
    }
}

/// A letter that is due tomorrow must not be the first to find that a wording cannot be read.
async fn read_all_in_force(
    office: &Office,
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Vec<Unfit>, AppError> {
    let today = begun_everywhere(now);
    let mut unfit = Vec::new();
    for kind in LetterKind::ALL {
        let dated = store::letter_templates::dated(conn, kind.as_str()).await?;
        let first = dated.iter().rposition(|(day, _)| *day <= today).unwrap_or_default();
        for (_, named) in dated.iter().skip(first) {
            let template = shelf::parsed(office, conn, kind, named).await?;
            let ours = office.templates.built_in(kind).map_err(AppError::NotRenderable)?;
            if template.sha256() == ours.sha256() {
                continue;
            }
            match render(office, template, ours.sample()).await {
                Ok(_) => {}
                Err(AppError::NotRenderable(error)) => {
                    unfit.push(Unfit { kind, version: named.version, error });
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(unfit)
}
