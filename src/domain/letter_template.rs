//! Versions of the wording of letters: drafted by one person, approved by another, in force from a day on.
//!
//! The day is that of each office: a version changes at midnight in the zone of the office. It is named before it begins
//! anywhere in the country, so that no day has letters of two wordings and no replica is surprised.

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{ids::StaffId, names::named};

/// The zone in which a day begins first.
const EASTERNMOST: Tz = Tz::Asia__Jayapura;

/// The first number of an installation's own versions, less one: programs number theirs below.
pub const BUILT_IN_BELOW: i32 = 1000;

named! {
    /// Where the text of a version comes from.
    TemplateOrigin {
        /// A program carries it in itself; it was approved when the program was released.
        BuiltIn = "built_in",
        /// Drafted and approved at this installation.
        Own = "own",
    }
}

named! {
    /// The names of the states.
    TemplateStateName { Draft = "draft", Approved = "approved", Withdrawn = "withdrawn" }
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateState {
    /// Its drafter may still change the text.
    Draft,
    /// The text is final. `by` is none for the wording of a program.
    Approved { by: Option<StaffId>, at: DateTime<Utc>, in_force_on: Option<NaiveDate> },
    /// It never comes in force.
    Withdrawn { by: StaffId, at: DateTime<Utc> },
}

/// Why an act is not possible on a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemplateRefusal {
    #[error("the version is no draft any more")]
    NotADraft,
    #[error("the version is not approved yet")]
    NotApproved,
    #[error("the version was withdrawn")]
    Withdrawn,
    #[error("the version is in force")]
    InForce,
    /// Who drafted it does not approve it.
    #[error("the drafter may not approve")]
    Drafter,
    /// A day that has begun, or begins too soon; the first that can be named is given.
    #[error("the day lies too early; the first that can be named is {first}")]
    TooEarly { first: NaiveDate },
}

impl TemplateState {
    #[must_use]
    pub fn name(self) -> TemplateStateName {
        match self {
            Self::Draft => TemplateStateName::Draft,
            Self::Approved { .. } => TemplateStateName::Approved,
            Self::Withdrawn { .. } => TemplateStateName::Withdrawn,
        }
    }

    /// Whether the text may be changed.
    pub fn edit(self) -> Result<(), TemplateRefusal> {
        match self {
            Self::Draft => Ok(()),
            Self::Approved { .. } => Err(TemplateRefusal::NotADraft),
            Self::Withdrawn { .. } => Err(TemplateRefusal::Withdrawn),
        }
    }

    /// Approved by somebody else than the drafter.
    pub fn approve(self, drafter: StaffId, by: StaffId, now: DateTime<Utc>) -> Result<Self, TemplateRefusal> {
        self.edit()?;
        if drafter == by {
            return Err(TemplateRefusal::Drafter);
        }
        Ok(Self::Approved { by: Some(by), at: now, in_force_on: None })
    }

    /// Names the day, or another day as long as the one that was named has begun nowhere.
    pub fn come_in_force(self, day: NaiveDate, now: DateTime<Utc>) -> Result<Self, TemplateRefusal> {
        match self {
            Self::Draft => Err(TemplateRefusal::NotApproved),
            Self::Withdrawn { .. } => Err(TemplateRefusal::Withdrawn),
            Self::Approved { in_force_on: Some(named), .. } if has_begun(named, now) => {
                Err(TemplateRefusal::InForce)
            }
            Self::Approved { by, at, .. } => {
                let first = first_day(now);
                if day < first {
                    return Err(TemplateRefusal::TooEarly { first });
                }
                Ok(Self::Approved { by, at, in_force_on: Some(day) })
            }
        }
    }

    /// A draft, or a version that is in force nowhere yet.
    pub fn withdraw(self, by: StaffId, now: DateTime<Utc>) -> Result<Self, TemplateRefusal> {
        match self {
            Self::Withdrawn { .. } => Err(TemplateRefusal::Withdrawn),
            Self::Approved { in_force_on: Some(named), .. } if has_begun(named, now) => {
                Err(TemplateRefusal::InForce)
            }
            Self::Draft | Self::Approved { .. } => Ok(Self::Withdrawn { by, at: now }),
        }
    }

