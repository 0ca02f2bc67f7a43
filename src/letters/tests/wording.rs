//! What a letter says.

use super::*;
use crate::letters::blocks::FaceName;
use crate::letters::drawing::{Draw, RuleKind};

#[test]
fn every_example_letter_reads_as_it_should() {
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        let text = text_of(&pdf(kind, &example.data));

        let footer = match kind {
            LetterKind::Receipt => example.data["tanda_terima"]["nomor"].as_str().unwrap(),
            LetterKind::ApplicationLetter | LetterKind::PrintList => "",
            LetterKind::DeficiencyList => "Daftar Kekurangan Permohonan",
            LetterKind::ActivationNotice | LetterKind::RefusalNotice | LetterKind::EmailChangeNotice => {
                example.data["surat"]["nomor"].as_str().unwrap()
            }
            LetterKind::RoutingSlip => example.data["lpad"]["nomor"].as_str().unwrap(),
            LetterKind::SpecialOfficerDecree => example.data["keputusan"]["nomor"].as_str().unwrap(),
            LetterKind::MonthlyRegister => "Buku Agenda bulan Juli 2026",
            LetterKind::MonthlyReport => "Laporan Bulanan, Juli 2026",
        };
        let text = without_feet(&text, footer);
        let text = without_heads(&text);
        // The note of a reprint stands in the margin, where a reader may find it before or after the letter.
        let text = without_notes(&text);
        let expected = without_notes(&example.expected);
        assert_eq!(words(&text), words(&expected), "{}", example.name);
    }
}

/// The text without the line at the head of following pages.
fn without_heads(text: &str) -> String {
    let head = |line: &&str| !line.starts_with("Lanjutan ") && !line.ends_with(", lanjutan");
    text.lines().map(str::trim).filter(head).collect::<Vec<_>>().join("\n")
}

fn without_notes(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("CETAK ULANG KE-")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_letter_on_two_pages_numbers_both() {
    let (kind, data) = example("letter-activation_notice-move");

    let rendered = TEMPLATES.render(kind, &data).unwrap();

    assert_eq!(rendered.pages, 2);
    let text = text_of(&rendered.pdf);
    assert!(text.contains("Halaman 1 dari 2") && text.contains("Halaman 2 dari 2"), "{text}");
}

#[test]
fn exactly_the_options_not_chosen_are_struck_out() {
    let (kind, data) = example("letter-application_letter-reprint");

    let pages = TEMPLATES.pages(kind, &data);

    assert_eq!(
        struck(&pages[0]),
        [
            "Kode Aktivasi dan Password",
            "update email",
            "PKP",
            "Kuasa",
            "Kode Aktivasi dan Password",
            "update email"
        ]
    );
}

/// The text under each line that is drawn through it, a struck text on two lines put together again.
fn struck(page: &[Draw]) -> Vec<String> {
    let fonts = crate::letters::fonts::Fonts::embedded().unwrap();
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for draw in page {
        let Draw::Text { x, y, size, runs, .. } = draw else { continue };
        let mut at = *x;
        for run in runs {
            let width = fonts.width(run.face, run.text.trim_end(), *size);
            let through = page.iter().any(|rule| match rule {
                Draw::Rule { from, to, kind: RuleKind::Strike, .. } => {
                    (y - size * 0.27 - from.1).abs() < 0.1 && from.0 <= at + 0.1 && to.0 >= at + width - 0.1
                }
                Draw::Rule { kind: RuleKind::Frame, .. }
                | Draw::Text { .. }
                | Draw::Modules { .. }
                | Draw::Emblem { .. }
                | Draw::Ink { .. } => false,
            });
            match (through, open) {
                (true, true) => {
                    let text = found.last_mut().unwrap();
                    if !text.ends_with(' ') {
                        text.push(' ');
                    }
                    text.push_str(&run.text);
                }
                (true, false) => found.push(run.text.clone()),
                (false, _) => {}
            }
            open = through;
            at += fonts.width(run.face, &run.text, *size) + run.stretch;
        }
    }
    found.iter().map(|text| text.trim_end().to_owned()).collect()
}

#[test]
fn values_from_people_print_literally() {
    let hostile = "PT *A* | B ~~x~~ <b> {{ 7 * 7 }} {% raw %} `c` [l](u) # _i_ \\| &amp; **t**";
    let (kind, mut data) = example("letter-activation_notice-new");
    set(&mut data, "/pkp/nama", hostile);
    set(&mut data, "/pkp/alamat", "1. | --- | ~~~ > - <!-- kop -->");

    let printed = text_of(&pdf(kind, &data));

    let printed = words(&printed).join(" ");
    assert_eq!(printed.matches(hostile).count(), 2, "{printed}");
    assert_eq!(printed.matches("1. | --- | ~~~ > - <!-- kop -->").count(), 2, "{printed}");
    assert!(
        TEMPLATES
            .pages(kind, &data)
            .iter()
            .flatten()
            .all(|draw| { !matches!(draw, Draw::Rule { kind: RuleKind::Strike, .. }) })
    );
}

#[test]
fn a_line_break_in_a_value_does_not_break_the_letter() {
    let (kind, mut data) = example("letter-refusal_notice");
    set(&mut data, "/pkp/nama", "CV Satu\n\n# Dua\r\n| Tiga");

    let printed = text_of(&pdf(kind, &data));

    assert!(printed.contains("Yth. Pengurus CV Satu # Dua | Tiga"), "{printed}");
}

#[test]
fn long_names_and_addresses_wrap_and_lose_nothing() {
    let name = format!("PT {}Akhir", "Perusahaan Dagang Nusantara Sejahtera Abadi ".repeat(5));
    let address = format!("Jl. {} No. 1, {}", "Panjang Sekali ".repeat(12), "tanpaspasi".repeat(20));
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        let mut data = example.data;
        if data.pointer("/pkp/nama").is_none() {
            continue;
        }
        set(&mut data, "/pkp/nama", name.as_str());
        if data.pointer("/pkp/alamat").is_some() {
            set(&mut data, "/pkp/alamat", address.as_str());
        }

        let pages = TEMPLATES.pages(kind, &data);

        let text = text_of(&pdf(kind, &data));
        let text = words(&text).join(" ");
        assert!(text.contains(words(&name).join(" ").as_str()), "{}: {text}", example.name);
        assert_inside(&pages, &example.name);
    }
}

