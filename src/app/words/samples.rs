//! Rows for tests.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{
        ids::{DocumentId, LetterId, RequestId, RoundId, StaffId, TaxpayerId},
        names::{
            AddressProof, Capacity, Channel, Delivery, DocumentKind, Kind, OfficePaper, PasswordDelivery,
            Sender,
        },
        regime::{Regime, RegimeParts},
        request::{Filed, Request, Round, RoundDue},
        state::State,
        working_days::{Calendar, due},
    },
    settings::LinkSettings,
    store::{
        documents::{Document, Owner},
        letters::{Letter, LetterRowKind},
        offices::OfficeRow,
        staff::Staff,
        taxpayers::Taxpayer,
    },
};

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn office() -> OfficeRow {
    OfficeRow {
        code: "031".parse().unwrap(),
        name: "KPP Pratama Jakarta Palmerah".to_owned(),
        kanwil: "Kanwil DJP Jakarta Barat".to_owned(),
        city: "Jakarta Barat".to_owned(),
        province: "DKI Jakarta".to_owned(),
        zone: Tz::Asia__Jakarta,
        kind: "Pratama".to_owned(),
        address: Some("Jalan S. Parman Nomor 99, Jakarta Barat 11410".to_owned()),
        phone: Some("(021) 5665681, 5665682".to_owned()),
        fax: None,
        password_delivery: PasswordDelivery::Link,
        letter_delivery: Delivery::Email,
        signatory_title: "Kepala Seksi Pelayanan".to_owned(),
        signs_on_behalf: true,
        drafting_code: "KPP.031/KPP.03102".to_owned(),
        emblem: None,
        paper: OfficePaper::A4,
        version: 1,
    }
}

pub fn links() -> LinkSettings {
    let page = |path: &str| format!("https://aktivasi.example/{path}").parse().unwrap();
    LinkSettings { tracking_url: page("lacak"), start_url: page("mulai"), account_url: page("akun") }
}

pub fn regime() -> Regime {
    Regime::new(RegimeParts {
        code: "per24_se20".to_owned(),
        letter_basis: "Peraturan Direktur Jenderal Pajak Nomor PER-24/PJ/2012".to_owned(),
        circular: "Surat Edaran Direktur Jenderal Pajak Nomor SE-20/PJ/2020".to_owned(),
        form_basis: "PER-24/PJ/2012".to_owned(),
        form_label: "Lampiran IE PER-17/PJ/2014".to_owned(),
        limit_days: Kind::ALL.iter().map(|&kind| (kind, 3)).collect(),
        documents: serde_json::from_value(json!([
            { "any_of": ["application_letter"] },
            { "any_of": ["identity_card"] },
            { "any_of": ["original_notice", "police_loss_report"], "kinds": ["move_office"] },
            { "any_of": ["sppkp"], "kinds": ["move_office"] },
        ]))
        .unwrap(),
        supply_days: 14,
        refuses_incomplete: false,
        letter_on_screen: true,
    })
    .unwrap()
}

pub fn request() -> Request {
    Request {
        id: RequestId(Uuid::nil()),
        office: "031".parse().unwrap(),
        taxpayer: TaxpayerId(Uuid::nil()),
        kind: Kind::NewCredentials,
        regime: "per24_se20".to_owned(),
        channel: Channel::Online,
        sender: Sender::Known,
        address_proof: AddressProof::Proven,
        unproven_reason: None,
        bundle: None,
        tracking_key_id: "k1".to_owned(),
        filed: filed(),
        keyed_in_by: None,
        arrived_on: None,
        first_received_at: at("2026-07-10T09:20:00Z"),
        state: State::Received { proposed: None },
        round_number: 1,
        version: 1,
    }
}

