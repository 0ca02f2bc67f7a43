//! A request of a PKP and its rounds.

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    email_address::EmailAddress,
    ids::{BundleId, RequestId, RoundId, StaffId, TaxpayerId},
    line::Line,
    names::{AddressProof, Capacity, Channel, Kind, ReprintReason, RoundEnding, Sender},
    office::OfficeCode,
    state::State,
    tax_id::TaxId,
    working_days::{Derivation, Due, DueInstants},
};

/// A received request. Its state and version change; what was filed changes only by a resupply.
#[derive(Debug, Clone)]
pub struct Request {
    pub id: RequestId,
    pub office: OfficeCode,
    pub taxpayer: TaxpayerId,
    pub kind: Kind,
    pub regime: String,
    pub channel: Channel,
    pub sender: Sender,
    pub address_proof: AddressProof,
    pub unproven_reason: Option<String>,
    pub bundle: Option<BundleId>,
    pub tracking_key_id: String,
    pub filed: Filed,
    pub keyed_in_by: Option<StaffId>,
    pub arrived_on: Option<NaiveDate>,
    pub first_received_at: DateTime<Utc>,
    pub state: State,
    pub round_number: i32,
    /// Optimistic lock: every change adds one.
    pub version: i32,
}

/// The form as it was received.
#[derive(Debug, Clone)]
pub struct Filed {
    pub tax_id: TaxId,
    pub pkp_name: Line<150>,
    pub pkp_address: Line<250>,
    pub letter_number: Line<60>,
    pub letter_place: Line<60>,
    pub letter_on: NaiveDate,
    pub signer_name: Line<100>,
    pub signer_position: Line<100>,
    pub signer_capacity: Capacity,
    pub email: EmailAddress,
    pub alternate_email: Option<EmailAddress>,
    pub reprint_reason: Option<ReprintReason>,
    pub previous_office: Option<Line<100>>,
    pub old_letter_number: Option<Line<60>>,
    pub old_letter_on: Option<NaiveDate>,
}

/// From complete receipt to signature, return or withdrawal.
#[derive(Debug, Clone)]
pub struct Round {
    pub id: RoundId,
    pub request: RequestId,
    pub office: OfficeCode,
    pub number: i32,
    pub receipt_number: String,
    pub received_at: DateTime<Utc>,
    pub limit_days: u16,
    /// `None`: waits for the calendar of a year that is not known yet.
    pub due: Option<RoundDue>,
    pub end: Option<RoundEnd>,
}

/// When a round is due and how that was found.
#[derive(Debug, Clone)]
pub struct RoundDue {
    pub due_on: NaiveDate,
    pub instants: DueInstants,
    pub derivation: Derivation,
    pub calendar_version: i64,
}

#[derive(Debug, Clone)]
pub struct RoundEnd {
    pub at: DateTime<Utc>,
    pub ending: RoundEnding,
    /// Ended at or after the due instant, whatever happens later.
    pub breached: bool,
    /// Of the list of causes; rounds from before the list have a text only.
    pub overdue_cause_code: Option<String>,
    pub overdue_cause: Option<String>,
}

impl RoundDue {
    /// Keeps a computed due date; `None` when its instants cannot be represented.
    #[must_use]
    pub fn new(due: Due, calendar_version: i64) -> Option<Self> {
        let instants = due.instants().ok()?;
        Some(Self { due_on: due.due_on, instants, derivation: due.derivation, calendar_version })
    }
}
