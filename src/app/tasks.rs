//! What somebody at the office has to look after.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    AppError, Office,
    actor::{self, Colleague},
};
use crate::{
    domain::{
        ids::{SessionId, TaskId},
        line::Line,
        names::Role,
        office::OfficeCode,
    },
    store::{
        self,
        audit::{By, Event},
        tasks::TaskRow,
    },
};

/// Which tasks to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only open or only closed ones; `None`: all.
    pub open: Option<bool>,
    /// The last one of the page before.
    pub after: Option<(DateTime<Utc>, TaskId)>,
    pub limit: i64,
}

/// Tasks of the own office, for supervisors and operators of their scope; oldest first.
pub async fn list_tasks(
    office: &Office,
    session: SessionId,
    wanted: &Wanted,
) -> Result<Vec<TaskRow>, AppError> {
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, office.now()).await?;
    let looks_only = colleague.roles.iter().any(|(role, _)| *role == Role::Supervisor);
    if !looks_only {
        may_look_after(&colleague)?;
    }
    let reach = Reach::of(&mut tx, &colleague).await?;
    Ok(store::tasks::list_page(
        &mut tx,
        (&reach.offices, reach.of_none),
        wanted.open,
        wanted.after,
        wanted.limit,
    )
    .await?)
}

/// Closes a task with a note on what was done.
pub async fn close_task(
    office: &Office,
    session: SessionId,
    id: TaskId,
    note: &str,
) -> Result<TaskRow, AppError> {
    let mut tx = office.begin().await?;
    let now = office.now();
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    may_look_after(&colleague)?;
    let reach = Reach::of(&mut tx, &colleague).await?;
    let task = store::tasks::lock(&mut tx, id)
        .await?
        .filter(|task| reach.includes(task.office))
        .ok_or(AppError::NotFound("task"))?;
    if task.closed_at.is_some() {
        return Err(AppError::AlreadyDone("task_closed"));
    }
    let note =
        Line::<500>::parse(note).map_err(|error| AppError::fault("/note", error.code(), &error.detail()))?;
    store::tasks::close(&mut tx, id, colleague.id, note.as_str(), now).await?;
    let mut event = Event::new(By::Staff(colleague.id), "close_task").subject(id.0);
    event.office = task.office;
    store::audit::record(&mut tx, event, now).await?;
    let closed = store::tasks::lock(&mut tx, id).await?.ok_or(AppError::NotFound("task"))?;
    tx.commit().await?;
    Ok(closed)
}

/// Petugas Khusus with a decree, section heads and operators.
fn may_look_after(colleague: &Colleague) -> Result<(), AppError> {
    if colleague.section_head().is_ok() || colleague.operator().is_ok() {
        return Ok(());
    }
    colleague.special_officer().map(|_| ())
}

/// Whose tasks a colleague sees.
struct Reach {
    offices: Vec<OfficeCode>,
    /// Also what belongs to no office: for who looks after all.
    of_none: bool,
}

impl Reach {
    async fn of(conn: &mut PgConnection, colleague: &Colleague) -> Result<Self, AppError> {
        let mut offices = colleague.visible_offices(conn).await?;
        let Ok(operator) = colleague.operator() else { return Ok(Self { offices, of_none: false }) };
        match operator.office {
            Some(own) => offices.push(own),
            None => offices.extend(store::offices::list(conn, "").await?.into_iter().map(|row| row.code)),
        }
        Ok(Self { offices, of_none: operator.office.is_none() })
    }

    fn includes(&self, office: Option<OfficeCode>) -> bool {
        office.map_or(self.of_none, |code| self.offices.contains(&code))
    }
}
