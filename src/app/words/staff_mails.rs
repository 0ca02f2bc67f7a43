//! The fields of the mails to members of staff: reminders of limits and the summary of a morning. No name of a PKP, no
//! NPWP.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::{
    app::{
        AppError, Office,
        notices::{DigestFigures, standing_rows},
    },
    domain::{
        indonesian,
        state::StateName,
        working_days::{Calendar, Threshold},
    },
    store::{self, messages::Message, notices::StandingNotice, offices::OfficeRow},
};

/// What a reminder says at the moment at which it is sent.
pub(super) async fn reminder(
    office: &Office,
    conn: &mut PgConnection,
    message: &Message,
    row: &OfficeRow,
) -> Result<Value, AppError> {
    let now = office.now();
    let (reminder, rows) = standing_rows(office, conn, message).await?;
    let to = store::staff::find(conn, reminder.staff).await?.map(|staff| staff.name);
    let today = now.with_timezone(&row.zone).date_naive();
    let calendar = store::calendar::load(conn, row.code, row.zone, today).await?.calendar;
    let drafted = rows.iter().filter(|row| row.state == StateName::Drafted).count();
    let lines: Vec<Value> = rows.iter().map(|row| line(row, &calendar, now)).collect();
    Ok(json!({
        "penerima": { "sapaan": to.unwrap_or_default() },
        "pengingat": {
            "alamat": office.page_link("/pemberitahuan"),
            "ambang_teks": threshold(reminder.threshold),
            "baris": lines,
            "jumlah": rows.len().to_string(),
            "menunggu_tanda_tangan": drafted.to_string(),
        },
    }))
}

fn line(row: &StandingNotice, calendar: &Calendar, now: DateTime<Utc>) -> Value {
    json!({
        "nomor_tanda_terima": row.receipt_number,
        "jenis": row.kind.title(),
        "keadaan": state(row.state),
        "petugas": row.officer.as_deref().unwrap_or("belum ada"),
        "jatuh_tempo": indonesian::day_and_date(row.due_on),
        "sisa": left(calendar.working_time(now, row.due_at).ok()),
    })
}

/// Working time that is left: `7 jam`, `1 jam 20 menit`.
fn left(time: Option<TimeDelta>) -> String {
    let Some(minutes) = time.map(|time| time.num_minutes()) else { return "belum diketahui".to_owned() };
    match (minutes / 60, minutes % 60) {
        (i64::MIN..=0, i64::MIN..=0) => "habis".to_owned(),
        (0, minutes) => format!("{minutes} menit"),
        (hours, 0) => format!("{hours} jam"),
        (hours, minutes) => format!("{hours} jam {minutes} menit"),
    }
}

fn threshold(threshold: Threshold) -> &'static str {
    match threshold {
        Threshold::OnTrack => "Sesuai waktu",
        Threshold::DueTomorrow => "Jatuh tempo besok",
        Threshold::DueToday => "Jatuh tempo hari ini",
        Threshold::Overdue => "Lewat jatuh tempo",
    }
}

fn state(state: StateName) -> &'static str {
    match state {
        StateName::Received => "belum diambil petugas",
        StateName::Examining => "sedang diteliti",
        StateName::Drafted => "menunggu tanda tangan",
        StateName::Incomplete => "dikembalikan",
        StateName::Issued => "terbit",
        StateName::Withdrawn => "ditarik kembali",
        StateName::Lapsed => "gugur",
    }
}

/// What a summary says; frozen when it was made.
pub(super) fn digest(office: &Office, figures: &DigestFigures) -> Result<Value, AppError> {
    let zone = figures.zone()?;
    let on = indonesian::local_date(figures.at, zone);
    let balanced = figures.letters_delivered
        + figures.letters_pending
        + figures.letters_returned
        + figures.letters_given_up;
    let lines: Vec<Value> = figures
        .rows
        .iter()
        .map(|row| {
            json!({
                "nomor_tanda_terima": row.receipt_number,
                "kantor": row.office,
                "jenis": row.kind.title(),
                "keadaan": state(row.state),
                "petugas": row.officer.as_deref().unwrap_or("belum ada"),
                "ambang_teks": threshold(row.threshold),
                "jatuh_tempo": indonesian::day_and_date(row.due_on),
            })
        })
        .collect();
    let number = |count: i64| count.to_string();
    Ok(json!({
        "penerima": { "sapaan": figures.to },
        "rangkuman": {
            "alamat": office.page_link("/antrean"),
            "baris": lines,
            "besok": number(figures.due_tomorrow),
            "berakhir_bulan": number(figures.ended),
            "dihentikan": number(figures.letters_given_up),
            "hari": indonesian::day_name(on),
            "hari_ini": number(figures.due_today),
            "kembali": number(figures.letters_returned),
            "lainnya": if figures.more > 0 { number(figures.more) } else { String::new() },
            "lewat": number(figures.overdue),
            "lingkup": figures.scope,
            "menunggu_kalender": number(figures.awaiting_calendar),
            "pukul": indonesian::time(figures.at, zone),
            "selisih": number(figures.letters_issued - balanced),
            "sesuai": number(figures.on_track),
            "surat_terbit": number(figures.letters_issued),
            "tanggal": indonesian::date(on),
            "tepat": number(figures.on_time),
            "tersampaikan": number(figures.letters_delivered),
            "tertunda": number(figures.letters_pending),
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_time_that_is_left_is_told_in_hours_and_minutes() {
        let told = |minutes| left(Some(TimeDelta::minutes(minutes)));
        assert_eq!([told(420), told(80), told(45)], ["7 jam", "1 jam 20 menit", "45 menit"]);
        assert_eq!([told(0), told(-5), left(None)], ["habis", "habis", "belum diketahui"]);
    }
}
