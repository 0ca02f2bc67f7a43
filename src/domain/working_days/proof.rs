//! A derivation held against itself: the limit is counted again from what the record says of each day.

use super::{
    Blocks, Calendar, DayOff, DayOffKind, Derivation, Due, DueError, Outcome, SkipReason, SpecialHours,
    Weekdays, due,
};
use chrono::Datelike;

impl Derivation {
    /// How many business days it counted; `None` when no day is counted last.
    pub fn days_counted(&self) -> Option<u16> {
        match self.steps.last()?.outcome {
            Outcome::DayZero => Some(0),
            Outcome::Counted { n } => Some(n),
            Outcome::Skipped { .. } => None,
        }
    }

    /// The due date of so many business days by this record alone: its zone, its closing time, the days off that it
    /// names. A record that nobody touched gives itself again.
    ///
    /// # Errors
    /// [`DueError`] when the record does not reach that far.
    pub fn counted_again(&self, days: u16) -> Result<Due, DueError> {
        let received_on = self.received_local.date();
        let days_off = self.steps.iter().filter_map(|step| {
            let (kind, name, source) = match &step.outcome {
                Outcome::Skipped { reason: SkipReason::National { name, source } } => {
                    (DayOffKind::National, name, source)
                }
                Outcome::Skipped { reason: SkipReason::JointLeave { name, source } } => {
                    (DayOffKind::JointLeave, name, source)
                }
                Outcome::Skipped { reason: SkipReason::Closure { name, source } } => {
                    (DayOffKind::Closure, name, source)
                }
                Outcome::Skipped { reason: SkipReason::Weekend | SkipReason::AfterClosing }
                | Outcome::DayZero
                | Outcome::Counted { .. } => return None,
            };
            Some(DayOff { date: step.date, kind, name: name.clone(), source: source.clone() })
        });
        let hours = self.hours_name.as_ref().map(|name| SpecialHours {
            from: received_on,
            until: received_on,
            weekdays: Weekdays::ALL,
            blocks: Blocks::until(self.closes_at),
            name: name.clone(),
        });
        let calendar = Calendar::new(self.zone, self.calendar_version.clone())
            .with_complete_years(self.steps.iter().map(|step| step.date.year()))
            .with_days_off(days_off)
            .with_closing_time(self.closes_at)
            .with_special_hours(hours);
        due(&calendar, self.received_at, days)
    }
}
