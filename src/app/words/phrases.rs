//! Words for the values of the closed lists, and small pieces that several texts share.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::{
    domain::{
        indonesian,
        names::{Capacity, Delivery, Kind, ReprintReason},
        request::{Round, RoundDue},
    },
    settings::LinkSettings,
};

/// The kind as it stands in the *Hal* of a letter: the form has one option for a new pair, moved or not.
pub fn kind_in_hal(kind: Kind) -> &'static str {
    match kind {
        Kind::MoveOffice => Kind::NewCredentials.title(),
        Kind::NewCredentials | Kind::Reprint | Kind::UpdateEmail => kind.title(),
    }
}

/// In which capacity somebody signed, within a sentence.
pub fn capacity(capacity: Capacity) -> &'static str {
    match capacity {
        Capacity::Pkp => "PKP",
        Capacity::Pengurus => "pengurus",
        Capacity::Kuasa => "kuasa",
    }
}

/// The word above the signature of the request letter.
pub fn capacity_above_signature(capacity: Capacity) -> &'static str {
    match capacity {
        Capacity::Pkp => "PKP",
        Capacity::Pengurus => "Pengurus",
        Capacity::Kuasa => "Kuasa PKP",
    }
}

/// Why a letter is asked for again: completes "surat Pemberitahuan Kode Aktivasi …".
pub fn reprint_reason(reason: ReprintReason) -> &'static str {
    match reason {
        ReprintReason::Lost => "hilang",
        ReprintReason::Damaged => "rusak",
        ReprintReason::Illegible => "tidak tercetak dengan jelas",
        ReprintReason::NeverReceived => "tidak kami terima",
    }
}

/// How the letter reaches the PKP.
pub fn delivery(way: Delivery) -> &'static str {
    match way {
        Delivery::Email => "melalui email sebagai lampiran PDF",
        Delivery::Post => "melalui pos",
        Delivery::Counter => "diambil di loket",
    }
}

/// A date, or nothing.
pub fn date(on: Option<NaiveDate>) -> String {
    on.map(indonesian::date).unwrap_or_default()
}

/// `PDF, 120 KiB`: what is known of an upload without opening it.
pub fn file(media_type: &str, bytes: i64) -> String {
    let format = match media_type {
        "application/pdf" => "PDF",
        "image/jpeg" => "JPEG",
        "image/png" => "PNG",
        other => other,
    };
    format!("{format}, {}", size(u64::try_from(bytes).unwrap_or_default()))
}

/// Whole KiB, from one MiB on with one decimal; rounded up, so that nothing is 0.
fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    if bytes <= 1023 * KIB {
        return format!("{} KiB", bytes.div_ceil(KIB));
    }
    let tenths = (bytes * 10).div_ceil(KIB * KIB);
    format!("{},{} MiB", tenths / 10, tenths % 10)
}

/// `layanan`: the pages of the service.
pub fn pages(links: &LinkSettings) -> Value {
    json!({
        "alamat_lacak": links.tracking_url.as_str(),
        "alamat_mulai": links.start_url.as_str(),
        "alamat_akun": links.account_url.as_str(),
    })
}

/// `tenggat`: the due date with its derivation, or that it waits for a calendar.
pub fn due(round: &Round) -> Value {
    match &round.due {
        Some(RoundDue { due_on, derivation, .. }) => json!({
            "ada": true,
            "hari": indonesian::day_name(*due_on),
            "tanggal": indonesian::date(*due_on),
            "penjelasan": derivation.sentences_id(),
        }),
        None => json!({ "ada": false, "hari": "", "tanggal": "", "penjelasan": "" }),
    }
}

/// Puts the fields of `more` into `base`, object by object.
pub fn merged(mut base: Value, more: Value) -> Value {
    merge(&mut base, more);
    base
}

fn merge(base: &mut Value, more: Value) {
    match (base, more) {
        (Value::Object(base), Value::Object(more)) => {
            for (key, value) in more {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, more) => *base = more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up_and_never_zero() {
        for (bytes, text) in [
            (1, "PDF, 1 KiB"),
            (122_880, "PDF, 120 KiB"),
            (122_881, "PDF, 121 KiB"),
            (1_048_576, "PDF, 1,0 MiB"),
            (5_242_880, "PDF, 5,0 MiB"),
        ] {
            assert_eq!(file("application/pdf", bytes), text);
        }
    }

    #[test]
    fn merging_keeps_the_fields_that_are_not_named() {
        let merged = merged(json!({ "a": { "b": 1, "c": 2 } }), json!({ "a": { "c": 3 }, "d": 4 }));

        assert_eq!(merged, json!({ "a": { "b": 1, "c": 3 }, "d": 4 }));
    }
}
