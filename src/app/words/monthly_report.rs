//! *Laporan Bulanan*: the figures of a month as the office signs them.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::{OfficeWords, Signatory, monthly_register::month_words};
use crate::{
    app::{monthly_reports::ReportFigures, views::board::Period},
    domain::{
        figures::{Month, Within},
        indonesian,
    },
    store::offices::OfficeRow,
};

/// Late letters that are listed one by one; all of them are counted by cause.
const MOST_LISTED: usize = 100;

/// What a report is made from.
#[derive(Clone, Copy)]
pub struct MonthlyReport<'a> {
    pub office: &'a OfficeRow,
    pub month: Month,
    pub figures: &'a ReportFigures,
    pub computed_at: DateTime<Utc>,
    /// None: a draft.
    pub signatory: Option<&'a Signatory>,
}

/// The data of `letters/monthly_report`.
pub fn monthly_report(input: &MonthlyReport<'_>) -> Value {
    let MonthlyReport { office, month, figures, computed_at, signatory } = *input;
    let words = OfficeWords::new(office);
    let listed = figures.late_letters.iter().take(MOST_LISTED);
    let more = figures.late_letters.len().saturating_sub(MOST_LISTED);
    let computed_on = indonesian::local_date(computed_at, office.zone);
    json!({
        "kop": words.kop(),
        "kpp": { "nama": words.name, "kota": office.city, "zona": indonesian::zone_name(office.zone) },
        "laporan": {
            "konsep": signatory.is_none(),
            "bulan": month_words(month.first()),
            "bulan_lalu": month_words(month.before().first()),
            "periode": format!(
                "{} sampai dengan {}", indonesian::date(month.first()), indonesian::date(month.last())
            ),
            "dihitung": format!(
                "{}, pukul {}", indonesian::date(computed_on), indonesian::time(computed_at, office.zone)
            ),
            "kalender": calendar(figures),
            "tanggal": indonesian::date(computed_on),
            "angka": lines(&figures.this, &figures.before),
            "jenis": kinds(figures),
            "kekurangan": figures.returned_for.iter().map(|item| json!({
                "uraian": item.name, "jumlah": number(item.returned),
            })).collect::<Vec<_>>(),
            "sebab": figures.late_by_cause.iter().map(|line| json!({
                "uraian": cause(line.cause.as_deref()), "jumlah": number(line.letters),
            })).collect::<Vec<_>>(),
            "terlambat": listed.map(|letter| json!({
                "nomor": letter.receipt_number,
                "jatuh_tempo": due(letter.due_on),
                "terbit": indonesian::date(letter.issued_on),
                "sebab": cause(letter.cause.as_deref()),
            })).collect::<Vec<_>>(),
            "lainnya": if more == 0 { String::new() } else { number(i64::try_from(more).unwrap_or(i64::MAX)) },
        },
        "penandatangan": match signatory {
            Some(signatory) => json!({
                "jabatan": signatory.title, "nama": signatory.name, "nip": signatory.nip,
                "pelaksana": signatory.acting, "atas_nama": signatory.on_behalf, "elektronik": true,
            }),
            None => json!({
                "jabatan": office.signatory_title, "nama": BLANK, "nip": BLANK_NIP,
                "pelaksana": "", "atas_nama": office.signs_on_behalf, "elektronik": false,
            }),
        },
    })
}

/// Behind what was returned.
const UNDATED_AT: usize = 6;
const BLANK: &str = "(belum ditandatangani)";
const BLANK_NIP: &str = "-";

fn calendar(figures: &ReportFigures) -> String {
    let version = figures.calendar.version;
    match figures.calendar.business_days {
        Some(days) => format!("versi {version}, {days} hari kerja pada bulan ini"),
        None => format!("versi {version}, tahun ini belum ada dalam kalender"),
    }
}

