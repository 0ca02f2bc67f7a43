//! The fields of each e-mail, from values that were loaded before. Pure.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{
    activation_notice::password_way,
    addressee::Addressee,
    deficiency_list::{checked, items, last_day},
    djp,
    extras::{AccountChanged, CameBack, ChangeNotice, DueChanged, Ended, ForgottenAttempt, Suspended},
    office_words::OfficeWords,
    phrases,
    signed_letter::previous_office,
};
use crate::{
    domain::{
        credential::{LINK_DAYS, NOT_US_DAYS},
        email_address::EmailAddress,
        indonesian,
        line::Line,
        names::{Kind, Outcome, PasswordDelivery},
        request::{Request, Round},
    },
    letters::{ItemText, LetterKind, Templates},
    settings::LinkSettings,
    store::letters::{Letter, LetterRowKind},
};

/// What every e-mail says: sender, office, pages, number for the help desk. Replies are not read.
pub(super) fn frame(
    office: &OfficeWords,
    links: &LinkSettings,
    sender: &EmailAddress,
    number: &str,
) -> Value {
    json!({
        "email": { "nomor": number, "pengirim": sender.to_string(), "balasan_dipantau": false },
        "kop": { "kring_pajak": djp::KRING_PAJAK },
        "kpp": office.kpp(),
        "layanan": phrases::pages(links),
    })
}

/// `pkp` and `penerima`.
pub(super) fn addressed(to: &Addressee) -> Value {
    json!({ "pkp": to.pkp(), "penerima": { "sapaan": to.salutation() } })
}

/// `bukan_kami`; without a link the text points to the office.
pub(super) fn not_us(expires_at: Option<DateTime<Utc>>, zone: Tz) -> Value {
    let until = expires_at.map(|at| indonesian::date(indonesian::local_date(at, zone)));
    json!({ "bukan_kami": {
        "tautan": "",
        "masa_hari": NOT_US_DAYS.to_string(),
        "sampai": until.unwrap_or_default(),
    } })
}

pub(super) fn proof_code(sent_at: DateTime<Utc>, expires_at: DateTime<Utc>, zone: Tz) -> Value {
    json!({ "bukti": {
        "kode": "",
        "berlaku_menit": (expires_at - sent_at).num_minutes().to_string(),
        "berlaku_sampai": indonesian::time(expires_at, zone),
    } })
}

/// `permohonan` and `tanda_terima.nomor` of every e-mail about a request.
pub(super) fn about(request: &Request, round: &Round) -> Value {
    json!({
        "permohonan": { "jenis": request.kind, "jenis_teks": request.kind.title() },
        "tanda_terima": { "nomor": round.receipt_number },
    })
}

pub(super) fn receipt(round: &Round, zone: Tz) -> Value {
    let received_on = indonesian::local_date(round.received_at, zone);
    json!({
        "regime": { "batas_hari": round.limit_days.to_string() },
        "tanda_terima": {
            "hari": indonesian::day_name(received_on),
            "tanggal": indonesian::date(received_on),
            "pukul": indonesian::time(round.received_at, zone),
            "kode_lacak": "",
        },
        "tenggat": phrases::due(round),
    })
}

pub(super) fn returned(
    texts: &[ItemText],
    returned_at: DateTime<Utc>,
    supply_by_on: NaiveDate,
    limit: u16,
    zone: Tz,
) -> Value {
    let when = phrases::merged(checked(returned_at, zone), last_day(supply_by_on));
    json!({
        "regime": { "batas_hari": limit.to_string() },
        "kekurangan": phrases::merged(when, json!({ "butir": items(texts) })),
    })
}

/// `previous` is the name of the previous office where the register of offices knows it.
pub(super) fn letter_delivery(
    letter: &Letter,
    replaced: Option<(&str, NaiveDate)>,
    request: &Request,
    previous: Option<&str>,
    templates: &Templates,
) -> Value {
    let outcome = match letter.kind {
        LetterRowKind::RefusalNotice => Outcome::Refused,
        LetterRowKind::Receipt
        | LetterRowKind::DeficiencyList
        | LetterRowKind::ActivationNotice
        | LetterRowKind::EmailChangeNotice => Outcome::Granted,
    };
    let typed = request.filed.previous_office.as_ref().map(Line::as_str);
    json!({
        "surat": {
            "hal": hal(letter, request.kind, templates),
            "nomor": letter.number.as_deref().unwrap_or("-"),
            "tanggal": indonesian::date(letter.dated_on),
        },
        "permohonan": { "hasil": result(outcome), "kpp_lama": previous_office(typed, previous) },
        "ralat": replaced.map(|(number, on)| json!({ "nomor": number, "tanggal": indonesian::date(on) })),
    })
}

