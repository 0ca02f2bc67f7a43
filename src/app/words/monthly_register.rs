//! *Buku agenda*: one row for each receipt of a month, totals that add up to the rows, and the gap check of the numbers.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::OfficeWords;
use crate::{
    domain::{
        indonesian,
        names::{Delivery, Fate, RoundEnding},
    },
    store::{
        offices::OfficeRow,
        register::{DecreeNumbers, NumbersUsed, RegisterLetter, RegisterRow},
    },
};

/// What the register of a month is made from.
#[derive(Clone, Copy)]
pub struct MonthlyRegister<'a> {
    pub office: &'a OfficeRow,
    /// The first day of the month.
    pub month: NaiveDate,
    /// In the order of receipt, each with the business days that its round took.
    pub rows: &'a [(RegisterRow, Option<u32>)],
    pub numbers: &'a NumbersUsed,
    /// The decrees of the month.
    pub decrees: &'a DecreeNumbers,
    /// Who prints it, and in which position.
    pub compiler: (&'a str, &'a str, &'a str),
    pub printed_at: DateTime<Utc>,
}

/// Room for a name that is written in ink.
const BLANK: &str = "(.....................................)";

/// The data of `letters/monthly_register`.
pub fn monthly_register(input: &MonthlyRegister<'_>) -> Value {
    let MonthlyRegister { office, month, rows, numbers, printed_at, .. } = *input;
    let (position, name, nip) = input.compiler;
    json!({
        "kop": { "baris_kpp": OfficeWords::new(office).kop()["baris_kpp"] },
        "agenda": {
            "bulan": month_words(month),
            "baris": rows.iter().map(|(row, days)| line(row, *days, office.zone)).collect::<Vec<_>>(),
            "rekap": totals(rows),
            "nomor_batal": voided(input.decrees),
            "urutan_nomor": format!("{}{}", sequence(numbers), decree_sequence(&input.decrees.numbers)),
            "dicetak": format!(
                "{}, pukul {}",
                indonesian::date(indonesian::local_date(printed_at, office.zone)),
                indonesian::time(printed_at, office.zone)
            ),
        },
        "petugas": { "jabatan": position, "nama": name, "nip": nip },
        "penandatangan": { "jabatan": office.signatory_title, "nama": BLANK, "nip": ".................................." },
    })
}

pub(super) fn month_words(month: NaiveDate) -> String {
    format!("{} {}", indonesian::month_name(month), month.format("%Y"))
}

fn line(row: &RegisterRow, days: Option<u32>, zone: Tz) -> Value {
    let none = || "–".to_owned();
    let received_on = indonesian::local_date(row.received_at, zone);
    json!({
        "nomor_tanda_terima": row.receipt_number,
        "diterima": format!("{}, {}", indonesian::date(received_on), indonesian::time(row.received_at, zone)),
        "nama_pkp": row.pkp_name,
        "npwp_tersamar": indonesian::masked_tax_id(&row.tax_id),
        "jenis": row.kind.title(),
        "jatuh_tempo": row.due_on.map_or_else(|| "menunggu kalender".to_owned(), indonesian::date),
        "hasil": Result::of(row).words(),
        "surat": row.letter.as_ref().map_or_else(none, numbered),
        "hari_kerja": days.map_or_else(none, |days| days.to_string()),
        "penyampaian": row.letter.as_ref().map_or_else(none, delivered),
        "petugas": row.officer.clone().unwrap_or_else(none),
    })
}

/// What became of a receipt. Every row is exactly one of these, so that the totals add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Result {
    Granted,
    Refused,
    Returned,
    Withdrawn,
    Lapsed,
    Open,
}

impl Result {
    const ALL: [Self; 6] =
        [Self::Granted, Self::Refused, Self::Returned, Self::Withdrawn, Self::Lapsed, Self::Open];

    const fn of(row: &RegisterRow) -> Self {
        match row.ending {
            None => Self::Open,
            Some(RoundEnding::Granted) => Self::Granted,
            Some(RoundEnding::Refused) => Self::Refused,
            Some(RoundEnding::Withdrawn) => Self::Withdrawn,
            Some(RoundEnding::Returned) if row.lapsed => Self::Lapsed,
            Some(RoundEnding::Returned) => Self::Returned,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Granted => "dikabulkan",
            Self::Refused => "ditolak",
            Self::Returned => "dikembalikan untuk dilengkapi",
            Self::Withdrawn => "ditarik kembali",
            Self::Lapsed => "gugur",
            Self::Open => "masih berjalan",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Granted => "Dikabulkan",
            Self::Refused => "Ditolak",
            Self::Returned => "Dikembalikan untuk dilengkapi",
            Self::Withdrawn => "Ditarik kembali",
            Self::Lapsed => "Gugur",
            Self::Open => "Masih berjalan",
        }
    }
}

fn totals(rows: &[(RegisterRow, Option<u32>)]) -> Vec<Value> {
    let count = |wanted: Result| rows.iter().filter(|(row, _)| Result::of(row) == wanted).count();
    // What had no due date is neither in time nor late.
    let issued = rows.iter().filter(|(row, _)| row.letter.is_some() && row.breached.is_some());
    let on_time = issued.clone().filter(|(row, _)| row.breached == Some(false)).count();
    let mut totals = vec![json!({ "uraian": "Penerimaan", "jumlah": rows.len() })];
    totals.extend(Result::ALL.map(|result| json!({ "uraian": result.title(), "jumlah": count(result) })));
    let punctual = format!("{on_time} dari {}", issued.count());
    totals.push(json!({ "uraian": "Terbit tepat waktu", "jumlah": punctual }));
    totals
}

