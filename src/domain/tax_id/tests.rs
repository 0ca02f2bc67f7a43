use proptest::prelude::*;

use super::*;

#[test]
fn every_published_case_holds() {
    let cases: Vec<&str> = include_str!("../../../tests/data/npwp-cases.csv").lines().skip(1).collect();
    assert_eq!(cases.len(), 79);
    for case in cases {
        // Only the reason, the fourth column, has quotes and commas.
        let columns: Vec<&str> = case.split(',').collect();
        let (input, compact) = (columns[0], columns[columns.len() - 1]);

        let found = check(input);

        assert_eq!((found.kind.as_str(), found.verdict.as_str()), (columns[1], columns[2]), "{case}");
        assert!(!found.reason.is_empty(), "{case}");
        if found.verdict == Verdict::Accept && !compact.is_empty() {
            assert_eq!(TaxId::parse(input).unwrap().digits(), compact);
        }
    }
}

#[test]
fn cases_of_our_own_get_a_sane_verdict() {
    let long = "9".repeat(1_000_000);
    for (input, kind, verdict) in [
        ("99\u{200b}.999\u{2060}.001.3\u{feff}-001.000", "npwp15", "accept"),
        ("\u{202d}999990013001000\u{202c}", "npwp15", "accept"),
        ("99\u{2024}999\u{ff0e}001\u{b7}3\u{2212}001\u{2013}000", "npwp15", "accept"),
        ("𝟗𝟗𝟗𝟗𝟗𝟎𝟎𝟏𝟑𝟎𝟎𝟏𝟎𝟎𝟎", "npwp15", "accept"),
        ("999990013001000\r\n", "npwp15", "accept"),
        ("٩٩٩٩٩٠٠١٣٠٠١٠٠٠", "npwp15", "reject"),
        ("９９９９９００１３００１００O", "npwp15", "reject"),
        ("O999990013001000", "npwp16", "reject"),
        ("No. 99.999.001.3-001.000", "npwp15", "reject"),
        ("FF3456789012345", "npwp15", "reject"),
        ("0000000000000000000000", "nitku22", "reject"),
        ("0000000000000000000001", "nitku22", "reject"),
        ("1001010101800001", "nik16", "suspect"),
        ("3171014000800001", "nik16", "suspect"),
        ("1000000000000001000001", "nitku22", "accept"),
        ("-999990013001000", "npwp15", "accept"),
        ("+999990013001000", "npwp15", "reject"),
        ("9.99990013001e14", "npwp15", "reject"),
        ("...---   ", "unknown", "reject"),
        ("\0", "unknown", "reject"),
        (&long, "unknown", "reject"),
    ] {
        let found = check(input);
        let shown: String = input.chars().take(40).collect();
        assert_eq!((found.kind.as_str(), found.verdict.as_str()), (kind, verdict), "{shown:?}");
    }
}

#[test]
fn a_suspicion_says_what_and_where() {
    let suspicion = |input: &str| TaxId::parse(input).unwrap().suspicion();
    assert_eq!(suspicion("01.451.869.7-054.000"), Some(Suspicion::CheckDigit { position: 9 }));
    assert_eq!(suspicion("0013121661091000"), Some(Suspicion::CheckDigit { position: 10 }));
    assert_eq!(suspicion("0999990014001000000001"), Some(Suspicion::CheckDigit { position: 10 }));
    assert_eq!(suspicion("9971011708450001"), Some(Suspicion::Province));
    assert_eq!(suspicion("3171018008450001"), Some(Suspicion::BirthDay));
    assert_eq!(suspicion("3171017208450001"), Some(Suspicion::BirthDay));
    assert_eq!(suspicion("3171010113800001"), Some(Suspicion::BirthMonth));
    assert_eq!(suspicion("3171013102800001"), Some(Suspicion::BirthDate));
    assert_eq!(suspicion("01.312.166.0-091.000"), None);
    assert_eq!(
        Suspicion::CheckDigit { position: 9 }.message_id(),
        "Angka ke-9 (angka pemeriksa) tidak cocok; periksa kembali salah ketik."
    );
}

#[test]
fn an_error_says_what_and_where() {
    let message = |input: &str| TaxId::parse(input).unwrap_err().message_id();
    assert_eq!(message(" "), "Isi NPWP.");
    assert_eq!(message("123456789"), "NPWP terdiri atas 15 atau 16 angka; yang terisi 9 angka.");
    assert_eq!(message("000000000000000"), "NPWP tidak boleh seluruhnya angka nol.");
    assert!(message("99999001300100O").contains("karakter ke-15 adalah huruf \"O\""));
    assert!(message("999990013001000000000").contains("NITKU"));
}

