//! States of a request and the one table of acts: who may do what, from which state.

use chrono::{DateTime, Utc};

use super::{
    ids::StaffId,
    names::{Outcome, WithdrawnReason, named},
};

named! {
    /// The name of a state, without its data.
    StateName {
        Received = "received",
        Examining = "examining",
        Drafted = "drafted",
        Incomplete = "incomplete",
        Issued = "issued",
        Withdrawn = "withdrawn",
        Lapsed = "lapsed",
    }
}

named! {
    /// Acts on a request after it was received.
    Act {
        Claim = "claim",
        Release = "release",
        Reassign = "reassign",
        Return = "return",
        Resupply = "resupply",
        Waive = "waive",
        EnterEvidence = "enter_evidence",
        Draft = "draft",
        SendBack = "send_back",
        Sign = "sign",
        Withdraw = "withdraw",
        Lapse = "lapse",
        DraftCorrection = "draft_correction",
        SendBackCorrection = "send_back_correction",
        SignCorrection = "sign_correction",
    }
}

named! {
    /// Who may act. `AssignedOfficer` is the special officer who has the request in hand.
    Who {
        Taxpayer = "taxpayer",
        Counter = "counter",
        SpecialOfficer = "special_officer",
        AssignedOfficer = "assigned_officer",
        SectionHead = "section_head",
        Supervisor = "supervisor",
        System = "system",
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub act: Act,
    pub from: &'static [StateName],
    pub who: &'static [Who],
}

/// The table. Server, interface and pages read it; nothing else says who may do what.
pub const TABLE: &[Rule] = {
    use StateName::{Drafted, Examining, Incomplete, Issued, Received};
    use Who::{AssignedOfficer, Counter, SectionHead, SpecialOfficer, Supervisor, System, Taxpayer};
    &[
        Rule { act: Act::Claim, from: &[Received], who: &[SpecialOfficer] },
        Rule { act: Act::Release, from: &[Examining], who: &[AssignedOfficer, SectionHead] },
        Rule { act: Act::Reassign, from: &[Received, Examining, Drafted], who: &[SectionHead, Supervisor] },
        Rule { act: Act::Return, from: &[Examining], who: &[AssignedOfficer, SectionHead] },
        Rule { act: Act::Resupply, from: &[Incomplete], who: &[Taxpayer, Counter] },
        Rule { act: Act::Waive, from: &[Examining], who: &[SectionHead] },
        Rule { act: Act::EnterEvidence, from: &[Examining], who: &[AssignedOfficer] },
        Rule { act: Act::Draft, from: &[Examining], who: &[AssignedOfficer] },
        Rule { act: Act::SendBack, from: &[Drafted], who: &[SectionHead] },
        Rule { act: Act::Sign, from: &[Drafted], who: &[SectionHead] },
        Rule {
            act: Act::Withdraw,
            from: &[Received, Examining, Drafted, Incomplete],
            who: &[Taxpayer, Counter, System],
        },
        Rule { act: Act::Lapse, from: &[Incomplete], who: &[System] },
        // A correction replaces the letter; the request stays issued and its clock stays stopped.
        Rule { act: Act::DraftCorrection, from: &[Issued], who: &[SpecialOfficer] },
        Rule { act: Act::SendBackCorrection, from: &[Issued], who: &[SectionHead] },
        Rule { act: Act::SignCorrection, from: &[Issued], who: &[SectionHead] },
    ]
};

impl Act {
    /// The row of the table. Every act has exactly one.
    fn rule(self) -> Option<&'static Rule> {
        TABLE.iter().find(|rule| rule.act == self)
    }

    /// Whether the act is possible from this state at all.
    #[must_use]
    pub fn starts_from(self, state: StateName) -> bool {
        self.rule().is_some_and(|rule| rule.from.contains(&state))
    }

    /// Whether such a person may do it.
    #[must_use]
    pub fn allowed_to(self, who: Who) -> bool {
        self.rule().is_some_and(|rule| rule.who.contains(&who))
    }

    /// Whether it needs a correction that somebody drafted: the list of corrections offers it, the request does not.
    fn is_of_a_drafted_correction(self) -> bool {
        matches!(self, Self::SendBackCorrection | Self::SignCorrection)
    }

    /// What a person in any of these positions may do with the request now.
    #[must_use]
    pub fn available(state: StateName, positions: &[Who]) -> Vec<Self> {
        TABLE
            .iter()
            .filter(|rule| rule.from.contains(&state) && rule.who.iter().any(|who| positions.contains(who)))
            .filter(|rule| !rule.act.is_of_a_drafted_correction())
            .map(|rule| rule.act)
            .collect()
    }
}