fn lines(this: &Period, before: &Period) -> Vec<Value> {
    let line = |name: &str, value: &dyn Fn(&Period) -> String| json!({ "uraian": name, "ini": value(this), "lalu": value(before) });
    let count = |name: &str, value: fn(&Period) -> i64| line(name, &|period| number(value(period)));
    let mut lines = vec![
        count("Permohonan diterima", |period| period.counted.received),
        count("Dilengkapi kembali sesudah dikembalikan", |period| period.counted.resupplied),
        count("Surat terbit tepat waktu", |period| period.counted.issued_on_time),
        count("Surat terbit terlambat", |period| period.counted.issued_late),
        count("Dikembalikan untuk dilengkapi, tepat waktu", |period| period.counted.returned_on_time),
        count("Dikembalikan untuk dilengkapi, terlambat", |period| period.counted.returned_late),
        count("Ditarik kembali oleh pemohon", |period| period.counted.withdrawn),
        count("Masih berjalan pada akhir bulan", |period| period.running),
        line("Selesai tepat waktu", &|period| share(period.on_time_share)),
        line("Dikembalikan dari yang selesai", &|period| share(period.returned_share)),
        count("Surat yang waktunya diukur", |period| period.worked.measured),
        line("Waktu kerja sampai surat, median", &|period| hours(period.worked.median)),
        line("Waktu kerja sampai surat, persentil ke-90", &|period| hours(period.worked.p90)),
    ];
    if this.counted.undated() + before.counted.undated() > 0 {
        let undated =
            count("Selesai tanpa jatuh tempo karena kalender belum ada, tidak ikut dinilai", |period| {
                period.counted.undated()
            });
        lines.insert(UNDATED_AT, undated);
    }
    lines
}

fn kinds(figures: &ReportFigures) -> Vec<Value> {
    let line = |line: &crate::app::views::board::KindFigures| {
        json!({
            "jenis": line.kind.title(),
            "masuk": number(line.counted.arrived()),
            "selesai": number(line.counted.ended()),
            "terlambat": number(line.counted.late()),
            "tepat": share(line.on_time_share),
            "median": span(line.worked.median),
            "p90": span(line.worked.p90),
        })
    };
    figures.by_kind.iter().map(line).collect()
}

fn number(count: i64) -> String {
    let digits = indonesian::thousands(count.unsigned_abs());
    if count < 0 { format!("-{digits}") } else { digits }
}

/// `97,5%`, cut and never rounded up: 100% says that nothing was late.
fn share(share: Option<f64>) -> String {
    let Some(share) = share else { return "–".to_owned() };
    #[expect(clippy::cast_possible_truncation, reason = "a share is from 0 to 1")]
    let tenths = (share * 1000.0 + 1e-9).floor() as i64;
    match tenths % 10 {
        0 => format!("{}%", tenths / 10),
        rest => format!("{},{rest}%", tenths / 10),
    }
}

/// `11,5–12 jam`
fn hours(within: Option<Within>) -> String {
    let unit = if within.is_some() { " jam" } else { "" };
    format!("{}{unit}", span(within))
}

/// `11,5–12`
fn span(within: Option<Within>) -> String {
    let Some(within) = within else { return "–".to_owned() };
    let hours = |minutes: i64| match minutes % 60 {
        0 => (minutes / 60).to_string(),
        _ => format!("{},5", minutes / 60),
    };
    let from = hours(within.from_minutes);
    match within.until_minutes {
        Some(until) => format!("{from}–{}", hours(until)),
        None => format!("lebih dari {from}"),
    }
}

fn due(on: Option<NaiveDate>) -> String {
    on.map_or_else(|| "menunggu kalender".to_owned(), indonesian::date)
}

fn cause(cause: Option<&str>) -> &str {
    cause.unwrap_or("Sebab tidak dicatat dengan kode")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_up_to_a_whole() {
        assert_eq!(share(Some(1.0)), "100%");
        assert_eq!(share(Some(1999.0 / 2000.0)), "99,9%");
        assert_eq!(share(Some(0.975)), "97,5%");
        assert_eq!(share(Some(0.29)), "29%");
        assert_eq!(share(None), "–");
    }

    #[test]
    fn working_time_is_told_as_the_board_tells_it() {
        let within = |from, until| Some(Within { from_minutes: from, until_minutes: until });
        assert_eq!(hours(within(690, Some(720))), "11,5–12 jam");
        assert_eq!(hours(within(1920, None)), "lebih dari 32 jam");
    }
}
