//! *Lembar Pengawasan Arus Dokumen*: the way of a request through the office, one row for each change of its state.

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{OfficeWords, phrases, signed_letter::received_through};
use crate::{
    domain::{
        indonesian,
        request::{Request, Round},
    },
    store::{audit::HistoryRow, letters::Letter, offices::OfficeRow, taxpayers::Taxpayer},
};

/// What the slip of the current round is made from.
#[derive(Clone, Copy)]
pub struct RoutingSlip<'a> {
    pub office: &'a OfficeRow,
    pub request: &'a Request,
    pub round: &'a Round,
    pub taxpayer: &'a Taxpayer,
    /// Full citation of the circular.
    pub circular: &'a str,
    pub documents: usize,
    /// Oldest first; events that change no state are left out.
    pub history: &'a [HistoryRow],
    /// The letter that ended the round.
    pub letter: Option<(&'a Letter, &'a str)>,
    /// Business days from the day of receipt to the end of the round or to now; none while a year has no calendar.
    pub days_used: Option<u32>,
    /// The words of the cause on the list.
    pub overdue_cause: Option<&'a str>,
}

/// The cause from the list, and what was said beside it.
fn late_because(input: &RoutingSlip<'_>) -> String {
    let said = input.round.end.as_ref().and_then(|end| end.overdue_cause.as_deref());
    match (input.overdue_cause, said) {
        (Some(cause), Some(said)) => format!("{cause}: {said}"),
        (Some(text), None) | (None, Some(text)) => text.to_owned(),
        (None, None) => String::new(),
    }
}

/// The data of `letters/routing_slip`.
pub fn routing_slip(input: &RoutingSlip<'_>) -> Value {
    let RoutingSlip { office, request, round, taxpayer, .. } = *input;
    let words = OfficeWords::new(office);
    let received_on = indonesian::local_date(round.received_at, office.zone);
    let way = received_through(request, round);
    json!({
        "kop": words.kop(),
        "kpp": words.kpp(),
        "lpad": {
            "nomor": slip_number(&round.receipt_number),
            "baris": rows(input.history, office.zone, way),
            "jumlah_dokumen": format!("{} dokumen", indonesian::number_with_words(input.documents as u64)),
            "waktu_penyelesaian": days(input),
            "alasan_terlambat": late_because(input),
        },
        "permohonan": {
            "jenis_teks": request.kind.title(),
            "nomor_surat": request.filed.letter_number,
            "tanggal_surat": indonesian::date(request.filed.letter_on),
        },
        "pkp": { "nama": taxpayer.name, "npwp": request.filed.tax_id.formatted() },
        "regime": { "kutipan_se": short(input.circular) },
        "surat": match input.letter {
            Some((letter, hal)) => json!({
                "hal": hal,
                "nomor": letter.number.clone().unwrap_or_default(),
                "tanggal": indonesian::date(letter.dated_on),
            }),
            None => json!({ "hal": "", "nomor": "", "tanggal": "" }),
        },
        "tanda_terima": {
            "nomor": round.receipt_number,
            "hari": indonesian::day_name(received_on),
            "tanggal": indonesian::date(received_on),
            "pukul": indonesian::time(round.received_at, office.zone),
        },
        "tenggat": phrases::due(round),
    })
}

/// The slip carries the number of the receipt with its own prefix.
fn slip_number(receipt_number: &str) -> String {
    receipt_number
        .split_once('-')
        .map_or_else(|| receipt_number.to_owned(), |(_, stem)| format!("LPAD-{stem}"))
}

/// `SE-20/PJ/2020`: the end of the full citation.
fn short(circular: &str) -> &str {
    circular.rsplit_once("Nomor ").map_or(circular, |(_, number)| number)
}

fn days(input: &RoutingSlip<'_>) -> String {
    let limit = input.round.limit_days;
    match input.days_used {
        Some(used) => format!("{used} hari kerja dari {limit} hari kerja"),
        None => "menunggu kalender".to_owned(),
    }
}

fn rows(history: &[HistoryRow], zone: Tz, way: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut holder = "Pemohon".to_owned();
    for event in history {
        let Some((act, to, note)) = step(event, way) else { continue };
        // A waiver leaves the request where it is.
        let to = to.unwrap_or_else(|| holder.clone());
        let from = std::mem::replace(&mut holder, to.clone());
        rows.push(json!({
            "waktu": format!("{}, {}", indonesian::date(indonesian::local_date(event.at, zone)), indonesian::time(event.at, zone)),
            "dari": from,
            "kepada": to,
            "tindakan": act,
            "catatan": note,
            "paraf": event.actor_name.as_deref().map_or_else(|| "sistem".to_owned(), initials),
        }));
    }
    rows
}

