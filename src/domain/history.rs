//! What a request was at a past moment, replayed from what was recorded about it. Nothing is guessed: where the records do
//! not lead to the request as it stands, its past is not known.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    ids::StaffId,
    names::{Outcome, WithdrawnReason},
    state::{Act, State, StateName},
};

/// What was recorded about a request.
#[derive(Debug, Clone)]
pub struct Record {
    pub at: DateTime<Utc>,
    pub act: String,
    /// Who of the staff did it.
    pub by: Option<StaffId>,
    /// Whom or what it was about; of a reassignment, the new officer.
    pub subject: Option<Uuid>,
    pub outcome: Option<Outcome>,
    pub reason: Option<WithdrawnReason>,
}

/// The request as it stands, which its records have to lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub state: StateName,
    pub officer: Option<StaffId>,
    pub proposed: Option<StaffId>,
    pub round: i32,
}

/// A request at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It was received later.
    NotYet,
    Was(Standing),
    /// The records have a gap.
    NotKnown,
}

/// That a request was received for the first time.
pub const FILED: &str = "file_request";
/// A draft went back because the facts changed before its signature.
pub const VERDICT_CHANGED: &str = "verdict_changed";

/// Names of records of what was done about a request and leaves its state as it is. The acts of the table of states are not
/// among them.
const STATELESS: &[&str] = &[
    "acknowledge_notice",
    "change_account_email",
    "check",
    "code_opened_to_verify",
    "code_printed",
    "due_date_changed",
    "give_up_letter",
    "give_up_mail",
    "hand_out_letter",
    "lift_address_suppression",
    "mint_pair",
    "note",
    "print_letter",
    "print_receipt",
    "record_bounce",
    "record_external_pair",
    "record_postal_return",
    "redeliver_letter",
    "report_not_us",
    "resend_message",
    "supersede_pair",
    "upload_document",
];

/// Names of records that somebody looked at a request: nothing was done about it. They stay in the audit trail, are no part of
/// its history, and work on nothing.
pub const LOOKS: &[&str] = &[
    "document_viewed",
    "open_tracking",
    "view_correction",
    "view_deliveries",
    "view_draft",
    "view_letter",
    "view_request",
    "view_routing_slip",
    "view_verdict",
];

/// Names of all records that leave the state of a request as it is: what was done beside it, and looks.
pub fn stateless() -> impl Iterator<Item = &'static str> {
    STATELESS.iter().chain(LOOKS).copied()
}

/// The state that a record leads to. `None`: it does not follow from the state before, or lacks what it would need.
fn after(record: &Record, before: State) -> Option<State> {
    if record.act == VERDICT_CHANGED {
        return before.send_back().ok();
    }
    let Ok(act) = record.act.parse::<Act>() else {
        return stateless().any(|act| act == record.act).then_some(before);
    };
    match act {
        Act::Claim => before.claim(record.by?),
        Act::Release => before.release(),
        Act::Reassign => before.reassign(StaffId(record.subject?)),
        Act::Return => before.return_incomplete(),
        Act::Resupply => before.resupply(),
        Act::Draft => before.draft(),
        Act::SendBack => before.send_back(),
        Act::Sign => before.sign(record.outcome?, record.at),
        Act::Withdraw => before.withdraw(record.reason?, record.at),
        Act::Lapse => before.lapse(record.at),
        Act::Waive
        | Act::EnterEvidence
        | Act::DraftCorrection
        | Act::SendBackCorrection
        | Act::SignCorrection => before.permits(act).map(|()| before),
    }
    .ok()
}

fn standing(state: State, round: i32) -> Standing {
    let proposed = match state {
        State::Received { proposed } | State::Incomplete { proposed } => proposed,
        State::Examining { .. }
        | State::Drafted { .. }
        | State::Issued { .. }
        | State::Withdrawn { .. }
        | State::Lapsed { .. } => None,
    };
    Standing { state: state.name(), officer: state.officer(), proposed, round }
}

