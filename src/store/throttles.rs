//! Limits that hold across replicas. They slow; they never lock anybody out for good.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::StoreError;

/// How a limit grows: `free` hits at once, then pauses that double from `first_pause` up to `longest_pause`;
/// after `forgotten_after` without a hit it starts anew.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub bucket: &'static str,
    pub free: i32,
    pub first_pause: TimeDelta,
    pub longest_pause: TimeDelta,
    pub forgotten_after: TimeDelta,
}

/// So many calls in a window of time, right or wrong.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub bucket: &'static str,
    pub calls: i32,
    pub window: TimeDelta,
}

impl Limit {
    /// The pause after the n-th hit.
    #[must_use]
    pub fn pause_after(&self, hits: i32) -> TimeDelta {
        if hits < self.free {
            return TimeDelta::zero();
        }
        let doublings = u32::try_from(hits - self.free).unwrap_or_default().min(20);
        self.first_pause
            .checked_mul(1 << doublings)
            .map_or(self.longest_pause, |pause| pause.min(self.longest_pause))
    }
}

/// How long this subject has to wait; `None`: it may go on.
pub async fn waiting(
    conn: &mut PgConnection,
    limit: &Limit,
    subject: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<TimeDelta>, StoreError> {
    // Serialises attempts on one subject: parallel guesses take turns and each is counted.
    let lock = i64::from_be_bytes(subject.first_chunk::<8>().copied().unwrap_or_default());
    sqlx::query!(r#"select pg_advisory_xact_lock($1)::text as "void""#, lock).fetch_one(&mut *conn).await?;
    let blocked_until = sqlx::query_scalar!(
        "select blocked_until from throttles where bucket = $1 and subject = $2",
        limit.bucket,
        subject
    )
    .fetch_optional(conn)
    .await?
    .flatten();
    Ok(blocked_until.filter(|until| *until > now).map(|until| until - now))
}

/// Counts a hit and returns the pause that follows it.
pub async fn hit(
    conn: &mut PgConnection,
    limit: &Limit,
    subject: &[u8],
    now: DateTime<Utc>,
) -> Result<TimeDelta, StoreError> {
    let hits = sqlx::query_scalar!(
        "insert into throttles (bucket, subject, hits, last_at) values ($1, $2, 1, $3)
         on conflict (bucket, subject) do update
         set hits = case when throttles.last_at < $4 then 1 else throttles.hits + 1 end, last_at = $3
         returning hits",
        limit.bucket,
        subject,
        now,
        now - limit.forgotten_after
    )
    .fetch_one(&mut *conn)
    .await?;
    let pause = limit.pause_after(hits);
    sqlx::query!(
        "update throttles set blocked_until = $3 where bucket = $1 and subject = $2",
        limit.bucket,
        subject,
        now + pause
    )
    .execute(conn)
    .await?;
    Ok(pause)
}

/// Counts a call within a window of time that begins with the first. `None`: it may go on; otherwise how long until the next
/// window, and the call counts for nothing when its transaction ends with a refusal.
pub async fn within_rate(
    conn: &mut PgConnection,
    rate: &Rate,
    subject: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<TimeDelta>, StoreError> {
    let row = sqlx::query!(
        "insert into throttles (bucket, subject, hits, last_at) values ($1, $2, 1, $3)
         on conflict (bucket, subject) do update
         set hits = case when throttles.last_at <= $4 then 1 else throttles.hits + 1 end,
             last_at = case when throttles.last_at <= $4 then $3 else throttles.last_at end
         returning hits, last_at",
        rate.bucket,
        subject,
        now,
        now - rate.window
    )
    .fetch_one(conn)
    .await?;
    Ok((row.hits > rate.calls).then(|| row.last_at + rate.window - now))
}

/// Forgets a subject: it proved to be right.
pub async fn forget(conn: &mut PgConnection, limit: &Limit, subject: &[u8]) -> Result<(), StoreError> {
    sqlx::query!("delete from throttles where bucket = $1 and subject = $2", limit.bucket, subject)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes what has not been hit for a long time.
pub async fn delete_old(conn: &mut PgConnection, last_before: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(sqlx::query!("delete from throttles where last_at < $1", last_before)
        .execute(conn)
        .await?
        .rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        bucket: "test",
        free: 3,
        first_pause: TimeDelta::seconds(2),
        longest_pause: TimeDelta::minutes(1),
        forgotten_after: TimeDelta::hours(1),
    };

    #[test]
    fn pauses_double_and_stay_bounded() {
        let seconds = |hits| LIMIT.pause_after(hits).num_seconds();
        assert_eq!([1, 2, 3, 4, 5].map(seconds), [0, 0, 2, 4, 8]);
        assert_eq!(seconds(8), 60);
        assert_eq!(seconds(i32::MAX), 60);
    }
}
