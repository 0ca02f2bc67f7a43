//! Dates, hours, numbers and masked values as Indonesian official letters write them.
//!
//! Every function is pure: the zone is an argument, and nothing here knows what day it is.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;

const DAYS: [&str; 7] = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"];

const MONTHS: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];

const UNITS: [&str; 12] = [
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh",
    "sebelas",
];

/// `Senin` to `Minggu`.
pub fn day_name(date: NaiveDate) -> &'static str {
    DAYS[date.weekday().num_days_from_monday() as usize]
}

/// `Januari` to `Desember`.
pub fn month_name(date: NaiveDate) -> &'static str {
    MONTHS[date.month0() as usize]
}

/// `22 November 2026`: no leading zero, the month in full.
pub fn date(date: NaiveDate) -> String {
    format!("{} {} {}", date.day(), month_name(date), date.year())
}

/// `14 Juli`, for a list of days whose last one carries the year.
pub fn day_and_month(date: NaiveDate) -> String {
    format!("{} {}", date.day(), month_name(date))
}

/// `Jumat, 10 Juli 2026`.
pub fn day_and_date(on: NaiveDate) -> String {
    format!("{}, {}", day_name(on), date(on))
}

/// The calendar day of an instant in the zone of an office.
pub fn local_date(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// `14.05 WIB`, in the zone of an office.
pub fn time(at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    format!("{:02}.{:02} {}", local.hour(), local.minute(), zone_name(zone))
}

/// `Rabu, 22 Juli 2026, pukul 10.12 WIB`.
pub fn day_date_and_time(at: DateTime<Utc>, zone: Tz) -> String {
    format!("{}, pukul {}", day_and_date(local_date(at, zone)), time(at, zone))
}

/// `WIB`, `WITA` or `WIT`. A zone outside Indonesia is named by its own identifier.
pub fn zone_name(zone: Tz) -> &'static str {
    match zone {
        Tz::Asia__Jakarta | Tz::Asia__Pontianak => "WIB",
        Tz::Asia__Makassar | Tz::Asia__Ujung_Pandang => "WITA",
        Tz::Asia__Jayapura => "WIT",
        other => other.name(),
    }
}

/// A whole number with a dot between thousands: `1.250`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// A whole number in words (*terbilang*), not capitalised: `dua puluh satu`, `seribu satu`.
///
/// Right for every `u64`; above a thousand million it counts in *miliar* and *triliun*.
pub fn words(number: u64) -> String {
    let scaled = |scale: u64, name: &str| {
        let head = format!("{} {name}", words(number / scale));
        joined(head, number % scale)
    };
    match number {
        0..=11 => usize::try_from(number).map_or("", |index| UNITS[index]).to_owned(),
        12..=19 => format!("{} belas", words(number - 10)),
        20..=99 => scaled(10, "puluh"),
        100..=199 => joined("seratus".to_owned(), number - 100),
        200..=999 => scaled(100, "ratus"),
        1_000..=1_999 => joined("seribu".to_owned(), number - 1_000),
        2_000..=999_999 => scaled(1_000, "ribu"),
        1_000_000..=999_999_999 => scaled(1_000_000, "juta"),
        1_000_000_000..=999_999_999_999 => scaled(1_000_000_000, "miliar"),
        1_000_000_000_000.. => scaled(1_000_000_000_000, "triliun"),
    }
}

fn joined(head: String, rest: u64) -> String {
    if rest == 0 { head } else { format!("{head} {}", words(rest)) }
}

/// `3 (tiga)`.
pub fn number_with_words(number: u64) -> String {
    format!("{} ({})", thousands(number), words(number))
}

/// An NPWP or NIK with most of it hidden.
///
/// Fifteen digits: the third to the eighth become stars, `99.***.***.2-031.000`. Any other length (NPWP 16, NIK,
/// NITKU): only the last four digits are shown, `************1000`. Dots, hyphens and spaces of the input are not kept.
pub fn masked_tax_id(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    if let [a, b, _, _, _, _, _, _, check, o1, o2, o3, s1, s2, s3] = digits[..] {
        return format!("{a}{b}.***.***.{check}-{o1}{o2}{o3}.{s1}{s2}{s3}");
    }
    let hidden = digits.len().saturating_sub(4);
    digits.iter().enumerate().map(|(index, digit)| if index < hidden { '*' } else { *digit }).collect()
}

/// `p***a@example.com`: first and last letter before the @; only the first of one or two. The part after the @ is
/// shown. Without an @, everything but the first letter is hidden.
pub fn masked_email(address: &str) -> String {
    let (local, domain) = match address.rsplit_once('@') {
        Some((local, domain)) => (local, Some(domain)),
        None => (address, None),
    };
    let first: String = local.chars().take(1).collect();
    let last: String = if local.chars().count() > 2 && domain.is_some() {
        local.chars().last().into_iter().collect()
    } else {
        String::new()
    };
    match domain {
        Some(domain) => format!("{first}***{last}@{domain}"),
        None => format!("{first}***"),
    }
}

