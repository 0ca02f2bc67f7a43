//! Who hears of a limit that comes near, and when. Pure: the clock and the calendar are arguments.
//!
//! A notice climbs: the officer first; the section head when the officer did not acknowledge within
//! [`CLIMB_AFTER`] of working time, or has nothing more to do because the draft waits for a signature, or when nobody has the
//! request in hand; then the supervisor, when no section head acknowledged, and only of what is overdue or due today
//! without a draft.

use chrono::{DateTime, TimeDelta, Utc};

use super::{names::named, working_days::Threshold};

/// Working time after which a notice that nobody acknowledged goes one step up.
pub const CLIMB_AFTER: TimeDelta = TimeDelta::hours(2);

named! {
    /// As whom a person is told. In the order in which they are.
    Tier { Officer = "officer", SectionHead = "section_head", Supervisor = "supervisor" }
}

/// That a tier was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// When the first of them was.
    pub since: DateTime<Utc>,
    /// Whether one of them acknowledged.
    pub acknowledged: bool,
}

/// A round as a notice sees it.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub threshold: Threshold,
    /// Somebody has the request in hand.
    pub in_hand: bool,
    /// A draft waits for its signature.
    pub drafted: bool,
    /// What this officer heard about this threshold of this due date.
    pub officer: Option<Heard>,
    pub section_head: Option<Heard>,
    /// The office has nobody who heads the section.
    pub no_section_head: bool,
}

/// The tiers that are to be told by now. Those that were told already are told nothing twice: rows are unique.
///
/// `worked_since` is the working time of the office since an instant; `None`: its calendar does not say.
pub fn tiers(standing: &Standing, worked_since: impl Fn(DateTime<Utc>) -> Option<TimeDelta>) -> Vec<Tier> {
    let waited_long = |heard: Heard| {
        !heard.acknowledged && worked_since(heard.since).is_some_and(|time| time >= CLIMB_AFTER)
    };
    let mut tiers = Vec::new();
    if standing.threshold == Threshold::OnTrack {
        return tiers;
    }
    if standing.in_hand {
        tiers.push(Tier::Officer);
    }
    let climbs = standing.officer.is_some_and(waited_long);
    if !standing.in_hand || standing.drafted || climbs || standing.section_head.is_some() {
        tiers.push(Tier::SectionHead);
    }
    let grave = match standing.threshold {
        Threshold::Overdue => true,
        Threshold::DueToday => !standing.drafted,
        Threshold::OnTrack | Threshold::DueTomorrow => false,
    };
    let nobody_below = standing.no_section_head && tiers.contains(&Tier::SectionHead);
    if grave && (nobody_below || standing.section_head.is_some_and(waited_long)) {
        tiers.push(Tier::Supervisor);
    }
    tiers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        "2026-07-14T01:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
    }

    fn heard(acknowledged: bool) -> Heard {
        Heard { since: at(0), acknowledged }
    }

    const NEW: Standing = Standing {
        threshold: Threshold::DueToday,
        in_hand: true,
        drafted: false,
        officer: None,
        section_head: None,
        no_section_head: false,
    };

    /// Told by so many minutes of work after the first was.
    fn after(standing: Standing, minutes: i64) -> Vec<Tier> {
        tiers(&standing, |since| Some(at(minutes) - since))
    }

    #[test]
    fn a_notice_climbs_one_step_after_two_hours_of_work_without_an_acknowledgement() {
        use Tier::{Officer, SectionHead, Supervisor};
        assert_eq!(after(NEW, 0), [Officer]);
        let told = Standing { officer: Some(heard(false)), ..NEW };
        assert_eq!(after(told, 119), [Officer]);
        assert_eq!(after(told, 120), [Officer, SectionHead]);
        assert_eq!(after(Standing { officer: Some(heard(true)), ..NEW }, 500), [Officer]);
        let head_told =
            Standing { section_head: Some(Heard { since: at(120), acknowledged: false }), ..told };
        assert_eq!(after(head_told, 239), [Officer, SectionHead]);
        assert_eq!(after(head_told, 240), [Officer, SectionHead, Supervisor]);
        let head_knows = Standing { section_head: Some(heard(true)), ..told };
        assert_eq!(after(head_knows, 900), [Officer, SectionHead]);
        assert_eq!(tiers(&told, |_| None), [Officer], "a calendar that does not say is no reason to climb");
    }

    #[test]
    fn who_has_to_act_is_told_at_once_and_the_supervisor_only_of_what_is_grave() {
        use Tier::{Officer, SectionHead, Supervisor};
        assert_eq!(after(Standing { in_hand: false, ..NEW }, 0), [SectionHead], "nobody has it in hand");
        assert_eq!(
            after(Standing { drafted: true, ..NEW }, 0),
            [Officer, SectionHead],
            "it waits for a signature"
        );
        let alone = Standing { in_hand: false, no_section_head: true, ..NEW };
        assert_eq!(after(alone, 0), [SectionHead, Supervisor]);
        let long = |threshold, drafted| {
            let told = Standing {
                threshold,
                drafted,
                officer: Some(heard(false)),
                section_head: Some(heard(false)),
                ..NEW
            };
            after(told, 600).contains(&Supervisor)
        };
        assert!(long(Threshold::Overdue, true) && long(Threshold::DueToday, false));
        assert!(!long(Threshold::DueToday, true) && !long(Threshold::DueTomorrow, false));
        assert_eq!(after(Standing { threshold: Threshold::OnTrack, in_hand: false, ..NEW }, 0), []);
    }
}
