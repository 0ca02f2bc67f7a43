//! When which key signs access tokens.
//!
//! Which key signs follows from the time alone: the latest whose time has come. Two replicas that read the same keys agree
//! without talking to each other. Holds, whenever keys are made by [`next_signs_from`]: a key is published before anything is
//! signed with it, and until the last token that it signed has expired.

use chrono::{DateTime, TimeDelta, Utc};

use super::ids::TokenKeyId;

/// How long an access token lives.
pub const TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How long others may keep the list of published keys.
pub const LIST_KEPT: TimeDelta = TimeDelta::minutes(5);
/// From being published to signing: longer than lists are kept, with room for clocks.
const PUBLISHED_BEFORE: TimeDelta = TimeDelta::minutes(10);
/// Clocks of replicas differ by less; who differs more is not ready.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(5);
/// After so long a key is followed by another.
const SIGNS_FOR: TimeDelta = TimeDelta::days(30);

/// A key that was not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenKey {
    pub id: TokenKeyId,
    pub signs_from: DateTime<Utc>,
}

impl TokenKey {
    /// Keys of the same instant are told apart by their ids: one of them signs, on every replica the same.
    fn order(&self) -> (DateTime<Utc>, TokenKeyId) {
        (self.signs_from, self.id)
    }
}

/// The key that signs now.
#[must_use]
pub fn signing(keys: &[TokenKey], now: DateTime<Utc>) -> Option<TokenKeyId> {
    keys.iter().filter(|key| key.signs_from <= now).max_by_key(|key| key.order()).map(|key| key.id)
}

/// Whether a token of this key may still be about, or will be.
#[must_use]
pub fn is_published(keys: &[TokenKey], key: &TokenKey, now: DateTime<Utc>) -> bool {
    let followers = keys.iter().filter(|other| other.order() > key.order());
    let followed_at = followers.map(|other| other.signs_from).min();
    followed_at.is_none_or(|at| now < at + TOKEN_LIFETIME + CLOCK_SKEW)
}

/// From when a key that is made now signs. `None`: one that was made before waits for its time.
#[must_use]
pub fn next_signs_from(keys: &[TokenKey], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let waits = keys.iter().any(|key| key.signs_from > now);
    match (waits, signing(keys, now)) {
        (true, _) => None,
        (false, Some(_)) => Some(now + PUBLISHED_BEFORE),
        (false, None) => Some(now),
    }
}

/// Whether it is time for another key.
#[must_use]
pub fn is_due(keys: &[TokenKey], now: DateTime<Utc>) -> bool {
    keys.iter().all(|key| key.signs_from + SIGNS_FOR <= now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn key(id: u128, signs_from: i64) -> TokenKey {
        TokenKey { id: TokenKeyId(Uuid::from_u128(id)), signs_from: at(signs_from) }
    }

    fn published(keys: &[TokenKey], now: DateTime<Utc>) -> Vec<TokenKeyId> {
        keys.iter().filter(|key| is_published(keys, key, now)).map(|key| key.id).collect()
    }

    proptest! {
        #[test]
        fn whoever_keeps_the_list_for_its_time_knows_every_token_that_lives(
            pauses in prop::collection::vec(0..4_000_i64, 1..8), signed in 0..20_000_i64, age in 0..900_i64, kept in 0..300_i64,
        ) {
            let mut made: Vec<(DateTime<Utc>, TokenKey)> = Vec::new();
            let mut now = 0;
            for (n, pause) in pauses.iter().enumerate() {
                let keys: Vec<TokenKey> = made.iter().map(|(_, key)| *key).collect();
                if let Some(from) = next_signs_from(&keys, at(now)) {
                    made.push((at(now), TokenKey { id: TokenKeyId(Uuid::from_u128(n as u128)), signs_from: from }));
                }
                now += pause;
            }
            let known_at = |now: DateTime<Utc>| -> Vec<TokenKey> {
                made.iter().filter(|(at, _)| *at <= now).map(|(_, key)| *key).collect()
            };
            let (signed, read) = (at(signed), at(signed + age));
            let signer = signing(&known_at(signed), signed).unwrap();
            // A list that was read before is from a time at which there was a key at all.
            let list = (read - TimeDelta::seconds(kept)).max(at(0));

            prop_assert!(published(&known_at(list), list).contains(&signer));
        }

        #[test]
        fn exactly_one_key_signs_at_any_time_whatever_the_order_of_the_rows(
            mut starts in prop::collection::vec(0..5_i64, 1..6), now in 0..6_i64,
        ) {
            let keys: Vec<TokenKey> = starts.iter().enumerate().map(|(n, from)| key(n as u128, *from)).collect();
            let mut turned = keys.clone();
            turned.reverse();
            starts.sort_unstable();

            prop_assert_eq!(signing(&keys, at(now)), signing(&turned, at(now)));
            prop_assert_eq!(signing(&keys, at(now)).is_some(), starts[0] <= now);
        }
    }

    #[test]
    fn the_first_key_signs_at_once_and_each_later_one_is_published_first() {
        assert_eq!(next_signs_from(&[], at(0)), Some(at(0)));
        assert_eq!(next_signs_from(&[key(1, 0)], at(50)), Some(at(50) + PUBLISHED_BEFORE));
        assert_eq!(next_signs_from(&[key(1, 0), key(2, 60)], at(50)), None);
    }

    #[test]
    fn a_key_is_followed_after_thirty_days() {
        let month = SIGNS_FOR.num_seconds();
        assert!(is_due(&[], at(0)));
        assert!(!is_due(&[key(1, 0)], at(month - 1)));
        assert!(is_due(&[key(1, 0)], at(month)));
        assert!(!is_due(&[key(1, 0), key(2, month + 600)], at(month)));
    }
}