/// The state of a request, with what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for an officer. `proposed`: who had it before it came back.
    Received {
        proposed: Option<StaffId>,
    },
    Examining {
        officer: StaffId,
    },
    /// A draft waits for a signature; `officer` drafted it.
    Drafted {
        officer: StaffId,
    },
    /// Returned to the filer to be completed. `officer`: who had it.
    Incomplete {
        proposed: Option<StaffId>,
    },
    Issued {
        officer: StaffId,
        outcome: Outcome,
        at: DateTime<Utc>,
    },
    Withdrawn {
        officer: Option<StaffId>,
        reason: WithdrawnReason,
        at: DateTime<Utc>,
    },
    Lapsed {
        at: DateTime<Utc>,
    },
}

/// An act that the state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{act} is not possible: the request is {state}")]
pub struct NotPossible {
    pub act: Act,
    pub state: StateName,
}

impl State {
    #[must_use]
    pub fn name(&self) -> StateName {
        match self {
            Self::Received { .. } => StateName::Received,
            Self::Examining { .. } => StateName::Examining,
            Self::Drafted { .. } => StateName::Drafted,
            Self::Incomplete { .. } => StateName::Incomplete,
            Self::Issued { .. } => StateName::Issued,
            Self::Withdrawn { .. } => StateName::Withdrawn,
            Self::Lapsed { .. } => StateName::Lapsed,
        }
    }

