//! Local time of an office, for every zone and instant there is, without panics.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};

/// `None` only at the very ends of the calendar.
pub(super) fn local(zone: Tz, instant: DateTime<Utc>) -> Option<NaiveDateTime> {
    let utc = instant.naive_utc();
    utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix())
}

/// The first instant of a local date; where clocks skip midnight, the instant at which they do so.
pub fn midnight(zone: Tz, date: NaiveDate) -> Option<DateTime<Utc>> {
    let local = date.and_time(NaiveTime::MIN);
    // `from_local_datetime` shifts the time by whole offsets and must stay inside the calendar.
    local.checked_sub_days(Days::new(2))?;
    local.checked_add_days(Days::new(2))?;
    if let Some(instant) = zone.from_local_datetime(&local).earliest() {
        return Some(instant.with_timezone(&Utc));
    }
    let before = zone.offset_from_utc_datetime(&local.checked_sub_days(Days::new(1))?).fix();
    Some(local.checked_sub_offset(before)?.and_utc())
}

/// `WIB`, `WITA`, `WIT`; elsewhere the abbreviation or name of the zone.
pub(super) fn label(zone: Tz, instant: DateTime<Utc>) -> String {
    let offset = zone.offset_from_utc_datetime(&instant.naive_utc());
    offset.abbreviation().unwrap_or_else(|| zone.name()).to_owned()
}

/// A zone as its IANA name in stored derivations.
pub(super) mod name {
    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(zone: Tz, instant: DateTime<Utc>) -> NaiveDate {
        local(zone, instant).unwrap().date()
    }

    /// The dates around each change of the clocks since 1970, found where the offset differs from a fortnight before.
    fn dates_of_change(zone: Tz) -> impl Iterator<Item = NaiveDate> {
        let begin: NaiveDate = "1970-01-01".parse().unwrap();
        let offset = move |days: u64| {
            zone.offset_from_utc_datetime(&(begin + Days::new(days)).and_time(NaiveTime::MIN)).fix()
        };
        (0..1_750u64).map(|fortnight| fortnight * 14).flat_map(move |day| {
            let changes = offset(day) != offset(day + 14);
            let found =
                changes.then(|| (day..day + 14).find(|day| offset(*day) != offset(day + 1))).flatten();
            found.into_iter().flat_map(move |day| (0..4).map(move |after| begin + Days::new(day + after)))
        })
    }

    #[test]
    fn a_day_ends_with_its_last_instant_in_every_zone_also_where_clocks_skip_midnight_or_a_day() {
        let mut tried = 0;
        for zone in chrono_tz::TZ_VARIANTS {
            for due_on in dates_of_change(zone) {
                let due_at = midnight(zone, due_on.succ_opt().unwrap()).unwrap();
                let last = due_at - chrono::TimeDelta::nanoseconds(1);
                assert!(date(zone, last) <= due_on, "{zone} {due_on}: {last} is the next day already");
                assert!(date(zone, due_at) > due_on, "{zone} {due_on}: {due_at} is still the day");
                tried += 1;
            }
        }
        assert!(tried > 50_000, "{tried}");
    }
}
