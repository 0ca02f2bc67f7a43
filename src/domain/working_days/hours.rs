//! When a counter is open on a day: one block or several, on some weekdays of a period or on all.

use std::{fmt, str::FromStr};

use chrono::{NaiveDate, NaiveTime, Timelike, Weekday};

/// Eight hours: when a counter opens unless the calendar says otherwise. Midnight plus whole hours never wraps.
pub const OPENS_AT: NaiveTime = NaiveTime::MIN.overflowing_add_signed(chrono::TimeDelta::hours(8)).0;
/// Sixteen hours: when it closes.
pub const CLOSES_AT: NaiveTime = NaiveTime::MIN.overflowing_add_signed(chrono::TimeDelta::hours(16)).0;

/// Most blocks of one day.
const MOST_BLOCKS: usize = 6;

/// The blocks of one day in order, with time between them. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks(Vec<(NaiveTime, NaiveTime)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlocksError {
    #[error("hours are written 08.00-12.00, 13.00-16.00")]
    Form,
    #[error("a block ends after it begins, and the next one begins later than that")]
    Order,
    #[error("a day has at most {MOST_BLOCKS} blocks")]
    TooMany,
}

impl Blocks {
    /// # Errors
    /// [`BlocksError`]: none, too many, or not one after the other.
    pub fn new(blocks: Vec<(NaiveTime, NaiveTime)>) -> Result<Self, BlocksError> {
        if blocks.is_empty() {
            return Err(BlocksError::Form);
        }
        if blocks.len() > MOST_BLOCKS {
            return Err(BlocksError::TooMany);
        }
        let each = blocks.iter().all(|(opens, closes)| opens < closes);
        let apart = blocks.windows(2).all(|pair| matches!(pair, [first, second] if first.1 < second.0));
        if each && apart { Ok(Self(blocks)) } else { Err(BlocksError::Order) }
    }

    /// Without a break, from the usual hour, or from the closing time where that is earlier.
    pub fn until(closes_at: NaiveTime) -> Self {
        Self(vec![(OPENS_AT.min(closes_at), closes_at)])
    }

    pub fn iter(&self) -> impl Iterator<Item = (NaiveTime, NaiveTime)> + '_ {
        self.0.iter().copied()
    }

    pub fn opens_at(&self) -> NaiveTime {
        self.0.first().map_or(OPENS_AT, |block| block.0)
    }

    /// The end of the last block: what comes later counts from the next business day.
    pub fn closes_at(&self) -> NaiveTime {
        self.0.last().map_or(CLOSES_AT, |block| block.1)
    }

    /// The ends and beginnings between the first opening and the last closing.
    pub fn breaks(&self) -> Vec<NaiveTime> {
        self.0
            .windows(2)
            .flat_map(|pair| match pair {
                [first, second] => vec![first.1, second.0],
                _ => Vec::new(),
            })
            .collect()
    }

    /// The blocks between opening and closing that these breaks leave.
    ///
    /// # Errors
    /// [`BlocksError`] as [`Self::new`].
    pub fn with_breaks(
        opens_at: NaiveTime,
        closes_at: NaiveTime,
        breaks: &[NaiveTime],
    ) -> Result<Self, BlocksError> {
        let edges: Vec<NaiveTime> = [&[opens_at], breaks, &[closes_at]].concat();
        if !edges.len().is_multiple_of(2) {
            return Err(BlocksError::Form);
        }
        Self::new(edges.chunks(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect())
    }
}

/// `08.00-12.00, 13.00-16.00`, with points or colons, dashes of any length.
impl FromStr for Blocks {
    type Err = BlocksError;
    fn from_str(text: &str) -> Result<Self, BlocksError> {
        let time = |text: &str| {
            let text = text.trim().replace('.', ":");
            NaiveTime::parse_from_str(&text, "%H:%M").map_err(|_| BlocksError::Form)
        };
        let block = |text: &str| {
            let (opens, closes) = text.split_once(['-', '–', '—']).ok_or(BlocksError::Form)?;
            Ok((time(opens)?, time(closes)?))
        };
        Self::new(text.split([',', ';']).map(block).collect::<Result<_, _>>()?)
    }
}

impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (opens, closes)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}–{}", opens.format("%H.%M"), closes.format("%H.%M"))?;
        }
        Ok(())
    }
}

/// The weekdays from Monday to Friday on which hours hold. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("weekdays are numbers from 1 (Monday) to 5 (Friday), at least one of them")]
pub struct WeekdaysError;

