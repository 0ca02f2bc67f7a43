use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn report(number: &str) -> Reference {
    Reference { number: number.to_owned(), on: day("2024-01-02") }
}

fn facts(kind: Kind) -> Facts {
    Facts {
        kind,
        office: "031".parse().unwrap(),
        registry: Some(RegistryFacts {
            office: "031".parse().unwrap(),
            office_name: "KPP Contoh".to_owned(),
            status: Some(PkpStatus::Confirmed),
            revocation: None,
            evidence: Some(Evidence { case: EvidenceCase::B, report: Some(report("LHV-1")) }),
            sppkp_office: Some("031".parse().unwrap()),
            persons: vec!["Wisnu Mandalika".to_owned()],
        }),
        pairs: vec![],
        signer_name: "wisnu  MANDALIKA".to_owned(),
        signer_capacity: Capacity::Pengurus,
        examined_on: day("2026-07-13"),
        previous_office: None,
    }
}

fn pair(office: &str, state: CredentialState) -> PairFacts {
    PairFacts {
        office: office.to_owned(),
        state,
        state_changed_on: day("2026-07-01"),
        event_number: "P-1".to_owned(),
        letter: report("S-1/KPP.031/2020"),
    }
}

fn codes(verdict: &Verdict) -> Vec<&str> {
    match verdict {
        Verdict::Refuse { reasons } => reasons.iter().map(|reason| reason.code.as_str()).collect(),
        Verdict::Grant | Verdict::Undetermined { .. } => vec![],
    }
}

fn with_evidence(case: EvidenceCase, report: Option<Reference>) -> Verdict {
    let mut facts = facts(Kind::NewCredentials);
    if let Some(registry) = &mut facts.registry {
        registry.evidence = Some(Evidence { case, report });
    }
    assess(&facts)
}

#[test]
fn the_three_granting_cases_grant_and_the_three_refusing_ones_refuse_with_their_reason() {
    for case in [EvidenceCase::A1, EvidenceCase::A2, EvidenceCase::B] {
        assert_eq!(with_evidence(case, Some(report("LHV-9"))), Verdict::Grant, "{case}");
    }
    for (case, code) in [
        (EvidenceCase::R1, "belum_registrasi_atau_verifikasi"),
        (EvidenceCase::R2, "verifikasi_simpul_pencabutan"),
        (EvidenceCase::R3, "verifikasi_simpul_ditolak"),
    ] {
        assert_eq!(codes(&with_evidence(case, Some(report("LHV-9")))), [code]);
    }
}

#[test]
fn without_evidence_there_is_no_verdict() {
    let mut unknown = facts(Kind::NewCredentials);
    unknown.registry.as_mut().unwrap().evidence = None;
    assert_eq!(assess(&unknown), Verdict::Undetermined { unknown: vec![Unknown::Evidence] });
    assert_eq!(
        with_evidence(EvidenceCase::B, None),
        Verdict::Undetermined { unknown: vec![Unknown::Evidence] }
    );

    let mut stranger = facts(Kind::NewCredentials);
    stranger.registry = None;
    assert_eq!(assess(&stranger), Verdict::Undetermined { unknown: vec![Unknown::Taxpayer] });
}

#[test]
fn a_pair_in_force_bars_a_new_one_also_while_it_is_suspended() {
    for state in [CredentialState::Active, CredentialState::Suspended] {
        let mut facts = facts(Kind::NewCredentials);
        facts.pairs = vec![pair("031", state)];
        assert_eq!(codes(&assess(&facts)), ["pasangan_aktif_sudah_ada"]);
    }
    for state in [CredentialState::Revoked, CredentialState::Superseded] {
        let mut facts = facts(Kind::NewCredentials);
        facts.pairs = vec![pair("031", state)];
        assert_eq!(assess(&facts), Verdict::Grant);
    }
}

