//! Limits on attempts. They slow and never lock out: after the pause the next attempt is looked at.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{AppError, Office};
use crate::store::throttles::{self, Limit, Rate};

/// Where a call came from. Kept only as a keyed hash.
#[derive(Clone, Copy)]
pub struct CallerAddress(pub Option<IpAddr>);

impl CallerAddress {
    /// One household or office: an IPv4 address, or a /64 of IPv6.
    fn network(self) -> String {
        match self.0 {
            None => "unknown".to_owned(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => format!("{:x?}/64", &address.segments()[..4]),
        }
    }
}

const fn limit(
    bucket: &'static str,
    free: i32,
    first: i64,
    longest: i64,
    forgotten_after: TimeDelta,
) -> Limit {
    Limit {
        bucket,
        free,
        first_pause: TimeDelta::seconds(first),
        longest_pause: TimeDelta::seconds(longest),
        forgotten_after,
    }
}

pub(in crate::app) const SIGN_IN_NAME: Limit = limit("sign_in_name", 5, 2, 60, TimeDelta::hours(1));
pub(in crate::app) const SIGN_IN_NETWORK: Limit = limit("sign_in_network", 20, 2, 60, TimeDelta::hours(1));
pub(in crate::app) const ACCOUNT_NPWP: Limit = limit("account_npwp", 5, 2, 60, TimeDelta::hours(1));
pub(in crate::app) const ACCOUNT_NETWORK: Limit = limit("account_network", 20, 2, 60, TimeDelta::hours(1));
pub(in crate::app) const FORGOT_NPWP: Limit = limit("forgot_npwp", 3, 30, 600, TimeDelta::hours(1));
pub(in crate::app) const FORGOT_MAILBOX: Limit = limit("forgot_mailbox", 3, 30, 600, TimeDelta::hours(1));
pub(in crate::app) const FORGOT_NETWORK: Limit = limit("forgot_network", 20, 10, 300, TimeDelta::hours(1));
/// What an account tells by e-mail: whoever found a browser open must not bury the warning under others.
pub(in crate::app) const ACCOUNT_ACTS: Limit = limit("account_acts", 10, 5, 300, TimeDelta::hours(1));
/// Wrong present passwords in one account: whoever found a browser open must not guess on.
pub(in crate::app) const ACCOUNT_PASSWORD: Limit = limit("account_password", 5, 2, 300, TimeDelta::hours(1));
pub(in crate::app) const PROOF_MAILBOX: Limit = limit("proof_mailbox", 3, 30, 600, TimeDelta::hours(1));
pub(in crate::app) const PROOF_NETWORK: Limit = limit("proof_network", 20, 10, 300, TimeDelta::hours(1));
/// Wrong codes for one proof: 2, 4, 8 … seconds.
pub(in crate::app) const CODE_PROOF: Limit = limit("code_proof", 1, 2, 300, TimeDelta::hours(1));
/// Wrong codes for one mailbox, whichever proof: a new code does not start the guessing anew.
pub(in crate::app) const CODE_MAILBOX: Limit = limit("code_mailbox", 5, 2, 300, TimeDelta::hours(24));
pub(in crate::app) const TRACKING_RECEIPT: Limit = limit("tracking_receipt", 5, 2, 300, TimeDelta::hours(1));
pub(in crate::app) const TRACKING_NETWORK: Limit = limit("tracking_network", 20, 2, 300, TimeDelta::hours(1));
/// Looking letters up: an office that checks a pile of them is not slowed.
pub(in crate::app) const VERIFICATION_NETWORK: Limit =
    limit("verification_network", 60, 2, 60, TimeDelta::hours(1));

/// Refused proofs of other systems.
pub(in crate::app) const CLIENT_NETWORK: Limit = limit("client_network", 60, 2, 60, TimeDelta::hours(1));
/// Attempts of other systems at one number: what stands between a client that guesses and a code.
pub(in crate::app) const VERIFY_NPWP: Limit = limit("verify_npwp", 5, 2, 300, TimeDelta::hours(1));
/// Questions of one client, right or wrong.
pub(in crate::app) const VERIFY_CLIENT: Rate =
    Rate { bucket: "verify_client", calls: 600, window: TimeDelta::minutes(1) };

/// What is being limited, without saying who.
#[derive(Clone, Copy)]
pub(in crate::app) struct Gate {
    limit: Limit,
    subject: [u8; 32],
}

impl Office {
    pub(in crate::app) fn gate(&self, limit: Limit, subject: &str) -> Gate {
        Gate { subject: self.vault.lookup(limit.bucket, subject), limit }
    }

    /// Counts a call, and refuses it beyond the rate. Until the end of the transaction, others of the subject wait for their turn.
    pub(in crate::app) async fn within_rate(
        &self,
        rate: Rate,
        subject: &str,
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let subject = self.vault.lookup(rate.bucket, subject);
        match throttles::within_rate(conn, &rate, &subject, now).await? {
            None => Ok(()),
            Some(retry_after) => Err(AppError::TooManyAttempts { retry_after }),
        }
    }

    pub(in crate::app) fn network_gate(&self, limit: Limit, from: CallerAddress) -> Gate {
        self.gate(limit, &from.network())
    }
}

impl Gate {
    /// Refuses while a pause lasts. Until the end of the transaction, others at the same gate wait for their turn.
    pub(in crate::app) async fn pass(
        &self,
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        match throttles::waiting(conn, &self.limit, &self.subject, now).await? {
            None => Ok(()),
            Some(retry_after) => Err(AppError::TooManyAttempts { retry_after }),
        }
    }

    /// Counts an attempt.
    pub(in crate::app) async fn count(
        &self,
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        throttles::hit(conn, &self.limit, &self.subject, now).await?;
        Ok(())
    }

    /// Forgets what was counted: the caller proved to be right.
    pub(in crate::app) async fn forget(&self, conn: &mut PgConnection) -> Result<(), AppError> {
        Ok(throttles::forget(conn, &self.limit, &self.subject).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_an_ipv6_network_share_a_limit_and_ipv4_addresses_do_not() {
        let network = |text: &str| CallerAddress(Some(text.parse().unwrap())).network();

        assert_eq!(network("2001:db8:1:2::7"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::7"), network("2001:db8:1:3::7"));
        assert_ne!(network("203.0.113.1"), network("203.0.113.2"));
    }
}