/// Every text and rule is on the paper, right of the left margin and left of the right edge.
fn assert_inside(pages: &[Vec<Draw>], name: &str) {
    let fonts = crate::letters::fonts::Fonts::embedded().unwrap();
    for draw in pages.iter().flatten() {
        match draw {
            Draw::Text { x, y, size, runs, .. } => {
                let width: f32 = runs
                    .iter()
                    .map(|run| fonts.width(run.face, run.text.trim_end(), *size) + run.stretch)
                    .sum();
                assert!(*x > 50.0 && x + width < 552.0, "{name}: a line from {x} is {width} wide");
                assert!(*y > 10.0 && *y < 830.0, "{name}: a line at {y}");
            }
            Draw::Rule { from, to, .. } => {
                assert!(from.0 > 50.0 && to.0 < 552.0, "{name}: a rule to {}", to.0);
            }
            Draw::Modules { left, top, .. } => {
                assert!(*left > 50.0 && left + 62.4 < 552.0, "{name}: a QR code at {left}");
                assert!(*top > 10.0 && top + 62.4 < 830.0, "{name}: a QR code at {top}");
            }
            Draw::Ink { .. } => unreachable!("no example is signed on a screen"),
            Draw::Emblem { x, y, side, .. } => {
                assert!(*x > 50.0 && *y > 10.0 && x + side < 552.0, "{name}: the emblem at {x}, {y}");
            }
        }
    }
}

#[test]
fn lines_of_text_never_overlap() {
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        for page in TEMPLATES.pages(kind, &example.data) {
            let fonts = crate::letters::fonts::Fonts::embedded().unwrap();
            let boxes: Vec<(f32, f32, f32, f32)> = page
                .iter()
                .filter_map(|draw| match draw {
                    Draw::Text { x, y, size, runs, .. } => {
                        let width: f32 =
                            runs.iter().map(|run| fonts.width(run.face, run.text.trim_end(), *size)).sum();
                        Some((*x, x + width, y - size * 0.72, y + size * 0.2))
                    }
                    Draw::Rule { .. } | Draw::Modules { .. } | Draw::Emblem { .. } | Draw::Ink { .. } => None,
                })
                .collect();
            for (index, a) in boxes.iter().enumerate() {
                for b in &boxes[index + 1..] {
                    let apart = a.1 <= b.0 + 0.1 || b.1 <= a.0 + 0.1 || a.3 <= b.2 + 0.1 || b.3 <= a.2 + 0.1;
                    assert!(apart, "{}: {a:?} and {b:?}", example.name);
                }
            }
        }
    }
}

#[test]
fn a_reprint_is_the_first_letter_with_a_note_in_the_margin() {
    let (kind, reprint) = example("letter-activation_notice-reprint");
    let mut first = reprint.clone();
    set(&mut first, "/cetak_ulang", Value::Null);

    let (first, reprint) = (TEMPLATES.pages(kind, &first), TEMPLATES.pages(kind, &reprint));

    assert_eq!(first.len(), reprint.len());
    for (first, reprint) in first.iter().zip(&reprint) {
        let added: Vec<&Draw> = reprint.iter().filter(|draw| !first.contains(draw)).collect();
        assert!(first.iter().all(|draw| reprint.contains(draw)));
        assert!(matches!(added[..], [Draw::Text { y, .. }] if *y < 40.0), "{added:?}");
    }
}