impl Weekdays {
    pub const ALL: Self = Self(0b1_1111);

    /// # Errors
    /// [`WeekdaysError`]: none, or one that is no weekday from Monday (1) to Friday (5).
    pub fn new(numbers: impl IntoIterator<Item = i16>) -> Result<Self, WeekdaysError> {
        let mut days = 0;
        for number in numbers {
            days |= match number {
                1..=5 => 1 << (number - 1),
                _ => return Err(WeekdaysError),
            };
        }
        if days == 0 { Err(WeekdaysError) } else { Ok(Self(days)) }
    }

    /// Hours of all weekdays hold at weekends too: nobody works then, but records of what came then name the period.
    pub fn contains(self, weekday: Weekday) -> bool {
        self == Self::ALL || self.0 & (1 << weekday.num_days_from_monday()) != 0
    }

    /// From 1, Monday.
    pub fn numbers(self) -> Vec<i16> {
        (1..=5).filter(|number| self.0 & (1 << (number - 1)) != 0).collect()
    }
}

/// `1-4`, `5`, `1,3`: numbers of weekdays, with runs.
impl FromStr for Weekdays {
    type Err = WeekdaysError;
    fn from_str(text: &str) -> Result<Self, WeekdaysError> {
        let number = |text: &str| text.trim().parse::<i16>().map_err(|_| WeekdaysError);
        let mut numbers = Vec::new();
        for part in text.split(',') {
            match part.split_once('-') {
                Some((first, last)) => {
                    let (first, last) = (number(first)?, number(last)?);
                    if !(1..=last).contains(&first) || last > 5 {
                        return Err(WeekdaysError);
                    }
                    numbers.extend(first..=last);
                }
                None => numbers.push(number(part)?),
            }
        }
        Self::new(numbers)
    }
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers().iter().map(ToString::to_string).collect();
        f.write_str(&numbers.join(","))
    }
}

/// Other hours for a period, both dates included: Ramadan, or the Fridays of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialHours {
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub weekdays: Weekdays,
    pub blocks: Blocks,
    /// As it is told to people: "jam layanan Ramadan".
    pub name: String,
}

/// Whether a receipt comes after the counter closed. One in the very second of closing is in time; fractions of that
/// second are not counted.
pub(super) fn is_after(time: NaiveTime, closes_at: NaiveTime) -> bool {
    time.num_seconds_from_midnight() > closes_at.num_seconds_from_midnight()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_written_as_people_write_them_and_come_out_alike() {
        for text in ["08.00-12.00, 13.00-16.00", "08:00–12:00; 13:00 – 16:00"] {
            let blocks: Blocks = text.parse().unwrap();
            assert_eq!(blocks.to_string(), "08.00–12.00, 13.00–16.00");
            assert_eq!(blocks.to_string().parse(), Ok(blocks.clone()));
            let stored = Blocks::with_breaks(blocks.opens_at(), blocks.closes_at(), &blocks.breaks());
            assert_eq!(stored, Ok(blocks));
        }
    }

    #[test]
    fn hours_that_overlap_touch_or_turn_around_are_refused() {
        for text in [
            "08.00-12.00, 12.00-16.00",
            "08.00-12.00, 11.00-16.00",
            "12.00-08.00",
            "13.00-16.00, 08.00-12.00",
        ] {
            assert_eq!(text.parse::<Blocks>(), Err(BlocksError::Order), "{text}");
        }
        for text in ["", "08.00", "pagi-sore", "08.00-25.00", "08.00-12.00,"] {
            assert_eq!(text.parse::<Blocks>(), Err(BlocksError::Form), "{text}");
        }
        let many: Vec<String> = (1..9).map(|hour| format!("{hour:02}.00-{hour:02}.30")).collect();
        assert_eq!(many.join(",").parse::<Blocks>(), Err(BlocksError::TooMany));
    }

    #[test]
    fn weekdays_are_numbers_with_runs_and_never_a_weekend() {
        assert_eq!("1-4".parse::<Weekdays>().unwrap().numbers(), [1, 2, 3, 4]);
        assert_eq!("5,1".parse::<Weekdays>().unwrap().to_string(), "1,5");
        assert!("5".parse::<Weekdays>().unwrap().contains(Weekday::Fri));
        assert!(!"1-4".parse::<Weekdays>().unwrap().contains(Weekday::Sat));
        for text in ["", "0", "6", "1-6", "4-1", "Senin", "1-30000"] {
            assert_eq!(text.parse::<Weekdays>(), Err(WeekdaysError), "{text}");
        }
    }
}