fn filed() -> Filed {
    let line = |text: &str| text.to_owned();
    Filed {
        tax_id: crate::domain::tax_id::TaxId::parse("99.999.134.2-031.000").unwrap(),
        pkp_name: line("CV Tirtaloka Semburat Jaya").try_into().unwrap(),
        pkp_address: line("Jl. Seperti Diketik No. 13").try_into().unwrap(),
        letter_number: line("014/TSJ/VII/2026").try_into().unwrap(),
        letter_place: line("Jakarta Barat").try_into().unwrap(),
        letter_on: "2026-07-09".parse().unwrap(),
        signer_name: line("Wisnu Mandalika").try_into().unwrap(),
        signer_position: line("Direktur Utama").try_into().unwrap(),
        signer_capacity: Capacity::Pengurus,
        email: "pajak.tirtaloka@example.com".parse().unwrap(),
        alternate_email: None,
        reprint_reason: None,
        previous_office: None,
        old_letter_number: None,
        old_letter_on: None,
    }
}

/// Received on Friday after closing time.
pub fn round() -> Round {
    let received_at = at("2026-07-10T09:20:00Z");
    let calendar = Calendar::new(Tz::Asia__Jakarta, "2026").with_complete_years([2026]);
    Round {
        id: RoundId(Uuid::nil()),
        request: RequestId(Uuid::nil()),
        office: "031".parse().unwrap(),
        number: 1,
        receipt_number: "BPE-031-20260710-00037".to_owned(),
        received_at,
        limit_days: 3,
        due: RoundDue::new(due(&calendar, received_at, 3).unwrap(), 1),
        end: None,
    }
}

pub fn taxpayer() -> Taxpayer {
    Taxpayer {
        id: TaxpayerId(Uuid::nil()),
        kind: "entity".to_owned(),
        name: "CV Tirtaloka Semburat Jaya".to_owned(),
        npwp15: Some("999991342031000".to_owned()),
        npwp16: None,
        nik: None,
        nitku: None,
        office: Some("031".parse().unwrap()),
        address: "Jl. Percobaan Cendana No. 13, RT 003/RW 003".to_owned(),
        city: "Jakarta Barat".to_owned(),
        province: "DKI Jakarta".to_owned(),
        email: None,
        status: None,
        revocation: None,
        evidence: None,
        sppkp_office: None,
        source: "sample".to_owned(),
        version: 1,
    }
}

pub fn staff() -> Staff {
    Staff {
        id: StaffId(Uuid::nil()),
        username: "danendra".to_owned(),
        name: "Danendra Contoh".to_owned(),
        nip: "199001012015021999".to_owned(),
        office: Some("031".parse().unwrap()),
        kanwil: None,
        active: true,
        demo: true,
    }
}

pub fn document() -> Document {
    Document {
        id: DocumentId(Uuid::nil()),
        owner: Owner::Request(RequestId(Uuid::nil())),
        request: None,
        round_number: None,
        office: None,
        kind: DocumentKind::IdentityCard,
        media_type: "application/pdf".to_owned(),
        file_name: "ktp.pdf".to_owned(),
        byte_count: 122_880,
        chunk_count: 1,
        pages: None,
        signed_at: None,
        sha256: Vec::new(),
        uploaded_at: at("2026-07-10T09:10:00Z"),
        attached: true,
    }
}

pub fn letter(kind: LetterRowKind) -> Letter {
    Letter {
        id: LetterId(Uuid::nil()),
        office: "031".parse().unwrap(),
        request: RequestId(Uuid::nil()),
        round: RoundId(Uuid::nil()),
        kind,
        number: Some("S-128/KPP.031/2026".to_owned()),
        allocated: None,
        dated_on: "2026-07-15".parse().unwrap(),
        copy_of: None,
        copy_number: None,
        credential: None,
        verification: None,
        template_version: 1,
        data: json!({ "cetak_ulang": null }),
        addressee: None,
        delivery: Delivery::Email,
        delivery_reason: None,
        drafted_by: None,
        signed_by: None,
        created_at: at("2026-07-15T03:00:00Z"),
        printed_count: 0,
        handed_out_at: None,
        tracking_number: None,
        returned_at: None,
    }
}