/// `W***u M***a`: first and last letter of every word; of a word of one or two letters, the first.
pub fn masked_name(name: &str) -> String {
    name.split_whitespace()
        .map(|word| {
            let first: String = word.chars().take(1).collect();
            let last: String = if word.chars().count() > 2 {
                word.chars().last().into_iter().collect()
            } else {
                String::new()
            };
            format!("{first}***{last}")
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn on(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_has_no_leading_zero_and_its_month_in_full() {
        assert_eq!(date(on(2026, 11, 22)), "22 November 2026");
        assert_eq!(date(on(2026, 9, 1)), "1 September 2026");
        assert_eq!(day_and_date(on(2026, 7, 10)), "Jumat, 10 Juli 2026");
        assert_eq!(day_and_month(on(2026, 7, 14)), "14 Juli");
    }

    #[test]
    fn every_day_and_month_has_its_name() {
        let week: Vec<_> = (20..27).map(|day| day_name(on(2026, 7, day))).collect();
        let year: Vec<_> = (1..13).map(|month| month_name(on(2026, month, 1))).collect();

        assert_eq!(week, DAYS);
        assert_eq!(year, MONTHS);
    }

    #[test]
    fn an_hour_has_a_dot_and_the_zone_of_the_office() {
        let instant = at("2026-07-10T07:05:59Z");

        assert_eq!(time(instant, Tz::Asia__Jakarta), "14.05 WIB");
        assert_eq!(time(instant, Tz::Asia__Pontianak), "14.05 WIB");
        assert_eq!(time(instant, Tz::Asia__Makassar), "15.05 WITA");
        assert_eq!(time(instant, Tz::Asia__Jayapura), "16.05 WIT");
    }

    #[test]
    fn the_day_is_that_of_the_office() {
        let late = at("2026-07-10T16:30:00Z");

        assert_eq!(day_date_and_time(late, Tz::Asia__Jakarta), "Jumat, 10 Juli 2026, pukul 23.30 WIB");
        assert_eq!(day_date_and_time(late, Tz::Asia__Jayapura), "Sabtu, 11 Juli 2026, pukul 01.30 WIT");
    }

    #[test]
    fn thousands_are_parted_by_dots() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_250, "1.250"), (100_000, "100.000"), (1_234_567, "1.234.567")]
        {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn numbers_are_written_in_words() {
        for (number, text) in [
            (0, "nol"),
            (1, "satu"),
            (3, "tiga"),
            (10, "sepuluh"),
            (11, "sebelas"),
            (12, "dua belas"),
            (19, "sembilan belas"),
            (20, "dua puluh"),
            (21, "dua puluh satu"),
            (30, "tiga puluh"),
            (100, "seratus"),
            (114, "seratus empat belas"),
            (200, "dua ratus"),
            (999, "sembilan ratus sembilan puluh sembilan"),
            (1_000, "seribu"),
            (1_001, "seribu satu"),
            (2_000, "dua ribu"),
            (11_000, "sebelas ribu"),
            (100_000, "seratus ribu"),
            (101_000, "seratus satu ribu"),
            (1_000_000, "satu juta"),
            (1_001_100, "satu juta seribu seratus"),
            (21_000_017, "dua puluh satu juta tujuh belas"),
            (1_000_000_000, "satu miliar"),
        ] {
            assert_eq!(words(number), text);
        }
        assert_eq!(number_with_words(14), "14 (empat belas)");
    }

    #[test]
    fn identity_numbers_are_masked() {
        assert_eq!(masked_tax_id("99.999.134.2-031.000"), "99.***.***.2-031.000");
        assert_eq!(masked_tax_id("999991342031000"), "99.***.***.2-031.000");
        assert_eq!(masked_tax_id("0999991342031000"), "************1000");
        assert_eq!(masked_tax_id(""), "");
    }

    #[test]
    fn addresses_and_names_are_masked() {
        assert_eq!(masked_email("pajak.tirtaloka@example.com"), "p***a@example.com");
        assert_eq!(masked_email("ab@example.com"), "a***@example.com");
        assert_eq!(masked_email("a@example.com"), "a***@example.com");
        assert_eq!(masked_email("tanpa-et"), "t***");
        assert_eq!(masked_name("Wisnu Mandalika"), "W***u M***a");
        assert_eq!(masked_name("Oei  Li"), "O***i L***");
    }

    /// Reads the words back by adding and multiplying, an independent way to the number.
    fn read(text: &str) -> u64 {
        let (mut total, mut hundreds, mut unit) = (0_u64, 0_u64, 0_u64);
        for word in text.split(' ') {
            match word {
                "sepuluh" => unit = 10,
                "sebelas" => unit = 11,
                "seratus" => hundreds += 100,
                "seribu" => total += 1_000,
                "belas" => unit += 10,
                "puluh" => {
                    hundreds += unit * 10;
                    unit = 0;
                }
                "ratus" => {
                    hundreds += unit * 100;
                    unit = 0;
                }
                "ribu" | "juta" => {
                    total += (hundreds + unit) * if word == "ribu" { 1_000 } else { 1_000_000 };
                    (hundreds, unit) = (0, 0);
                }
                word => unit = UNITS.iter().position(|name| *name == word).unwrap() as u64,
            }
        }
        total + hundreds + unit
    }

    proptest! {
        #[test]
        fn the_words_say_the_number(number in 0_u64..1_000_000_000) {
            prop_assert_eq!(read(&words(number)), number);
        }

        #[test]
        fn a_masked_number_hides_all_but_the_last_digits(digits in "[0-9]{16,22}") {
            let masked = masked_tax_id(&digits);
            prop_assert_eq!(masked.chars().filter(|c| *c == '*').count(), digits.len() - 4);
        }

        #[test]
        fn any_text_is_masked_without_panic(text in "\\PC*") {
            masked_email(&text);
            masked_name(&text);
            masked_tax_id(&text);
        }
    }
}
