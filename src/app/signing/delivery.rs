//! How a letter leaves the office.

use chrono::{DateTime, TimeDelta, Utc};

use super::decided::Decided;
use crate::domain::names::{AddressProof, Decision, Delivery, Kind, Sender};

/// An address that changed more recently than this does not get a letter with a code.
pub(in crate::app) const SETTLED_AFTER: TimeDelta = TimeDelta::days(30);

/// The way, and why it is not the office's usual one.
pub(in crate::app) fn delivery(decided: &Decided, now: DateTime<Utc>) -> (Delivery, Option<&'static str>) {
    let usual = decided.row.letter_delivery;
    let request = &decided.request;
    // The notice shows no code, and the new address is the account's from this signature on.
    let is_email_change = request.kind == Kind::UpdateEmail && decided.decision == Decision::Grant;
    let is_reprint = request.kind == Kind::Reprint && decided.decision == Decision::Grant;
    let reason = if is_reprint && request.bundle.is_some() {
        return (Delivery::Counter, Some("bundle"));
    } else if is_email_change {
        None
    } else if request.sender == Sender::Unknown {
        Some("unknown_sender")
    } else if request.address_proof == AddressProof::Unproven {
        Some("unproven_address")
    } else if decided
        .account
        .as_ref()
        .and_then(|account| account.email_changed_at)
        .is_some_and(|changed| now - changed < SETTLED_AFTER)
    {
        Some("email_changed_recently")
    } else {
        None
    };
    match (usual, reason) {
        // A copy goes to the account's address or over the counter, never to a postal address.
        (Delivery::Email, Some(reason)) if is_reprint => (Delivery::Counter, Some(reason)),
        (Delivery::Post, reason) if is_reprint => (Delivery::Counter, reason.or(Some("reprint"))),
        (Delivery::Email, Some(reason)) => (Delivery::Post, Some(reason)),
        (usual, _) => (usual, None),
    }
}
