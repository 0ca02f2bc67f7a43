//! The list on top of a print batch: what lies below, where each envelope goes. No codes.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::OfficeWords;
use crate::{
    domain::{indonesian, names::Delivery},
    store::{
        offices::OfficeRow,
        print_batches::{BatchRow, PaperLetter},
    },
};

/// What the list is made from.
#[derive(Clone, Copy)]
pub struct PrintList<'a> {
    pub office: &'a OfficeRow,
    pub batch: &'a BatchRow,
    /// In the order of the envelopes.
    pub letters: &'a [PaperLetter],
    /// Of each letter.
    pub pages: &'a [u32],
    pub printed_at: DateTime<Utc>,
}

/// The data of `letters/print_list`.
pub fn print_list(input: &PrintList<'_>) -> Value {
    let PrintList { office, batch, letters, pages, printed_at } = *input;
    let printed_on = indonesian::local_date(printed_at, office.zone);
    let rows = letters.iter().zip(pages).map(|(letter, pages)| line(letter, *pages)).collect::<Vec<_>>();
    json!({
        "kop": { "baris_kpp": OfficeWords::new(office).kop()["baris_kpp"] },
        "cetak": {
            "nomor": batch.id.to_string(),
            "cara": way(batch.delivery),
            "urutan": match batch.delivery {
                Delivery::Post => "kode pos dan nama",
                Delivery::Counter | Delivery::Email => "nama",
            },
            "dicetak": format!(
                "{}, pukul {}", indonesian::date(printed_on), indonesian::time(printed_at, office.zone)
            ),
            "ke": (batch.printed_count + 1).to_string(),
            "jumlah": letters.len().to_string(),
            "halaman": pages.iter().sum::<u32>().to_string(),
            "baris": rows,
        },
    })
}

fn way(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Post => "pos",
        Delivery::Counter => "loket",
        Delivery::Email => "email",
    }
}

fn line(letter: &PaperLetter, pages: u32) -> Value {
    let number = match letter.copy_number {
        None => letter.number.clone(),
        Some(copy) => format!("{}, cetak ulang ke-{copy}", letter.number),
    };
    let address = if letter.other_address {
        format!("{} (lain dari alamat pada surat)", letter.address)
    } else {
        letter.address.clone()
    };
    json!({
        "nomor": number,
        "tanda_terima": letter.receipt_number,
        "nama": letter.addressee,
        "alamat": address,
        "halaman": pages.to_string(),
    })
}