/// The letter that is valid, and which ones it replaces.
fn numbered(letter: &RegisterLetter) -> String {
    let replaces =
        letter.replaces.as_ref().map_or_else(String::new, |numbers| format!("; ralat atas {numbers}"));
    format!("{}, {}{replaces}", letter.number, indonesian::date(letter.dated_on))
}

fn delivered(letter: &RegisterLetter) -> String {
    let state = match letter.delivery {
        Delivery::Email => match letter.fate {
            Some(Fate::Accepted) => "tersampaikan",
            Some(Fate::Bounced) => "kembali",
            Some(Fate::GivenUp) => "gagal",
            Some(Fate::Superseded) => "diganti",
            Some(Fate::Queued) | None => "dalam antrean",
        },
        Delivery::Post if letter.returned => "kembali",
        Delivery::Post if letter.handed_out => "dikirim",
        Delivery::Counter if letter.handed_out => "diambil",
        Delivery::Post | Delivery::Counter => "belum",
    };
    let way = match letter.delivery {
        Delivery::Email => "email",
        Delivery::Post => "pos",
        Delivery::Counter => "loket",
    };
    format!("{way}, {state}")
}

/// The number of a letter is given with its signature and never void; that of a decree may be.
fn voided(decrees: &DecreeNumbers) -> String {
    let each = decrees.voided.iter().map(|(number, reason)| format!("{number} ({reason})"));
    let all = each.collect::<Vec<_>>().join("; ");
    if all.is_empty() { "tidak ada".to_owned() } else { all }
}

/// The end of the sentence about the order of the numbers.
fn sequence(numbers: &NumbersUsed) -> String {
    in_order("S", numbers).unwrap_or_else(|| "tidak ada surat bernomor pada bulan ini".to_owned())
}

/// The same about decrees, where there are any.
fn decree_sequence(numbers: &NumbersUsed) -> String {
    in_order("KEP", numbers).map(|said| format!("; keputusan: {said}")).unwrap_or_default()
}

fn in_order(series: &str, numbers: &NumbersUsed) -> Option<String> {
    let (first, last) = (numbers.used.first()?, numbers.used.last()?);
    let range = if first == last {
        format!("{series}-{first}")
    } else {
        format!("{series}-{first} sampai dengan {series}-{last}")
    };
    let missing: Vec<String> = numbers.missing().iter().map(|number| format!("{series}-{number}")).collect();
    Some(if missing.is_empty() {
        format!("{range}, berurutan tanpa celah")
    } else {
        format!("{range}; tidak ditemukan: {}", missing.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::names::Kind;

    fn row(ending: Option<RoundEnding>, lapsed: bool, breached: Option<bool>) -> RegisterRow {
        let letter =
            matches!(ending, Some(RoundEnding::Granted | RoundEnding::Refused)).then(|| RegisterLetter {
                number: "S-1/KPP.031/2026".to_owned(),
                dated_on: "2026-07-15".parse().unwrap(),
                replaces: None,
                delivery: Delivery::Email,
                handed_out: false,
                returned: false,
                fate: Some(Fate::Accepted),
            });
        RegisterRow {
            receipt_number: "BPE-031-20260710-00037".to_owned(),
            received_at: "2026-07-10T09:20:00Z".parse().unwrap(),
            tax_id: "999991342031000".to_owned(),
            pkp_name: "CV Tirtaloka".to_owned(),
            kind: Kind::NewCredentials,
            due_on: None,
            day_zero: None,
            ending,
            ended_at: None,
            breached,
            lapsed,
            officer: None,
            letter,
        }
    }

    fn any_row() -> impl Strategy<Value = RegisterRow> {
        let ending = prop_oneof![
            Just(None),
            Just(Some(RoundEnding::Granted)),
            Just(Some(RoundEnding::Refused)),
            Just(Some(RoundEnding::Returned)),
            Just(Some(RoundEnding::Withdrawn)),
        ];
        (ending, any::<bool>(), any::<bool>())
            .prop_map(|(ending, lapsed, late)| row(ending, lapsed, ending.map(|_| late)))
    }

    proptest! {
        #[test]
        fn the_totals_add_up_to_the_rows(rows in prop::collection::vec(any_row(), 0..40)) {
            let rows: Vec<_> = rows.into_iter().map(|row| (row, None)).collect();

            let totals = totals(&rows);

            let number = |total: &Value| total["jumlah"].as_u64().unwrap();
            let sum: u64 = totals[1..7].iter().map(number).sum();
            prop_assert_eq!(number(&totals[0]), rows.len() as u64);
            prop_assert_eq!(sum, rows.len() as u64);
        }

        #[test]
        fn a_number_that_no_letter_has_is_named(used in prop::collection::btree_set(1..60_i32, 1..30), before in 0..1_i32) {
            let numbers = NumbersUsed { used: used.iter().copied().collect(), before };

            let sentence = sequence(&numbers);

            let named = sentence.split_once("tidak ditemukan: ").map_or("", |(_, named)| named);
            for number in 1..=*used.last().unwrap() {
                let is_named = named.split(", ").any(|gap| gap == format!("S-{number}"));
                prop_assert_eq!(is_named, !used.contains(&number));
            }
        }
    }

    #[test]
    fn the_first_number_of_a_month_follows_the_last_one_before() {
        let numbers = NumbersUsed { used: vec![12, 13], before: 10 };

        assert_eq!(sequence(&numbers), "S-12 sampai dengan S-13; tidak ditemukan: S-11");
    }
}
