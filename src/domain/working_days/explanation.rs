//! A derivation in plain Indonesian, as it stands on receipts, in mails and on pages.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

use super::{Derivation, Outcome, SkipReason, Step, zone};

impl Derivation {
    /// The sentences on receipt, days not counted, and business days. The due date is the last one named.
    pub fn sentences_id(&self) -> String {
        let years = Years::of(&self.steps);
        [Some(self.head()), self.skipped(years), self.counted(years)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The closing sentence, for places where the due date has not been named yet.
    pub fn final_sentence_id(&self) -> String {
        let due_on = self.steps.last().map_or(self.received_local.date(), |step| step.date);
        format!("Surat diterbitkan paling lambat {} pukul 24.00 {}.", full(due_on), self.zone_label())
    }

    /// On which calendar and local time the computation rests; `office` is the name of the KPP.
    pub fn basis_id(&self, office: &str) -> String {
        format!("Dasar: kalender {}, waktu setempat {office} ({}).", self.calendar_version, self.zone_label())
    }

    /// `WIB`, `WITA` or `WIT`.
    pub fn zone_label(&self) -> String {
        zone::label(self.zone, self.received_at)
    }

    fn head(&self) -> String {
        let received = format!(
            "Diterima lengkap {} pukul {} {}",
            full(self.received_local.date()),
            self.time_of_receipt(),
            self.zone_label()
        );
        let day_zero = self
            .steps
            .iter()
            .find(|step| step.outcome == Outcome::DayZero)
            .map_or(self.received_local.date(), |step| step.date);
        let why_later = match self.steps.first().map(|step| &step.outcome) {
            None | Some(Outcome::DayZero | Outcome::Counted { .. }) => {
                return format!("{received}; hari itu adalah hari ke-0.");
            }
            Some(Outcome::Skipped { reason: SkipReason::AfterClosing }) => {
                let special = self.hours_name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
                format!("setelah loket tutup pukul {}{special}", hour(self.closes_at))
            }
            Some(Outcome::Skipped { reason }) => format!("yang bukan hari kerja ({})", reason.reason_id()),
        };
        format!("{received}, {why_later}; hari ke-0 adalah {}.", full(day_zero))
    }

    /// With seconds only where `16.00, setelah loket tutup pukul 16.00` would explain nothing.
    fn time_of_receipt(&self) -> String {
        let time = self.received_local.time();
        if self.late && hour(time) == hour(self.closes_at) {
            format!("{}.{:02}", hour(time), time.second())
        } else {
            hour(time)
        }
    }

    /// Days that would have counted but for a reason: those after day 0.
    fn skipped(&self, years: Years) -> Option<String> {
        let after_day_zero = self.steps.iter().skip_while(|step| step.outcome != Outcome::DayZero);
        let skipped: Vec<(NaiveDate, &SkipReason)> = after_day_zero
            .filter_map(|step| match &step.outcome {
                Outcome::Skipped { reason } => Some((step.date, reason)),
                Outcome::DayZero | Outcome::Counted { .. } => None,
            })
            .collect();
        let is_weekend = |&(_, reason): &(NaiveDate, &SkipReason)| *reason == SkipReason::Weekend;
        let items: Vec<String> = skipped
            // Saturday and Sunday in a row are told together.
            .chunk_by(|a, b| is_weekend(a) && is_weekend(b) && a.0.succ_opt() == Some(b.0))
            .map(|chunk| {
                let dates: Vec<String> = chunk.iter().map(|(date, _)| years.listed(*date)).collect();
                let reason = chunk.first().map(|(_, reason)| reason.reason_id()).unwrap_or_default();
                format!("{} ({reason})", dates.join(" dan "))
            })
            .collect();
        (!items.is_empty()).then(|| format!("Tidak dihitung: {}.", items.join("; ")))
    }

    fn counted(&self, years: Years) -> Option<String> {
        let counted: Vec<(u16, NaiveDate)> = self
            .steps
            .iter()
            .filter_map(|step| match step.outcome {
                Outcome::Counted { n } => Some((n, step.date)),
                Outcome::DayZero | Outcome::Skipped { .. } => None,
            })
            .collect();
        let last = counted.last()?.0;
        let items: Vec<String> = counted
            .iter()
            .map(|&(n, date)| {
                let date = if n == last { full(date) } else { years.listed(date) };
                format!("ke-{n} {date}")
            })
            .collect();
        Some(format!("Hari kerja {}.", items.join("; ")))
    }
}

impl Step {
    /// "Senin, 24 Agustus 2026"
    pub fn date_id(&self) -> String {
        full(self.date)
    }
}

impl SkipReason {
    /// The reason with the name the calendar gives it: "libur nasional: Maulid Nabi Muhammad".
    pub fn reason_id(&self) -> String {
        match self {
            Self::Weekend => "akhir pekan".to_owned(),
            Self::National { name, .. } => format!("libur nasional: {name}"),
            Self::JointLeave { name, .. } => {
                // Calendars write "Cuti Bersama Hari Raya Natal": said once is enough.
                format!("cuti bersama: {}", name.strip_prefix("Cuti Bersama ").unwrap_or(name))
            }
            Self::Closure { name, .. } => format!("kantor tutup: {name}"),
            Self::AfterClosing => "setelah loket tutup".to_owned(),
        }
    }
}

/// The sentence in the place of a due date that waits for the calendar of `year`.
pub fn no_calendar_id(year: i32) -> String {
    format!(
        "Jatuh tempo menunggu kalender: hari libur tahun {year} belum dimuat. Permohonan sudah diterima; \
         tanggalnya dihitung setelah kalender tersedia."
    )
}

/// Whether listed dates need their year: only when the days run into another one.
#[derive(Clone, Copy)]
enum Years {
    One,
    Several,
}

impl Years {
    fn of(steps: &[Step]) -> Self {
        let year = |step: Option<&Step>| step.map(|step| step.date.year());
        if year(steps.first()) == year(steps.last()) { Self::One } else { Self::Several }
    }

    fn listed(self, date: NaiveDate) -> String {
        match self {
            Self::One => format!("{}, {} {}", weekday(date), date.day(), month(date)),
            Self::Several => full(date),
        }
    }
}

fn full(date: NaiveDate) -> String {
    format!("{}, {} {} {}", weekday(date), date.day(), month(date), date.year())
}

fn hour(time: NaiveTime) -> String {
    format!("{:02}.{:02}", time.hour(), time.minute())
}

fn weekday(date: NaiveDate) -> &'static str {
    match date.weekday() {
        chrono::Weekday::Mon => "Senin",
        chrono::Weekday::Tue => "Selasa",
        chrono::Weekday::Wed => "Rabu",
        chrono::Weekday::Thu => "Kamis",
        chrono::Weekday::Fri => "Jumat",
        chrono::Weekday::Sat => "Sabtu",
        chrono::Weekday::Sun => "Minggu",
    }
}

fn month(date: NaiveDate) -> &'static str {
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
    MONTHS[date.month0() as usize]
}
