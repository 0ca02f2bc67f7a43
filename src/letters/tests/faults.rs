//! Faults are named by template, line and field, and never by a value.

use super::*;
use crate::letters::RenderError;

#[test]
fn a_missing_field_is_named_with_its_line_and_the_known_fields() {
    let (kind, mut data) = example("letter-refusal_notice");
    data["pkp"].as_object_mut().unwrap().remove("alamat");

    let error = TEMPLATES.render(kind, &data).unwrap_err();

    let RenderError::MissingField { template, line, field, known } = &error else { panic!("{error:?}") };
    assert_eq!((template.as_str(), field.as_str()), ("letters/refusal_notice", "pkp.alamat"));
    let file = include_str!("../../../letter-templates/letters/refusal_notice.md");
    assert!(file.lines().nth(line - 1).unwrap().contains("{{ pkp.alamat }}"), "line {line}");
    assert!(known.contains(&"pkp.nama".to_owned()));
}

#[test]
fn a_missing_field_of_a_shared_piece_is_named_in_the_piece() {
    let (kind, mut data) = example("letter-refusal_notice");
    data["kop"].as_object_mut().unwrap().remove("telepon");

    let error = TEMPLATES.render(kind, &data).unwrap_err();

    assert!(
        matches!(&error, RenderError::MissingField { template, line: 6, field, .. }
            if template == "letters/_kop_surat" && field == "kop.telepon"),
        "{error:?}"
    );
}

#[test]
fn a_missing_condition_is_an_error_and_not_a_no() {
    let (kind, mut data) = example("letter-refusal_notice");
    data["penandatangan"].as_object_mut().unwrap().remove("elektronik");

    assert!(matches!(TEMPLATES.render(kind, &data), Err(RenderError::MissingField { .. })));
}

#[test]
fn a_list_or_a_truth_value_is_not_a_text() {
    let (kind, mut data) = example("letter-refusal_notice");
    set(&mut data, "/pkp/nama", true);

    let error = TEMPLATES.render(kind, &data).unwrap_err();

    assert!(matches!(&error, RenderError::NotText { field, .. } if field == "pkp.nama"), "{error:?}");
}

#[test]
fn a_character_that_the_face_lacks_stops_the_letter() {
    for character in
        ['漢', 'ع', '\u{200B}', '\u{202E}', '\u{0301}', '\u{7}', '\u{1F600}', '\u{10F02A}', '\u{FFFD}']
    {
        let (kind, mut data) = example("letter-refusal_notice");
        set(&mut data, "/pkp/nama", format!("PT Rahasia {character}"));

        let error = TEMPLATES.render(kind, &data).unwrap_err();

        assert!(
            matches!(&error, RenderError::Unprintable { code_point, field: Some(field), .. }
                if *code_point == u32::from(character) && field == "pkp.nama"),
            "{error:?}"
        );
        assert!(error.to_string().contains("pkp.nama has the character"), "{error}");
        assert!(error.to_string().contains(&format!("U+{:04X}", u32::from(character))), "{error}");
    }
}

#[test]
fn letters_with_marks_of_other_languages_print() {
    let (kind, mut data) = example("letter-refusal_notice");
    set(&mut data, "/pkp/nama", "PT Ñandú Müller Đặng Šimůnek — “Ça va’ №1 €5");

    assert!(text_of(&pdf(kind, &data)).contains("PT Ñandú Müller Đặng Šimůnek — “Ça va’ №1 €5"));
}

#[test]
fn no_error_repeats_a_value() {
    let (kind, mut data) = example("letter-activation_notice-new");
    set(&mut data, "/kredensial/kode_cetak", "RAHA-SIA2-漢漢漢漢");
    let unprintable = TEMPLATES.render(kind, &data).unwrap_err();
    set(&mut data, "/kredensial/kode_cetak", serde_json::json!(["RAHASIA"]));
    let not_text = TEMPLATES.render(kind, &data).unwrap_err();

    for error in [unprintable, not_text] {
        assert!(!format!("{error} {error:?}").contains("RAHA"), "{error:?}");
    }
}

#[test]
fn a_table_row_taller_than_a_page_is_refused_and_not_cut() {
    let (kind, mut data) = example("letter-deficiency_list-after_examination");
    set(&mut data, "/kekurangan/butir/0/cara", "kata ".repeat(2_000));

    assert!(matches!(TEMPLATES.render(kind, &data), Err(RenderError::TooTall { .. })));
}

#[test]
fn an_empty_value_leaves_its_row_and_breaks_nothing() {
    let (kind, mut data) = example("letter-application_letter-new");
    set(&mut data, "/permohonan/email", "");
    set(&mut data, "/permohonan/tanda_tangan", "");
    set(&mut data, "/pkp/alamat", "");

    assert!(text_of(&pdf(kind, &data)).contains("Email :"));
}

#[test]
fn an_unknown_reason_is_refused() {
    let data = serde_json::json!({});

    assert!(matches!(TEMPLATES.reason_text("tidak_ada", &data), Err(RenderError::UnknownCode { .. })));
    assert!(matches!(TEMPLATES.item_text("tidak_ada", &data), Err(RenderError::UnknownCode { .. })));
}