    /// The day on which it comes in force, when one is named.
    #[must_use]
    pub fn in_force_on(self) -> Option<NaiveDate> {
        match self {
            Self::Approved { in_force_on, .. } => in_force_on,
            Self::Draft | Self::Withdrawn { .. } => None,
        }
    }
}

/// Whether the day has begun anywhere in the country.
#[must_use]
pub fn has_begun(day: NaiveDate, now: DateTime<Utc>) -> bool {
    day <= now.with_timezone(&EASTERNMOST).date_naive()
}

/// The first day that has begun nowhere.
#[must_use]
pub fn first_day(now: DateTime<Utc>) -> NaiveDate {
    let today = now.with_timezone(&EASTERNMOST).date_naive();
    today.checked_add_days(Days::new(1)).unwrap_or(today)
}

/// A day that has begun everywhere.
#[must_use]
pub fn begun_everywhere(now: DateTime<Utc>) -> NaiveDate {
    let today = now.date_naive();
    today.checked_sub_days(Days::new(1)).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ANI: StaffId = StaffId(Uuid::from_u128(1));
    const BUDI: StaffId = StaffId(Uuid::from_u128(2));

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn approved(in_force_on: Option<NaiveDate>) -> TemplateState {
        TemplateState::Approved { by: Some(BUDI), at: at("2026-07-01T00:00:00Z"), in_force_on }
    }

    #[test]
    fn the_drafter_does_not_approve() {
        let now = at("2026-07-01T00:00:00Z");

        assert_eq!(TemplateState::Draft.approve(ANI, ANI, now), Err(TemplateRefusal::Drafter));
        assert_eq!(TemplateState::Draft.approve(ANI, BUDI, now), Ok(approved(None)));
        assert_eq!(approved(None).approve(ANI, BUDI, now), Err(TemplateRefusal::NotADraft));
    }

    #[test]
    fn a_day_that_has_begun_in_jayapura_is_not_named_in_jakarta() {
        // 22.30 on the 10th in Jakarta, 00.30 on the 11th in Jayapura.
        let now = at("2026-07-10T15:30:00Z");

        let first = day("2026-07-12");
        assert_eq!(
            approved(None).come_in_force(day("2026-07-11"), now),
            Err(TemplateRefusal::TooEarly { first })
        );
        assert_eq!(approved(None).come_in_force(first, now), Ok(approved(Some(first))));
    }

    #[test]
    fn what_is_in_force_somewhere_is_neither_withdrawn_nor_moved() {
        let version = approved(Some(day("2026-07-11")));
        let before = at("2026-07-10T14:59:59Z");
        let begun = at("2026-07-10T15:00:00Z");

        assert!(version.withdraw(ANI, before).is_ok());
        assert!(version.come_in_force(day("2026-08-01"), before).is_ok());
        assert_eq!(version.withdraw(ANI, begun), Err(TemplateRefusal::InForce));
        assert_eq!(version.come_in_force(day("2026-08-01"), begun), Err(TemplateRefusal::InForce));
    }

    #[test]
    fn a_withdrawn_version_stays_withdrawn() {
        let now = at("2026-07-01T00:00:00Z");
        let withdrawn = TemplateState::Draft.withdraw(BUDI, now).unwrap();

        for refused in [
            withdrawn.edit().err(),
            withdrawn.approve(ANI, BUDI, now).err(),
            withdrawn.come_in_force(day("2027-01-01"), now).err(),
            withdrawn.withdraw(ANI, now).err(),
        ] {
            assert_eq!(refused, Some(TemplateRefusal::Withdrawn));
        }
        assert_eq!(
            TemplateState::Draft.come_in_force(day("2027-01-01"), now),
            Err(TemplateRefusal::NotApproved)
        );
    }
}
