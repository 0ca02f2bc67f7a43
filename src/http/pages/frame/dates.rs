//! Days and hours as the pages write them, in both languages.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike};

use super::preferences::Language;
use crate::domain::indonesian;

/// How a day or an instant is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `22 Desember 2026`
    Date,
    /// `Selasa, 22 Desember 2026`
    DayDate,
    /// `14.05 WIB`
    Time,
    /// `22 Desember 2026, 14.05 WIB`
    DateTime,
    /// `Selasa, 22 Desember 2026, 14.05 WIB`
    DayDateTime,
    /// `22 Des`
    Short,
    /// `22 Des, 14.05`
    ShortTime,
    /// `Sel 22 Des`
    ShortDay,
}

impl Style {
    /// Each with the name of its filter.
    pub const ALL: [(&'static str, Self); 8] = [
        ("date", Self::Date),
        ("day_date", Self::DayDate),
        ("time", Self::Time),
        ("date_time", Self::DateTime),
        ("day_date_time", Self::DayDateTime),
        ("short_date", Self::Short),
        ("short_time", Self::ShortTime),
        ("short_day", Self::ShortDay),
    ];
}

/// Writes `2026-12-22` or `2026-12-22T14:05:00+07:00`; `None` for anything else, and for an hour that is not known.
pub fn write(language: Language, style: Style, text: &str) -> Option<String> {
    let at = DateTime::parse_from_rfc3339(text).ok();
    let on = match at {
        Some(at) => at.date_naive(),
        None => text.parse().ok()?,
    };
    let date = || format!("{} {} {}", on.day(), month(language, on), on.year());
    let day_date = || format!("{}, {}", day(language, on), date());
    let short = || format!("{} {}", on.day(), short_month(language, on));
    Some(match style {
        Style::Date => date(),
        Style::DayDate => day_date(),
        Style::Time => time(at?),
        Style::DateTime => format!("{}, {}", date(), time(at?)),
        Style::DayDateTime => format!("{}, {}", day_date(), time(at?)),
        Style::Short => short(),
        Style::ShortTime => format!("{}, {}", short(), hour(at?)),
        Style::ShortDay => format!("{} {}", day(language, on).get(..3)?, short()),
    })
}

fn hour(at: DateTime<FixedOffset>) -> String {
    format!("{:02}.{:02}", at.hour(), at.minute())
}

fn time(at: DateTime<FixedOffset>) -> String {
    let zone = match at.offset().local_minus_utc() / 3600 {
        7 => "WIB",
        8 => "WITA",
        9 => "WIT",
        _ => return format!("{} (UTC{})", hour(at), at.offset()),
    };
    format!("{} {zone}", hour(at))
}

fn day(language: Language, on: NaiveDate) -> String {
    match language {
        Language::Id => indonesian::day_name(on).to_owned(),
        Language::En => on.format("%A").to_string(),
    }
}

pub(super) fn month(language: Language, on: NaiveDate) -> String {
    match language {
        Language::Id => indonesian::month_name(on).to_owned(),
        Language::En => on.format("%B").to_string(),
    }
}

pub(super) fn short_month(language: Language, on: NaiveDate) -> String {
    month(language, on).chars().take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_the_language_of_the_page() {
        let at = "2026-12-22T14:05:09+07:00";
        for (style, id, en) in [
            (Style::Date, "22 Desember 2026", "22 December 2026"),
            (Style::DayDate, "Selasa, 22 Desember 2026", "Tuesday, 22 December 2026"),
            (Style::Time, "14.05 WIB", "14.05 WIB"),
            (Style::ShortTime, "22 Des, 14.05", "22 Dec, 14.05"),
            (Style::ShortDay, "Sel 22 Des", "Tue 22 Dec"),
        ] {
            assert_eq!(write(Language::Id, style, at).unwrap(), id);
            assert_eq!(write(Language::En, style, at).unwrap(), en);
        }
        assert_eq!(write(Language::Id, Style::Date, "2026-01-05").unwrap(), "5 Januari 2026");
    }

    #[test]
    fn an_hour_that_is_not_known_is_not_written() {
        for text in ["2026-12-22", "besok", ""] {
            assert_eq!(write(Language::Id, Style::DateTime, text), None);
        }
    }
}