const QUEUE: &str = "Antrean KPP";
const APPLICANT: &str = "Pemohon";
const HEAD: &str = "Kepala Seksi Pelayanan";

/// What a change of state is called, who holds the request afterwards if somebody else, and a note; nothing for other
/// events.
fn step(event: &HistoryRow, way: &str) -> Option<(&'static str, Option<String>, String)> {
    let said = |field: &str| {
        let text = event.detail.get(field).and_then(Value::as_str).map(str::to_owned);
        text.filter(|text| !text.is_empty()).unwrap_or_else(|| "–".to_owned())
    };
    let officer = || format!("{}, Petugas Khusus", event.actor_name.as_deref().unwrap_or("Petugas"));
    let (act, to, note) = match event.act.as_str() {
        "file_request" => ("diterima lengkap", QUEUE.to_owned(), way.to_owned()),
        "resupply" => ("dilengkapi dan diterima kembali", QUEUE.to_owned(), said("receipt_number")),
        "claim" => ("diambil untuk diteliti", officer(), said("decree")),
        "release" => ("dikembalikan ke antrean", QUEUE.to_owned(), said("reason")),
        "reassign" => ("dialihkan", "Petugas Khusus lain".to_owned(), said("reason")),
        "waive" => return Some(("dokumen dikecualikan", None, said("reason"))),
        "draft" => {
            let granted = event.detail.get("decision").and_then(Value::as_str) == Some("grant");
            let act = if granted { "konsep pengabulan disampaikan" } else { "konsep penolakan disampaikan" };
            (act, HEAD.to_owned(), "–".to_owned())
        }
        "send_back" => ("konsep dikembalikan", "Petugas Khusus".to_owned(), said("reason")),
        "verdict_changed" => ("hasil penelitian berubah", "Petugas Khusus".to_owned(), "–".to_owned()),
        "sign" => ("ditandatangani; surat terbit", "PKP".to_owned(), said("letter_number")),
        "draft_correction" => ("konsep ralat disampaikan", HEAD.to_owned(), said("replaces")),
        "send_back_correction" => ("konsep ralat dikembalikan", "Petugas Khusus".to_owned(), said("reason")),
        "sign_correction" => ("ralat ditandatangani; surat terbit", "PKP".to_owned(), said("letter_number")),
        "return" => ("dikembalikan untuk dilengkapi", APPLICANT.to_owned(), "–".to_owned()),
        "withdraw" => ("ditarik kembali", APPLICANT.to_owned(), "–".to_owned()),
        "lapse" => ("gugur", APPLICANT.to_owned(), "tidak dilengkapi sampai batas waktu".to_owned()),
        _ => return None,
    };
    Some((act, Some(to), note))
}

/// `Danendra Contoh` is `DC`.
fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slip_has_the_number_of_the_receipt() {
        assert_eq!(slip_number("BPE-031-20260710-00037"), "LPAD-031-20260710-00037");
    }

    #[test]
    fn initials_are_those_of_the_first_three_words() {
        assert_eq!(initials("Danendra Contoh"), "DC");
        assert_eq!(initials("A. Budi Citra Dewi"), "ABC");
    }

    #[test]
    fn the_circular_is_cited_by_its_number() {
        assert_eq!(short("Surat Edaran Direktur Jenderal Pajak Nomor SE-20/PJ/2020"), "SE-20/PJ/2020");
    }

    #[test]
    fn a_waiver_leaves_the_request_with_its_officer() {
        let event = |act: &str, name: &str| HistoryRow {
            at: "2026-07-13T01:11:00Z".parse().unwrap(),
            actor_kind: "staff".to_owned(),
            actor_id: None,
            actor_name: Some(name.to_owned()),
            act: act.to_owned(),
            detail: json!({}),
        };
        let history = [
            event("claim", "Danendra Contoh"),
            event("waive", "Larasati Contoh"),
            event("draft", "Danendra Contoh"),
        ];

        let rows = rows(&history, Tz::Asia__Jakarta, "online");

        assert_eq!(rows[1]["kepada"], "Danendra Contoh, Petugas Khusus");
        assert_eq!(rows[2]["dari"], "Danendra Contoh, Petugas Khusus");
    }
}
