//! Who hears of a limit that comes near, and when. Pure: the clock and the calendar are arguments.
//!
//! A notice climbs: the officer first; the section head when the officer did not acknowledge within
//! [`CLIMB_AFTER`] of working time, or has nothing more to do because the draft waits for a signature, or when nobody has the
//! request in hand; then the supervisor, when no section head acknowledged what is overdue or due today. Where nobody heads
//! the section, the supervisor hears in place of the section head. So whoever is told last can act, and before the breach.

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
        Threshold::Overdue | Threshold::DueToday => true,
        Threshold::OnTrack | Threshold::DueTomorrow => false,
    };
    let nobody_below = standing.no_section_head && tiers.contains(&Tier::SectionHead);
    if nobody_below || grave && standing.section_head.is_some_and(waited_long) {
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
        assert!(long(Threshold::DueToday, true), "a draft that nobody signs breaks the limit today");
        assert!(!long(Threshold::DueTomorrow, false) && !long(Threshold::DueTomorrow, true));
        assert_eq!(after(Standing { threshold: Threshold::OnTrack, in_hand: false, ..NEW }, 0), []);
    }

    /// Before a limit breaks, somebody is told who can do what is still to be done: sign a draft, or see to it that somebody
    /// works.
    #[test]
    fn whoever_can_act_is_told_before_the_breach_at_every_threshold() {
        use Tier::{Officer, SectionHead, Supervisor};
        for threshold in [Threshold::DueTomorrow, Threshold::DueToday, Threshold::Overdue] {
            for (in_hand, drafted, no_section_head) in [
                (false, false, false),
                (true, true, false),
                (false, false, true),
                (true, true, true),
                (true, false, true),
            ] {
                let new = Standing { threshold, in_hand, drafted, no_section_head, ..NEW };
                let officer: &[Tier] = if in_hand { &[Officer] } else { &[] };
                let above: &[Tier] =
                    if no_section_head { &[SectionHead, Supervisor] } else { &[SectionHead] };
                let waits_for_the_officer = in_hand && !drafted;
                let at_once =
                    if waits_for_the_officer { officer.to_vec() } else { [officer, above].concat() };
                assert_eq!(after(new, 0), at_once, "{new:?}");
                let told = Standing { officer: in_hand.then_some(heard(false)), ..new };
                assert_eq!(after(told, 120), [officer, above].concat(), "{told:?}");
            }
        }
    }
}