/// What the letter is about, in the words that it was made with.
fn hal(letter: &Letter, kind: Kind, templates: &Templates) -> String {
    let said = |template| {
        let frozen = letter.data.pointer("/surat/hal").and_then(Value::as_str);
        frozen.unwrap_or_else(|| templates.hal(template)).to_owned()
    };
    match letter.kind {
        LetterRowKind::Receipt => said(LetterKind::Receipt),
        LetterRowKind::DeficiencyList => said(LetterKind::DeficiencyList),
        LetterRowKind::ActivationNotice => said(LetterKind::ActivationNotice),
        LetterRowKind::RefusalNotice => {
            format!("{} {}", said(LetterKind::RefusalNotice), phrases::kind_in_hal(kind))
        }
        LetterRowKind::EmailChangeNotice => said(LetterKind::EmailChangeNotice),
    }
}

fn result(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Granted => "dikabulkan",
        Outcome::Refused => "ditolak",
    }
}

/// `link_until` is the end of the link; without one the e-mail holds the password itself. `kind` is that of the request
/// whose letter was signed.
pub(super) fn password(link_until: Option<DateTime<Utc>>, kind: Option<Kind>, zone: Tz) -> Value {
    let way = if link_until.is_some() { PasswordDelivery::Link } else { PasswordDelivery::Email };
    let old_password_ended = match kind {
        Some(Kind::UpdateEmail | Kind::MoveOffice) => true,
        Some(Kind::NewCredentials | Kind::Reprint) | None => false,
    };
    json!({ "kredensial": {
        "cara_password": password_way(way),
        "masa_tautan_hari": LINK_DAYS.to_string(),
        "password": "",
        "password_lama_mati": old_password_ended,
        "tautan": "",
        "tautan_sampai": link_until.map(|at| indonesian::day_date_and_time(at, zone)).unwrap_or_default(),
    } })
}

pub(super) fn change_notice(extra: &ChangeNotice, zone: Tz) -> Value {
    json!({
        "pemohon": { "nama_tersamar": extra.signer_masked, "sebagai": phrases::capacity(extra.capacity) },
        "perubahan": phrases::merged(checked(extra.changed_at, zone), json!({
            "email_lama_tersamar": extra.old_masked,
            "email_baru_tersamar": extra.new_masked,
        })),
    })
}

/// The note of the copy stands in its data.
pub(super) fn reprint_notice(copy: &Letter) -> Value {
    json!({
        "cetak_ulang": copy.data.get("cetak_ulang").cloned().unwrap_or_default(),
        "penyampaian": { "cara_teks": phrases::delivery(copy.delivery) },
        "surat": { "nomor": copy.number.as_deref().unwrap_or("-") },
    })
}

pub(super) fn account_changed(extra: &AccountChanged, zone: Tz) -> Value {
    json!({ "perubahan_akun": {
        "jenis_teks": extra.change.words(),
        "cara_teks": extra.way.words(),
        "waktu": indonesian::day_date_and_time(extra.at, zone),
    } })
}

pub(super) fn suspended(extra: &Suspended, zone: Tz) -> Value {
    let opens = extra
        .opens_at
        .map(|at| format!("Kantor buka kembali {}.", indonesian::day_date_and_time(at, zone)))
        .unwrap_or_default();
    json!({
        "kpp": { "buka_berikutnya_teks": opens },
        "penangguhan": phrases::merged(checked(extra.at, zone), json!({
            "alasan_teks": extra.reason.words(),
            "nomor": extra.event_number,
        })),
    })
}

pub(super) fn forgotten_attempt(extra: &ForgottenAttempt, zone: Tz) -> Value {
    json!({ "percobaan": checked(extra.at, zone) })
}

pub(super) fn due_changed(extra: &DueChanged, round: &Round) -> Value {
    json!({
        "perubahan_tenggat": {
            "alasan": extra.reason,
            "lama": extra.old_due_on.map_or_else(|| "menunggu kalender".to_owned(), indonesian::day_and_date),
        },
        "tenggat": phrases::due(round),
    })
}

/// `supply_by_on` is the day that a request lapsed after.
pub(super) fn ended(extra: &Ended, supply_by_on: Option<NaiveDate>) -> Value {
    json!({
        "permohonan": { "berakhir_teks": extra.how.words() },
        "kekurangan": supply_by_on.map_or_else(|| json!({ "batas_hari": "", "batas_tanggal": "" }), last_day),
    })
}

pub(super) fn unknown_sender(filed_at: DateTime<Utc>, zone: Tz) -> Value {
    json!({ "pengajuan": checked(filed_at, zone) })
}

pub(super) fn came_back(
    extra: &CameBack,
    letter: &Letter,
    request: &Request,
    round: &Round,
    templates: &Templates,
) -> Value {
    json!({
        "surat": {
            "hal": hal(letter, request.kind, templates),
            "nomor": letter.number.as_deref().unwrap_or("-"),
            "tanggal": indonesian::date(letter.dated_on),
        },
        "kempos": {
            "alasan_teks": extra.reason.words(),
            "tanggal": indonesian::date(extra.returned_on),
            "simpan_sampai": indonesian::date(extra.keep_until),
            "alamat_tersamar": extra.address_masked.as_deref().unwrap_or_default(),
        },
        "regime": { "batas_hari": round.limit_days.to_string() },
    })
}