#[test]
fn every_form_of_one_entity_meets_in_the_registry_and_provisionally() {
    let forms = ["99.999.100.3-001.000", "0999991003001000", "0999991003001000000000"];
    let ids = forms.map(|form| TaxId::parse(form).unwrap());

    for id in &ids {
        assert_eq!(id.canonical(), "0999991003001000");
        assert_eq!(id.as_npwp15().as_deref(), Some("999991003001000"));
        assert_eq!(id.as_npwp16().as_deref(), Some("0999991003001000"));
        let keys = id.registry_keys();
        for (column, digits) in [
            (RegistryColumn::Npwp15, "999991003001000"),
            (RegistryColumn::Npwp16, "0999991003001000"),
            (RegistryColumn::Nitku, "0999991003001000000000"),
        ] {
            assert!(keys.contains(&RegistryKey { column, digits: digits.to_owned() }), "{id:?}");
        }
        assert_eq!(keys.len(), 3);
    }
}

#[test]
fn a_branch_is_found_by_its_own_numbers_only() {
    let branch = TaxId::parse("0999991003001000000001").unwrap();
    assert_eq!(branch.as_npwp15(), None);
    assert_eq!(branch.as_npwp16(), None);
    assert_eq!(branch.canonical(), "0999991003001000000001");
    let key = RegistryKey { column: RegistryColumn::Nitku, digits: branch.digits().to_owned() };
    assert_eq!(branch.registry_keys(), [key]);
}

#[test]
fn a_nik_never_becomes_fifteen_digits() {
    for form in ["3171014101900000", "3171014101900000000000"] {
        let nik = TaxId::parse(form).unwrap();
        assert_eq!(nik.as_npwp15(), None);
        assert_eq!(nik.canonical(), "3171014101900000");
        assert!(nik.registry_keys().iter().any(|key| key.column == RegistryColumn::Nik));
        assert!(nik.registry_keys().iter().all(|key| key.column != RegistryColumn::Npwp15));
    }
    assert_eq!(TaxId::parse("1000000000000001").unwrap().as_npwp15(), None);
}

#[test]
fn masking_and_debug_hide_the_serial() {
    let npwp15 = TaxId::parse("999991342031000").unwrap();
    assert_eq!(npwp15.formatted(), "99.999.134.2-031.000");
    assert_eq!(npwp15.masked(), "99.***.***.2-031.000");
    assert_eq!(TaxId::parse("0999991342031000").unwrap().masked(), "************1000");
    assert_eq!(TaxId::parse("0999991342031000000000").unwrap().masked(), "******************0000");
    assert_eq!(format!("{npwp15:?}"), "TaxId(npwp15 99.***.***.2-031.000)");
    assert!(!format!("{:?}", npwp15.registry_keys()).contains("99999"));
}

#[test]
fn json_takes_the_printed_form_and_gives_digits() {
    let id: TaxId = serde_json::from_str("\"99.999.134.2-031.000\"").unwrap();
    assert_eq!(serde_json::to_string(&id).unwrap(), "\"999991342031000\"");
    let refused = serde_json::from_str::<TaxId>("\"99.999.134.2\"").unwrap_err().to_string();
    assert!(!refused.contains("99.999"), "{refused}");
}

fn tax_id() -> impl Strategy<Value = TaxId> {
    prop_oneof!["[0-9]{15}", "[0-9]{16}", "0[0-9]{15}", "1000[0-9]{12}", "[0-9]{22}", "[0-9]{16}000000"]
        .prop_filter_map("all zeros", |digits| TaxId::parse(&digits).ok())
}

proptest! {
    #[test]
    fn what_is_formatted_parses_to_the_same(id in tax_id()) {
        prop_assert_eq!(&TaxId::parse(&id.formatted()).unwrap(), &id);
        prop_assert_eq!(&TaxId::parse(id.digits()).unwrap(), &id);
        prop_assert_eq!(id.masked().chars().count(), id.formatted().chars().count());
    }

    #[test]
    fn any_text_gets_a_verdict(input in any::<String>()) {
        let _ = check(&input);
    }

    #[test]
    fn text_of_digits_and_signs_gets_a_verdict(input in "[0-9０-９.\\-  \u{200b}OIl/_A]{0,40}") {
        let found = check(&input);
        prop_assert_eq!(found.verdict == Verdict::Reject, TaxId::parse(&input).is_err());
    }

    #[test]
    fn one_wrong_digit_in_the_payload_is_always_suspected(serial in 1u32..99_999_999, at in 0usize..8, add in 1u8..10) {
        let payload = format!("{serial:08}");
        let check_digit = (0..10)
            .find(|digit| TaxId::parse(&format!("{payload}{digit}001000")).unwrap().suspicion().is_none())
            .unwrap();
        let mut wrong = format!("{payload}{check_digit}001000").into_bytes();
        wrong[at] = (wrong[at] - b'0' + add) % 10 + b'0';
        let wrong = TaxId::parse(&String::from_utf8(wrong).unwrap());
        prop_assume!(wrong.is_ok());
        prop_assert!(wrong.unwrap().suspicion().is_some());
    }

    #[test]
    fn a_key_that_finds_a_row_also_finds_it_by_every_other_form(id in tax_id()) {
        for key in id.registry_keys() {
            let other = TaxId::parse(&key.digits).unwrap();
            prop_assert_eq!(other.canonical(), id.canonical());
        }
    }
}