#[test]
fn the_code_stands_in_the_monospaced_face_and_dots_replace_it_on_the_archive_sheet() {
    for (name, code) in [
        ("letter-activation_notice-new", "K7QM-3XWB-9TRD"),
        ("letter-activation_notice-archive", "••••-••••-••••"),
    ] {
        let (kind, data) = example(name);
        let printed: Vec<String> = TEMPLATES
            .pages(kind, &data)
            .iter()
            .flatten()
            .filter_map(|draw| match draw {
                Draw::Text { runs, .. } => runs.iter().find(|run| run.face == FaceName::Mono),
                Draw::Rule { .. } | Draw::Modules { .. } | Draw::Emblem { .. } | Draw::Ink { .. } => None,
            })
            .map(|run| run.text.clone())
            .collect();

        assert_eq!(printed, [code]);
    }
}

#[test]
fn a_letter_without_electronic_signature_leaves_room_for_ink() {
    let (kind, mut data) = example("letter-refusal_notice");
    set(&mut data, "/penandatangan/elektronik", false);

    let text = text_of(&pdf(kind, &data));

    assert!(!text.contains("Ditandatangani secara elektronik"), "{text}");
    assert!(text.contains("Yosefa Contoh"));
}

#[test]
fn no_letter_points_to_a_page_that_does_not_exist() {
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        let with_pages = text_of(&pdf(kind, &example.data));
        let mut data = example.data;
        let Some(pages) = data.pointer_mut("/layanan").and_then(Value::as_object_mut) else { continue };
        pages.values_mut().for_each(|address| *address = "".into());

        let text = text_of(&pdf(kind, &data));

        assert!(!text.contains("://"), "{}: {text}", example.name);
        assert!(!with_pages.contains("://") || text.contains("loket"), "{}: {text}", example.name);
    }
}

#[test]
fn a_list_of_every_deficiency_runs_over_pages_and_repeats_its_header() {
    let (kind, mut data) = example("letter-deficiency_list-after_examination");
    let office = serde_json::json!({
        "kpp": { "nama": "KPP Pratama Contoh", "nama_lengkap": "Kantor Pelayanan Pajak Pratama Contoh" },
        "butir": { "kpp_tertulis": "KPP Pratama Lain", "nama_berkas": "surat.pdf" },
    });
    let items: Vec<Value> = TEMPLATES
        .deficiency_items()
        .iter()
        .map(|item| TEMPLATES.item_text(&item.code, &office).unwrap())
        .map(|item| serde_json::json!({ "nama": item.name, "hasil": item.finding, "cara": item.remedy }))
        .collect();
    set(&mut data, "/kekurangan/butir", items.clone());

    let rendered = TEMPLATES.render(kind, &data).unwrap();

    assert!(rendered.pages >= 2);
    let text = text_of(&rendered.pdf);
    assert_eq!(text.matches("Cara melengkapi").count(), 2, "{text}");
    assert!(words(&text).join(" ").contains("paling besar 5 MiB."), "{text}");
}

#[test]
fn every_email_is_made_from_the_examples_of_its_own_front_matter() {
    assert_eq!(TEMPLATES.prove_emails(), Ok(()));
}

#[test]
fn every_declared_field_is_used() {
    for kind in LetterKind::ALL {
        assert_eq!(TEMPLATES.unused_fields(kind), Vec::<String>::new(), "{kind}");
    }
}

#[test]
fn every_reason_and_item_can_be_filled_in() {
    for reason in TEMPLATES.refusal_reasons() {
        let evidence: serde_json::Map<String, Value> =
            reason.evidence_fields.iter().map(|field| (field.clone(), "X-1".into())).collect();
        let data = serde_json::json!({ "bukti": evidence, "kpp": { "nama": "KPP Pratama Contoh" } });

        let text = TEMPLATES.reason_text(&reason.code, &data).unwrap();

        assert!(text.text.ends_with('.') && text.next_step.ends_with('.'), "{}", reason.code);
        assert!(text.evidence.contains("X-1") && !text.evidence.ends_with('.'), "{}", reason.code);
        assert!(!reason.kinds.is_empty());
    }
    assert_eq!(TEMPLATES.refusal_reasons().len(), 12);
    assert_eq!(TEMPLATES.deficiency_items().len(), 21);
    let lost =
        TEMPLATES.deficiency_items().iter().find(|item| item.code == "surat_kehilangan_tidak_ada").unwrap();
    assert_eq!(lost.kinds, ["reprint", "move_office"]);
    assert_eq!(lost.condition.as_deref(), Some("hilang"));
}
