//! The figures of a report, by the summaries of the board, and the digest that names what is signed.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office,
        letter_templates::shelf,
        views::board::{ItemFigures, KindFigures, Period, month_that_is_over},
        words::{self, MonthlyReport, Signatory},
    },
    domain::{figures::Month, working_days::DueError},
    letters::{LetterKind, LetterTemplate},
    store::{self, offices::OfficeRow},
};

/// Every number of a report.
#[derive(Debug, Serialize)]
pub struct ReportFigures {
    pub this: Period,
    /// The month before.
    pub before: Period,
    pub by_kind: Vec<KindFigures>,
    pub returned_for: Vec<ItemFigures>,
    pub late_by_cause: Vec<CauseFigures>,
    pub late_letters: Vec<LateLetter>,
    pub calendar: CalendarUsed,
}

/// Late letters of one cause.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct CauseFigures {
    /// In the words of the list; none for what was signed before there was one.
    pub cause: Option<String>,
    pub letters: i64,
}

#[derive(Debug, Serialize)]
pub struct LateLetter {
    pub receipt_number: String,
    pub due_on: Option<NaiveDate>,
    pub issued_on: NaiveDate,
    pub cause: Option<String>,
}

/// The calendar as it is while a report is computed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CalendarUsed {
    pub version: i64,
    /// Business days of the month; none for a year that is not known.
    pub business_days: Option<u32>,
}

/// A report that is not signed, at one moment.
pub(super) struct Computed {
    pub row: OfficeRow,
    pub month: Month,
    pub figures: ReportFigures,
    /// The same as the database keeps them.
    pub kept: Value,
    pub at: DateTime<Utc>,
    pub template: Arc<LetterTemplate>,
    pub digest: Vec<u8>,
}

impl Computed {
    /// In a transaction that is of one moment.
    pub(super) async fn load(
        office: &Office,
        conn: &mut PgConnection,
        row: OfficeRow,
        month: Month,
        now: DateTime<Utc>,
    ) -> Result<Self, AppError> {
        let today = now.with_timezone(&row.zone).date_naive();
        let over = month_that_is_over(office, conn, row.code, month, (now, today)).await?;
        let late = store::monthly_reports::late_letters(conn, row.code, month.first(), month.last()).await?;
        let late: Vec<LateLetter> = late
            .into_iter()
            .map(|letter| LateLetter {
                receipt_number: letter.receipt_number,
                due_on: letter.due_on,
                issued_on: letter.ended_on,
                cause: letter.cause,
            })
            .collect();
        let figures = ReportFigures {
            this: over.this,
            before: over.before,
            by_kind: over.by_kind,
            returned_for: over.returned_for,
            late_by_cause: by_cause(&late),
            late_letters: late,
            calendar: calendar(conn, &row, month).await?,
        };
        let kept = as_kept(&figures)?;
        let template = shelf::in_force(office, conn, LetterKind::MonthlyReport, today).await?;
        let digest = digest(&row, month, &kept, template.version())?;
        Ok(Self { row, month, figures, kept, at: now, template, digest })
    }

    /// What the paper is made from; without a signatory a draft.
    pub(super) fn data(&self, signatory: Option<&Signatory>) -> Value {
        words::monthly_report(&MonthlyReport {
            office: &self.row,
            month: self.month,
            figures: &self.figures,
            computed_at: self.at,
            signatory,
        })
    }
}

/// The most frequent first.
fn by_cause(late: &[LateLetter]) -> Vec<CauseFigures> {
    let mut counts: BTreeMap<Option<&str>, i64> = BTreeMap::new();
    for letter in late {
        *counts.entry(letter.cause.as_deref()).or_default() += 1;
    }
    let mut lines: Vec<CauseFigures> = counts
        .into_iter()
        .map(|(cause, letters)| CauseFigures { cause: cause.map(str::to_owned), letters })
        .collect();
    lines.sort_by(|a, b| b.letters.cmp(&a.letters).then(a.cause.cmp(&b.cause)));
    lines
}

async fn calendar(conn: &mut PgConnection, row: &OfficeRow, month: Month) -> Result<CalendarUsed, AppError> {
    let loaded = store::calendar::load(conn, row.code, row.zone, month.first()).await?;
    let day_before = month.first().pred_opt().unwrap_or(month.first());
    let business_days = match loaded.calendar.business_days_between(day_before, month.last()) {
        Ok(days) => Some(days),
        Err(DueError::YearUnknown(_)) => None,
        Err(error) => return Err(AppError::Internal(error.into())),
    };
    Ok(CalendarUsed { version: loaded.version, business_days })
}

/// Figures as they come back from the database, so that the same figures are the same text.
fn as_kept(figures: &ReportFigures) -> Result<Value, AppError> {
    let internal = |error: serde_json::Error| AppError::Internal(error.into());
    serde_json::from_str(&serde_json::to_string(figures).map_err(internal)?).map_err(internal)
}

/// The numbers alone: another version of the calendar moves none of a month that is over. Reports that were signed before what
/// has no due date was told apart have no such figure: there it counts as none.
pub(super) fn numbers(kept: &Value) -> Value {
    let mut kept = kept.clone();
    if let Some(fields) = kept.as_object_mut() {
        fields.remove("calendar");
    }
    let fill = |period: &mut Value| {
        if let Some(fields) = period.as_object_mut() {
            for name in ["issued_undated", "returned_undated"] {
                fields.entry(name).or_insert_with(|| json!(0));
            }
        }
    };
    for name in ["this", "before"] {
        kept.get_mut(name).map(fill);
    }
    kept.get_mut("by_kind").and_then(Value::as_array_mut).into_iter().flatten().for_each(fill);
    kept
}

/// SHA-256 of the canonical JSON of office, month, figures and wording.
fn digest(row: &OfficeRow, month: Month, kept: &Value, template_version: u32) -> Result<Vec<u8>, AppError> {
    // serde_json sorts the keys of an object: the same content has one form.
    let content = json!({
        "office": row.code,
        "month": month,
        "figures": kept,
        "template": { "kind": LetterKind::MonthlyReport.as_str(), "version": template_version },
    });
    let bytes = serde_json::to_vec(&content).map_err(|error| AppError::Internal(error.into()))?;
    Ok(Sha256::digest(bytes).to_vec())
}
