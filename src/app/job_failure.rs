//! How work after a commit ends when it does not succeed. The work decides; the runner obeys.

use chrono::{DateTime, TimeDelta, Utc};

use super::AppError;

/// Why a job did not finish, and what is to happen.
#[derive(Debug, thiserror::Error)]
pub enum JobFailure {
    #[error("will be tried again: {reason}")]
    Retry {
        at: DateTime<Utc>,
        /// For operators; no personal data.
        reason: String,
    },
    #[error("will not succeed: {reason}")]
    Bury { reason: String },
}

/// After this many tries a fault of ours is not going to mend itself.
const MAX_TRIES: i32 = 12;
/// A letter that cannot be rendered has wrong data or wrong wording; a few tries bridge a deployment.
const MAX_RENDERINGS: i32 = 4;
/// A signer that is away is waited for about a day and a half. One that refuses is asked once: a wrong PIN, tried
/// again, locks a token.
const MAX_SEALINGS: i32 = 48;

impl JobFailure {
    /// What an act that failed means for its job: what may pass is tried again, without end only while the database
    /// is away. `attempt` counts from 1.
    #[must_use]
    pub fn of(error: &AppError, attempt: i32, now: DateTime<Utc>) -> Self {
        let reason = chain(error);
        let tries = match error {
            AppError::NotRenderable(_) => MAX_RENDERINGS,
            AppError::SignerAway(_) => MAX_SEALINGS,
            AppError::NotSealable(_) => 1,
            _ => MAX_TRIES,
        };
        if attempt >= tries && !matches!(error, AppError::Unavailable(_)) {
            Self::Bury { reason }
        } else {
            Self::Retry { at: now + pause(attempt), reason }
        }
    }
}

/// 5 s, 10 s, 20 s … at most one hour, after the n-th try (from 1).
#[must_use]
pub fn pause(attempt: i32) -> TimeDelta {
    let doublings = attempt.clamp(1, 11) - 1;
    TimeDelta::seconds((5_i64 << doublings).min(3_600))
}

/// The error and its causes. None of ours holds personal data.
fn chain(error: &AppError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pades::SignerFailure;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(0, 0).unwrap()
    }

    #[test]
    fn pauses_double_from_five_seconds_to_an_hour() {
        let seconds: Vec<i64> = (1..=12).map(|attempt| pause(attempt).num_seconds()).collect();

        assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
        assert_eq!(pause(i32::MAX), TimeDelta::hours(1));
        assert_eq!(pause(0), TimeDelta::seconds(5));
    }

    #[test]
    fn a_fault_of_ours_is_buried_after_twelve_tries_and_an_absent_database_never() {
        let bug = AppError::Internal(anyhow::anyhow!("a bug"));
        let away = AppError::Unavailable(anyhow::anyhow!("away"));

        assert!(matches!(JobFailure::of(&bug, 11, now()), JobFailure::Retry { .. }));
        assert!(matches!(JobFailure::of(&bug, 12, now()), JobFailure::Bury { .. }));
        assert!(matches!(JobFailure::of(&away, 1_000, now()), JobFailure::Retry { .. }));
    }

    #[test]
    fn a_signer_that_is_away_is_waited_for_longer_and_one_that_refuses_is_asked_once() {
        let away = AppError::SignerAway(SignerFailure::Away("503".to_owned()));
        let refuses = AppError::NotSealable(SignerFailure::Refused("PIN".to_owned()));

        assert!(matches!(JobFailure::of(&away, 47, now()), JobFailure::Retry { .. }));
        assert!(matches!(JobFailure::of(&away, 48, now()), JobFailure::Bury { .. }));
        assert!(matches!(JobFailure::of(&refuses, 1, now()), JobFailure::Bury { .. }));
    }

    #[test]
    fn a_reason_names_the_causes() {
        let JobFailure::Bury { reason } =
            JobFailure::of(&AppError::Internal(anyhow::anyhow!("a bug")), 12, now())
        else {
            panic!("buried");
        };

        assert_eq!(reason, "internal error: a bug");
    }
}