/// The request at a moment, from all of its records in their order and from how it stands.
///
/// The order of the records is that of the acts. Replicas may be a little apart in time: an act takes effect no earlier than
/// those before it.
#[must_use]
pub fn at(moment: DateTime<Utc>, records: &[Record], stands: Standing) -> Then {
    let mut then = Then::NotYet;
    let mut now: Option<(State, i32)> = None;
    let mut effective = DateTime::<Utc>::MIN_UTC;
    for record in records {
        effective = effective.max(record.at);
        now = match now {
            None if record.act == FILED => Some((State::Received { proposed: None }, 1)),
            // What was uploaded or looked at before it was filed.
            None if stateless().any(|act| act == record.act) => None,
            None => return Then::NotKnown,
            Some((before, round)) => {
                let Some(state) = after(record, before) else { return Then::NotKnown };
                Some((state, round + i32::from(record.act == Act::Resupply.as_str())))
            }
        };
        if effective <= moment
            && let Some((state, round)) = now
        {
            then = Then::Was(standing(state, round));
        }
    }
    match now {
        Some((state, round)) if standing(state, round) == stands => then,
        _ => Then::NotKnown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minute(n: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + n * 60, 0).unwrap()
    }

    fn officer(n: u128) -> StaffId {
        StaffId(Uuid::from_u128(n))
    }

    fn record(at: i64, act: &str, who: u128) -> Record {
        Record {
            at: minute(at),
            act: act.to_owned(),
            by: Some(officer(who)),
            subject: Some(Uuid::from_u128(who)),
            outcome: Some(Outcome::Granted),
            reason: Some(WithdrawnReason::Own),
        }
    }

    /// The state table played by itself: which acts are possible, and what each leads to.
    fn play(state: State, act: Act, who: u128) -> Option<State> {
        let who = officer(who);
        match act {
            Act::Claim => state.claim(who),
            Act::Release => state.release(),
            Act::Reassign => state.reassign(who),
            Act::Return => state.return_incomplete(),
            Act::Resupply => state.resupply(),
            Act::Draft => state.draft(),
            Act::SendBack => state.send_back(),
            Act::Sign => state.sign(Outcome::Granted, minute(0)),
            Act::Withdraw => state.withdraw(WithdrawnReason::Own, minute(0)),
            Act::Lapse => state.lapse(minute(0)),
            other => state.permits(other).map(|()| state),
        }
        .ok()
    }

    proptest! {
        #[test]
        fn every_moment_of_any_possible_life_is_found_again(steps in prop::collection::vec((0usize..15, 1u128..4, 0i64..3), 1..40)) {
            let mut records = vec![record(0, FILED, 0)];
            let mut state = State::Received { proposed: None };
            let (mut clock, mut round) = (0, 1);
            let mut seen = vec![(0, standing(state, round))];
            for (act, who, pause) in steps {
                let act = Act::ALL[act];
                let Some(next) = play(state, act, who) else { continue };
                state = next;
                round += i32::from(act == Act::Resupply);
                clock += pause;
                records.push(record(clock, act.as_str(), who));
                records.push(record(clock, "view_request", who));
                seen.push((clock, standing(state, round)));
            }
            let stands = standing(state, round);
            for moment in 0..=clock + 1 {
                let last = seen.iter().rev().find(|(at, _)| *at <= moment).unwrap().1;
                prop_assert_eq!(at(minute(moment), &records, stands), Then::Was(last));
            }
            prop_assert_eq!(at(minute(-1), &records, stands), Then::NotYet);
        }
    }

    #[test]
    fn every_act_of_the_table_is_known_and_none_of_them_is_stateless() {
        for &act in Act::ALL {
            assert!(!stateless().any(|name| name == act.as_str()), "{act}");
            let states = [
                State::Received { proposed: None },
                State::Examining { officer: officer(1) },
                State::Drafted { officer: officer(1) },
                State::Incomplete { proposed: None },
                State::Issued { officer: officer(1), outcome: Outcome::Granted, at: minute(0) },
            ];
            let from = states.into_iter().find(|state| act.starts_from(state.name())).unwrap();
            assert!(after(&record(1, act.as_str(), 2), from).is_some(), "{act}");
        }
    }

    #[test]
    fn an_act_takes_effect_no_earlier_than_those_before_it_although_replicas_disagree_on_the_time() {
        let records = [record(0, FILED, 0), record(10, "claim", 1), record(8, "release", 1)];
        let stands = standing(State::Received { proposed: None }, 1);
        let state = |moment| match at(minute(moment), &records, stands) {
            Then::Was(then) => Some(then.state),
            Then::NotYet | Then::NotKnown => None,
        };
        assert_eq!([0, 8, 9, 10].map(state), [Some(StateName::Received); 4]);
        let records = [record(0, FILED, 0), record(10, "claim", 1), record(8, "draft", 1)];
        let stands = standing(State::Drafted { officer: officer(1) }, 1);
        let state = |moment| match at(minute(moment), &records, stands) {
            Then::Was(then) => Some(then.state),
            Then::NotYet | Then::NotKnown => None,
        };
        assert_eq!(
            [8, 9, 10].map(state),
            [StateName::Received, StateName::Received, StateName::Drafted].map(Some)
        );
    }

    #[test]
    fn a_gap_in_the_records_is_not_filled_with_a_guess() {
        let stands = standing(State::Examining { officer: officer(1) }, 1);
        let whole = [record(0, FILED, 0), record(1, "claim", 1)];
        assert!(matches!(at(minute(2), &whole, stands), Then::Was(_)));
        // The claim is missing, the filing is missing, a name is not known, the new officer was not recorded.
        assert_eq!(at(minute(2), &whole[..1], stands), Then::NotKnown);
        assert_eq!(at(minute(2), &whole[1..], stands), Then::NotKnown);
        assert_eq!(at(minute(2), &[], stands), Then::NotKnown);
        let strange = [whole[0].clone(), whole[1].clone(), record(2, "teleport", 1)];
        assert_eq!(at(minute(2), &strange, stands), Then::NotKnown);
        let nobody = Record { subject: None, ..record(1, "reassign", 1) };
        assert_eq!(at(minute(2), &[whole[0].clone(), nobody], stands), Then::NotKnown);
    }
}