#[test]
fn a_reprint_needs_an_active_pair_of_this_office() {
    let with = |pairs| {
        let mut facts = facts(Kind::Reprint);
        facts.pairs = pairs;
        assess(&facts)
    };
    assert_eq!(with(vec![pair("031", CredentialState::Active)]), Verdict::Grant);
    assert_eq!(codes(&with(vec![])), ["pasangan_aktif_tidak_ada"]);
    assert_eq!(codes(&with(vec![pair("217", CredentialState::Active)])), ["pasangan_aktif_tidak_ada"]);
    assert_eq!(codes(&with(vec![pair("031", CredentialState::Suspended)])), ["kredensial_ditangguhkan"]);
}

#[test]
fn an_email_changes_only_for_a_signer_whom_the_registry_knows_or_a_kuasa() {
    let mut facts = facts(Kind::UpdateEmail);
    facts.pairs = vec![pair("031", CredentialState::Active)];
    assert_eq!(assess(&facts), Verdict::Grant);
    facts.signer_name = "Orang Lain".to_owned();
    assert_eq!(codes(&assess(&facts)), ["identitas_tidak_sesuai"]);
    facts.signer_capacity = Capacity::Kuasa;
    assert_eq!(assess(&facts), Verdict::Grant);
}

#[test]
fn a_move_needs_the_sppkp_of_this_office_and_an_active_pair_of_another() {
    let mut facts = facts(Kind::MoveOffice);
    facts.previous_office = Some(PreviousOffice {
        code_or_name: "217".to_owned(),
        name: "KPP Lama".to_owned(),
        served_here: true,
        old_letter: None,
    });
    assert_eq!(codes(&assess(&facts)), ["tidak_ada_pasangan_di_kantor_lama"]);
    facts.pairs = vec![pair("217", CredentialState::Active)];
    assert_eq!(assess(&facts), Verdict::Grant);
    facts.pairs = vec![pair("031", CredentialState::Active)];
    assert_eq!(codes(&assess(&facts)), ["tidak_ada_pasangan_di_kantor_lama"]);
    facts.pairs = vec![pair("217", CredentialState::Active)];
    facts.registry.as_mut().unwrap().sppkp_office = Some("217".parse().unwrap());
    assert_eq!(codes(&assess(&facts)), ["sppkp_kantor_baru_belum_ada"]);
}

#[test]
fn the_old_letter_is_the_evidence_where_the_old_office_is_not_served_here() {
    let mut facts = facts(Kind::MoveOffice);
    let mut previous = PreviousOffice {
        code_or_name: "KPP Jauh".to_owned(),
        name: "KPP Jauh".to_owned(),
        served_here: false,
        old_letter: None,
    };
    facts.previous_office = Some(previous.clone());
    assert_eq!(assess(&facts), Verdict::Undetermined { unknown: vec![Unknown::OldLetter] });
    previous.old_letter = Some(report("S-7/KPP.999/2019"));
    facts.previous_office = Some(previous);
    assert_eq!(assess(&facts), Verdict::Grant);
}

#[test]
fn a_revoked_registration_bars_every_kind() {
    for &kind in Kind::ALL {
        let mut facts = facts(kind);
        facts.registry.as_mut().unwrap().status = Some(PkpStatus::Revoked);
        facts.pairs =
            vec![pair(if kind == Kind::MoveOffice { "217" } else { "031" }, CredentialState::Active)];
        assert!(codes(&assess(&facts)).contains(&"pengukuhan_dicabut"), "{kind}");
    }
}

#[test]
fn another_office_is_named_as_the_place_to_go() {
    for kind in [Kind::NewCredentials, Kind::Reprint, Kind::UpdateEmail] {
        let mut facts = facts(kind);
        facts.registry.as_mut().unwrap().office = "217".parse().unwrap();
        facts.registry.as_mut().unwrap().office_name = "KPP Sana".to_owned();
        let Verdict::Refuse { reasons } = assess(&facts) else { panic!("{kind} is not refused") };
        assert_eq!(reasons[0].code, "tidak_terdaftar_di_kantor_ini");
        assert_eq!(reasons[0].evidence["kpp_terdaftar"], "KPP Sana");
    }
}
