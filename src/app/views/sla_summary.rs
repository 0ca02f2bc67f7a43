//! Where the limit stands: open rounds now, closed rounds of a period.

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    figures::{ByKind, ByThreshold},
    parts::AtOffice,
};
use crate::{
    app::{
        AppError, Office,
        actor::{self, Colleague},
    },
    domain::{
        ids::{SessionId, StaffId},
        names::{Role, Scope},
        office::OfficeCode,
    },
    store::{
        self,
        sla::{Closed, OpenRounds},
    },
};

/// What the caller narrows. Days without a value: this month until today.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    pub office: Option<OfficeCode>,
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
}

#[derive(Debug, Serialize)]
pub struct SlaSummary {
    pub as_of: AtOffice,
    pub scope: ScopeView,
    pub open: OpenFigures,
    pub closed: ClosedFigures,
}

#[derive(Debug, Serialize)]
pub struct ScopeView {
    pub kind: Scope,
    pub office_code: Option<OfficeCode>,
    pub kanwil: Option<String>,
    pub from: NaiveDate,
    pub until: NaiveDate,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct OpenFigures {
    pub total: i64,
    pub awaiting_calendar: i64,
    pub by_threshold: ByThreshold,
    pub by_kind: ByKind,
    pub by_officer: Vec<OfficerFigures>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct OfficerFigures {
    pub officer_id: Option<StaffId>,
    pub name: Option<String>,
    pub total: i64,
    pub by_threshold: ByThreshold,
}

#[derive(Debug, Serialize)]
pub struct ClosedFigures {
    pub total: i64,
    pub on_time: i64,
    pub breached: i64,
    /// Had no due date: neither in time nor late.
    pub undated: i64,
    /// Of those that had a due date.
    pub on_time_share: Option<f64>,
}

/// The figures of the caller's scope, or of one office in it. Never in the future: `until` is at most what is asked.
///
/// Errors: [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an office outside of the scope.
pub async fn sla_summary(
    office: &Office,
    session: SessionId,
    wanted: Wanted,
) -> Result<SlaSummary, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let colleague = actor::authenticate(&mut tx, session, now).await?;
    let (kind, offices) = scope(&mut tx, &colleague, wanted.office).await?;
    let one = match kind {
        Scope::Office => offices.first().copied(),
        Scope::Kanwil | Scope::National => None,
    };
    let zone = zone(&mut tx, one.or(offices.first().copied())).await?;
    let today = now.with_timezone(&zone).date_naive();
    let until = wanted.until.unwrap_or(today);
    let from = wanted.from.unwrap_or_else(|| until.with_day(1).unwrap_or(until));
    let open = store::sla::open_rounds(&mut tx, &offices, now).await?;
    let closed = store::sla::closed(&mut tx, &offices, from, until).await?;
    tx.rollback().await?;
    Ok(SlaSummary {
        as_of: AtOffice(now, zone),
        scope: ScopeView {
            kind,
            office_code: one,
            kanwil: colleague.kanwil.filter(|_| kind == Scope::Kanwil),
            from,
            until,
        },
        open: figures(open),
        closed: shares(closed),
    })
}

/// The offices that are summed up: the widest that the caller's roles give, or the one that was asked for.
pub(in crate::app) async fn scope(
    conn: &mut PgConnection,
    colleague: &Colleague,
    only: Option<OfficeCode>,
) -> Result<(Scope, Vec<OfficeCode>), AppError> {
    let supervisor =
        colleague.roles.iter().find(|(role, _)| *role == Role::Supervisor).map(|(_, scope)| *scope);
    let (kind, offices) = match (supervisor, colleague.section_head()) {
        (Some(scope), _) => (scope, supervised(conn, colleague).await?),
        (None, Ok(head)) => (Scope::Office, vec![head.office]),
        (None, Err(error)) => return Err(error),
    };
    match only {
        None => Ok((kind, offices)),
        Some(code) if offices.contains(&code) => Ok((Scope::Office, vec![code])),
        Some(_) => Err(AppError::NotFound("office")),
    }
}

/// A supervisor sees exactly the offices of the scope, which is what such a person may list.
async fn supervised(conn: &mut PgConnection, colleague: &Colleague) -> Result<Vec<OfficeCode>, AppError> {
    let offices = colleague.visible_offices(conn).await?;
    if offices.is_empty() { Err(AppError::Forbidden) } else { Ok(offices) }
}

pub(super) async fn zone(
    conn: &mut PgConnection,
    code: Option<OfficeCode>,
) -> Result<chrono_tz::Tz, AppError> {
    let code = code.ok_or(AppError::Forbidden)?;
    Ok(store::offices::find(conn, code).await?.ok_or(AppError::NotFound("office"))?.zone)
}

/// Every figure is a sum over the same groups, so the totals agree with each other.
fn figures(groups: Vec<OpenRounds>) -> OpenFigures {
    let mut open = OpenFigures::default();
    for group in groups {
        open.total += group.count;
        open.by_kind.add(group.kind, group.count);
        let (officer_id, name) = group.officer.unzip();
        let at = open.by_officer.iter().position(|line| line.officer_id == officer_id).unwrap_or_else(|| {
            let by_threshold = ByThreshold::default();
            open.by_officer.push(OfficerFigures { officer_id, name, total: 0, by_threshold });
            open.by_officer.len() - 1
        });
        let line = &mut open.by_officer[at];
        line.total += group.count;
        match group.threshold {
            Some(threshold) => {
                line.by_threshold.add(threshold, group.count);
                open.by_threshold.add(threshold, group.count);
            }
            None => open.awaiting_calendar += group.count,
        }
    }
    open
}

fn shares(closed: Closed) -> ClosedFigures {
    // Far below 2^52: exact as a float.
    #[expect(clippy::cast_precision_loss, reason = "counts of letters fit a float exactly")]
    let share = |part: i64, whole: i64| (whole > 0).then(|| part as f64 / whole as f64);
    ClosedFigures {
        total: closed.total,
        on_time: closed.on_time,
        breached: closed.total - closed.on_time - closed.undated,
        undated: closed.undated,
        on_time_share: share(closed.on_time, closed.total - closed.undated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{names::Kind, working_days::Threshold};

    #[test]
    fn totals_agree_with_each_other() {
        let ani = Some((StaffId(uuid::Uuid::from_u128(1)), "Ani".to_owned()));
        let group = |officer: &Option<(StaffId, String)>, kind, threshold, count| OpenRounds {
            officer: officer.clone(),
            kind,
            threshold,
            count,
        };
        let open = figures(vec![
            group(&ani, Kind::Reprint, Some(Threshold::Overdue), 2),
            group(&ani, Kind::NewCredentials, Some(Threshold::OnTrack), 3),
            group(&None, Kind::NewCredentials, None, 4),
        ]);

        assert_eq!((open.total, open.awaiting_calendar), (9, 4));
        assert_eq!((open.by_kind.new_credentials, open.by_kind.reprint), (7, 2));
        assert_eq!((open.by_threshold.overdue, open.by_threshold.on_track), (2, 3));
        assert_eq!(open.by_officer.iter().map(|line| line.total).collect::<Vec<_>>(), [5, 4]);
    }

    #[test]
    fn nothing_closed_has_no_share() {
        assert_eq!(shares(Closed { total: 0, on_time: 0, undated: 0 }).on_time_share, None);
        assert_eq!(shares(Closed { total: 41, on_time: 39, undated: 1 }).on_time_share, Some(0.975));
    }
}
