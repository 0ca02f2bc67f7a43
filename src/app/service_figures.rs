//! The figures of the whole installation, for its operators' monitoring. Counts only: nothing here is about a person.

use chrono::{DateTime, Datelike, Utc};

use super::{
    AppError, Office,
    calendar_coverage::{self, Coverage},
};
use crate::{
    domain::{names::Fate, working_days::Threshold},
    store::{self, balance::Balance, figures::QueueFigures, tasks::TaskKind},
};

#[derive(Debug, Clone)]
pub struct ServiceFigures {
    pub at: DateTime<Utc>,
    /// Offices that issued a letter.
    pub balances: Vec<Balance>,
    pub queues: Vec<QueueFigures>,
    pub mails: Vec<(Fate, i64)>,
    /// `None`: waits for a calendar.
    pub open_rounds: Vec<(Option<Threshold>, i64)>,
    pub open_tasks: Vec<(TaskKind, i64)>,
    pub calendar: Coverage,
    /// Events on their way to receivers, and those given up.
    pub events: (i64, i64),
}

pub async fn service_figures(office: &Office) -> Result<ServiceFigures, AppError> {
    let now = office.now();
    let today = calendar_coverage::today(now);
    let mut tx = office.begin().await?;
    let codes: Vec<_> = store::offices::list(&mut tx, "").await?.into_iter().map(|row| row.code).collect();
    let mut balances = store::balance::live(&mut tx, &codes).await?;
    balances.retain(|balance| balance.issued > 0 || !balance.holds());
    Ok(ServiceFigures {
        at: now,
        balances,
        calendar: Coverage::of(store::health::calendar_reaches(&mut tx, today.year()).await?, today),
        queues: store::figures::queues(&mut tx, now).await?,
        mails: store::figures::mails(&mut tx).await?,
        open_rounds: store::figures::open_rounds(&mut tx, now).await?,
        open_tasks: store::figures::open_tasks(&mut tx).await?,
        events: store::webhook_deliveries::counts(&mut tx).await?,
    })
}
