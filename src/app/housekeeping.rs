//! Deletes what has served its time and is no record of anything.

use chrono::TimeDelta;

use super::{AppError, Office, bounces::kept::KEPT_FOR, filings::SHOWN_FOR};
use crate::store;

/// Done jobs stay a week for questions; buried ones stay until somebody looks after them.
const DONE_JOBS: TimeDelta = TimeDelta::days(7);
/// Longer than any limit remembers its hits.
const THROTTLES: TimeDelta = TimeDelta::days(30);

/// Ended sessions of accounts stay for questions.
const ACCOUNT_SESSIONS: TimeDelta = TimeDelta::days(30);
/// A forgotten password that no job could compare is asked for again long before.
const FORGOTTEN: TimeDelta = TimeDelta::days(7);
/// Longer than clocks of replicas differ: what one forgets, none takes again.
const ASSERTIONS: TimeDelta = TimeDelta::hours(1);
/// Longer than a token of theirs lives.
const TOKEN_KEYS: TimeDelta = TimeDelta::days(1);
/// Events that were told stay for questions, and to be sent again.
const EVENTS: TimeDelta = TimeDelta::days(30);
/// Hints of who has a request open.
const PRESENCES: TimeDelta = TimeDelta::days(1);

/// Deletes filings that were sent or given up, unused uploads, keys of repeated calls, forgotten throttles, done jobs, ended suppressions, old sessions of accounts, forgotten passwords, events of last month, secrets that sign no more, used assertions, keys of tokens that are over, and what came back and
/// nobody could place.
pub async fn housekeeping(office: &Office) -> Result<(), AppError> {
    let now = office.now();
    let limits = &office.rules.limits;
    let mut conn = office.pool.acquire().await?;
    let filings = store::saved_filings::delete_ended(&mut conn, now, now - SHOWN_FOR).await?;
    let documents = store::documents::delete_unused(&mut conn, now - limits.unused_document).await?;
    let keys = store::idempotency::forget(&mut conn, now - limits.idempotency).await?;
    let throttles = store::throttles::delete_old(&mut conn, now - THROTTLES).await?;
    let jobs = store::jobs::delete_done(&mut conn, now - DONE_JOBS).await?;
    let suppressions = store::suppressions::delete_ended(&mut conn, now).await?;
    let presences = store::desk::delete_presences(&mut conn, now - PRESENCES).await?;
    let account_sessions = store::account_sessions::delete_expired(&mut conn, now - ACCOUNT_SESSIONS).await?;
    let forgotten = store::forgotten_passwords::delete_old(&mut conn, now - FORGOTTEN).await?;
    let events = store::webhook_deliveries::delete_old(&mut conn, now - EVENTS).await?;
    let webhook_secrets = store::webhooks::delete_ended_secrets(&mut conn, now).await?;
    let assertions = store::clients::delete_old_assertions(&mut conn, now - ASSERTIONS).await?;
    let token_keys = store::token_keys::delete_old(&mut conn, now - TOKEN_KEYS).await?;
    let kept_mail = store::kept_mail::delete_old(&mut conn, now - KEPT_FOR).await?;
    if filings
        + documents
        + keys
        + throttles
        + jobs
        + suppressions
        + presences
        + account_sessions
        + forgotten
        + assertions
        + token_keys
        + kept_mail
        + events
        + webhook_secrets
        > 0
    {
        tracing::info!(
            filings,
            documents,
            keys,
            throttles,
            jobs,
            suppressions,
            presences,
            account_sessions,
            forgotten,
            assertions,
            token_keys,
            kept_mail,
            events,
            webhook_secrets,
            "deleted what has served its time"
        );
    }
    Ok(())
}