    /// Who has it in hand, or had it when it was issued.
    #[must_use]
    pub fn officer(&self) -> Option<StaffId> {
        match *self {
            Self::Examining { officer } | Self::Drafted { officer } | Self::Issued { officer, .. } => {
                Some(officer)
            }
            Self::Withdrawn { officer, .. } => officer,
            Self::Received { .. } | Self::Incomplete { .. } | Self::Lapsed { .. } => None,
        }
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Self::Received { .. }
            | Self::Examining { .. }
            | Self::Drafted { .. }
            | Self::Incomplete { .. } => true,
            Self::Issued { .. } | Self::Withdrawn { .. } | Self::Lapsed { .. } => false,
        }
    }

    fn check(&self, act: Act) -> Result<(), NotPossible> {
        if act.starts_from(self.name()) { Ok(()) } else { Err(NotPossible { act, state: self.name() }) }
    }

    /// Checks an act that leaves the state as it is (`Waive`, `EnterEvidence`, the three acts of a correction).
    pub fn permits(&self, act: Act) -> Result<(), NotPossible> {
        self.check(act)
    }

    pub fn claim(self, officer: StaffId) -> Result<Self, NotPossible> {
        self.check(Act::Claim)?;
        Ok(Self::Examining { officer })
    }

    pub fn release(self) -> Result<Self, NotPossible> {
        self.check(Act::Release)?;
        Ok(Self::Received { proposed: None })
    }

    pub fn reassign(self, officer: StaffId) -> Result<Self, NotPossible> {
        self.check(Act::Reassign)?;
        Ok(Self::Examining { officer })
    }

    pub fn return_incomplete(self) -> Result<Self, NotPossible> {
        self.check(Act::Return)?;
        Ok(Self::Incomplete { proposed: self.officer() })
    }

    pub fn resupply(self) -> Result<Self, NotPossible> {
        self.check(Act::Resupply)?;
        match self {
            Self::Incomplete { proposed } => Ok(Self::Received { proposed }),
            Self::Received { .. }
            | Self::Examining { .. }
            | Self::Drafted { .. }
            | Self::Issued { .. }
            | Self::Withdrawn { .. }
            | Self::Lapsed { .. } => Err(NotPossible { act: Act::Resupply, state: self.name() }),
        }
    }

    pub fn draft(self) -> Result<Self, NotPossible> {
        match self {
            Self::Examining { officer } => Ok(Self::Drafted { officer }),
            Self::Received { .. }
            | Self::Drafted { .. }
            | Self::Incomplete { .. }
            | Self::Issued { .. }
            | Self::Withdrawn { .. }
            | Self::Lapsed { .. } => Err(NotPossible { act: Act::Draft, state: self.name() }),
        }
    }

    /// Back to the drafter: sent back by the section head, or because the verdict changed meanwhile.
    pub fn send_back(self) -> Result<Self, NotPossible> {
        match self {
            Self::Drafted { officer } => Ok(Self::Examining { officer }),
            Self::Received { .. }
            | Self::Examining { .. }
            | Self::Incomplete { .. }
            | Self::Issued { .. }
            | Self::Withdrawn { .. }
            | Self::Lapsed { .. } => Err(NotPossible { act: Act::SendBack, state: self.name() }),
        }
    }

    pub fn sign(self, outcome: Outcome, at: DateTime<Utc>) -> Result<Self, NotPossible> {
        match self {
            Self::Drafted { officer } => Ok(Self::Issued { officer, outcome, at }),
            Self::Received { .. }
            | Self::Examining { .. }
            | Self::Incomplete { .. }
            | Self::Issued { .. }
            | Self::Withdrawn { .. }
            | Self::Lapsed { .. } => Err(NotPossible { act: Act::Sign, state: self.name() }),
        }
    }

    pub fn withdraw(self, reason: WithdrawnReason, at: DateTime<Utc>) -> Result<Self, NotPossible> {
        self.check(Act::Withdraw)?;
        Ok(Self::Withdrawn { officer: self.officer(), reason, at })
    }

    pub fn lapse(self, at: DateTime<Utc>) -> Result<Self, NotPossible> {
        self.check(Act::Lapse)?;
        Ok(Self::Lapsed { at })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn every_state() -> Vec<State> {
        let officer = StaffId(Uuid::nil());
        let at = DateTime::UNIX_EPOCH;
        vec![
            State::Received { proposed: None },
            State::Examining { officer },
            State::Drafted { officer },
            State::Incomplete { proposed: Some(officer) },
            State::Issued { officer, outcome: Outcome::Granted, at },
            State::Withdrawn { officer: None, reason: WithdrawnReason::Own, at },
            State::Lapsed { at },
        ]
    }

    fn perform(state: State, act: Act) -> Result<StateName, NotPossible> {
        let officer = StaffId(Uuid::max());
        let at = DateTime::UNIX_EPOCH;
        match act {
            Act::Claim => state.claim(officer),
            Act::Release => state.release(),
            Act::Reassign => state.reassign(officer),
            Act::Return => state.return_incomplete(),
            Act::Resupply => state.resupply(),
            Act::Waive
            | Act::EnterEvidence
            | Act::DraftCorrection
            | Act::SendBackCorrection
            | Act::SignCorrection => state.permits(act).map(|()| state),
            Act::Draft => state.draft(),
            Act::SendBack => state.send_back(),
            Act::Sign => state.sign(Outcome::Granted, at),
            Act::Withdraw => state.withdraw(WithdrawnReason::Own, at),
            Act::Lapse => state.lapse(at),
        }
        .map(|state| state.name())
    }

    #[test]
    fn transitions_and_table_say_the_same() {
        for state in every_state() {
            for &act in Act::ALL {
                assert_eq!(
                    perform(state, act).is_ok(),
                    act.starts_from(state.name()),
                    "{act} from {}",
                    state.name()
                );
            }
        }
    }

    #[test]
    fn every_act_has_exactly_one_row() {
        for &act in Act::ALL {
            assert_eq!(TABLE.iter().filter(|rule| rule.act == act).count(), 1, "{act}");
        }
    }

    #[test]
    fn what_has_ended_stays_ended() {
        for state in every_state().into_iter().filter(|state| !state.is_open()) {
            for &act in Act::ALL {
                let kept = perform(state, act).map_or(true, |after| after == state.name());
                assert!(kept, "{act} from {}", state.name());
            }
        }
    }

    #[test]
    fn operators_never_process_a_request() {
        assert!(
            Act::ALL
                .iter()
                .all(|act| TABLE.iter().filter(|rule| rule.act == *act).all(|rule| !rule.who.is_empty()))
        );
        assert!(Who::ALL.iter().all(|who| who.as_str() != "operator"));
    }

    #[test]
    fn the_officer_who_had_it_is_proposed_again_after_a_return() {
        let officer = StaffId(Uuid::max());
        let back = State::Examining { officer }.return_incomplete().unwrap().resupply().unwrap();
        assert_eq!(back, State::Received { proposed: Some(officer) });
    }
}
