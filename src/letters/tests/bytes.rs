//! What a letter is as a file.

use super::*;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::domain::pdf_pages::PdfPages;

#[test]
fn the_same_data_give_the_same_bytes() {
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        let again = Templates::embedded().unwrap();

        assert!(pdf(kind, &example.data) == pdf(kind, &example.data), "{}", example.name);
        assert!(
            pdf(kind, &example.data) == again.render(kind, &example.data).unwrap().pdf,
            "{}",
            example.name
        );
    }
}

#[test]
fn another_process_gives_the_same_bytes() {
    let own = digest();

    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "letters::tests::bytes::print_the_digest_of_a_letter", "--ignored", "--nocapture"])
        .output()
        .unwrap();

    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains(&format!("digest {own}")), "{printed}");
}

#[test]
#[ignore = "run in a process of its own by another_process_gives_the_same_bytes"]
fn print_the_digest_of_a_letter() {
    println!("digest {}", digest());
}

fn digest() -> String {
    let (kind, data) = example("letter-activation_notice-move");
    Sha256::digest(pdf(kind, &data)).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn every_font_is_embedded_as_a_subset_with_its_characters() {
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        let listed = run("pdffonts", &["FILE"], &pdf(kind, &example.data));

        for line in listed.lines().skip(2) {
            assert!(line.contains("CID TrueType"), "{line}");
            let columns = words(line);
            assert_eq!(columns[columns.len() - 5..columns.len() - 2], ["yes", "yes", "yes"], "{line}");
        }
        assert!(listed.lines().count() > 2);
    }
}

#[test]
fn every_file_is_sound_small_a4_and_says_its_language_and_title() {
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        let pdf = pdf(kind, &example.data);

        let checked = run("qpdf", &["--check", "FILE"], &pdf);
        assert!(checked.contains("No syntax or stream encoding errors found"), "{checked}");
        let info = run("pdfinfo", &["FILE"], &pdf);
        assert!(info.contains("(A4)") && info.contains("Title:") && !info.contains("CreationDate"), "{info}");
        assert!(pdf.len() < 40 * 1024, "{}: {} bytes", example.name, pdf.len());
        let file = lopdf::Document::load_mem(&pdf).unwrap();
        let language = file.catalog().unwrap().get(b"Lang").unwrap().as_str().unwrap();
        assert_eq!(language, b"id-ID", "{}", example.name);
    }
}

#[test]
fn a_reader_that_speaks_finds_lists_tables_and_the_emblem_in_order() {
    let (kind, data) = example("letter-activation_notice-new");

    let tree = run("pdfinfo", &["-struct-text", "FILE"], &pdf(kind, &data));

    let mut rest = tree.as_str();
    for (role, text) in [
        ("P (block)", "KEMENTERIAN KEUANGAN REPUBLIK INDONESIA"),
        ("Figure", ""),
        ("TH", "Nomor"),
        ("TD", "S-"),
        ("Lbl", "1."),
        ("LBody", "Permohonan Saudara dikabulkan"),
        ("TH", "NPWP"),
        ("P (block)", "K7QM-3XWB-9TRD"),
        ("Lbl", "a."),
        ("P (block)", "Demikian kami sampaikan."),
        ("P (block)", "Larasati Contoh"),
    ] {
        let at = rest.find(role).unwrap_or_else(|| panic!("no {role} before {text}: {rest}"));
        let found = rest[at..].find(text).unwrap_or_else(|| panic!("{text} does not follow: {rest}"));
        rest = &rest[at + found..];
    }
    assert!(!tree.contains("Halaman 1 dari"), "the number of a page is read out: {tree}");
}

#[test]
fn a_divided_word_is_heard_and_copied_whole() {
    let (kind, data) = example("letter-activation_notice-new");

    let raw = run("pdftotext", &["-raw", "FILE", "-"], &pdf(kind, &data));

    assert!(raw.contains("\u{AD}\n"), "no word of this letter is divided");
    assert!(text_of(&pdf(kind, &data)).contains("mengajukan permohonan"));
}

#[test]
fn metadata_and_output_intent_are_those_that_archives_ask_for() {
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        let file = lopdf::Document::load_mem(&pdf(kind, &example.data)).unwrap();
        let catalog = file.catalog().unwrap();

        let metadata = catalog.get(b"Metadata").unwrap().as_reference().unwrap();
        let xmp = file.get_object(metadata).unwrap().as_stream().unwrap();
        let xmp = String::from_utf8(xmp.content.clone()).unwrap();
        let info = file.trailer.get(b"Info").unwrap().as_reference().unwrap();
        let title = file.get_dictionary(info).unwrap().get(b"Title").unwrap();
        let title = lopdf::decode_text_string(title).unwrap();
        assert!(xmp.contains(&format!(">{title}<")), "{}: {title} is not in {xmp}", example.name);
        assert!(xmp.contains("<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"));
        let intent = catalog.get(b"OutputIntents").unwrap().as_array().unwrap()[0].as_dict().unwrap();
        assert_eq!(intent.get(b"S").unwrap().as_name().unwrap(), b"GTS_PDFA1");
        assert!(intent.has(b"DestOutputProfile"));
        assert!(
            catalog.get(b"MarkInfo").unwrap().as_dict().unwrap().get(b"Marked").unwrap().as_bool().unwrap()
        );
        assert!(file.trailer.has(b"ID") && !file.trailer.has(b"Encrypt"));
        let names: Vec<&[u8]> = file.objects.values().filter_map(|object| object.type_name().ok()).collect();
        assert!(!names.contains(&b"Action".as_slice()) && !names.contains(&b"Filespec".as_slice()));
    }
}

#[test]
fn a_letter_on_folio_fills_the_folio_sheet() {
    use crate::letters::{drawing::Paper, fonts::Fonts, markup, paginate, pdf, typeset};
    let fonts = Fonts::embedded().unwrap();
    let blocks = markup::parse("Satu paragraf.").unwrap();
    let set = typeset::typeset(&fonts, Paper::F4, &blocks, None);
    let laid = paginate::paginate(&fonts, set, &paginate::Running::default()).unwrap();

    let info = run("pdfinfo", &["FILE"], &pdf::write(&fonts, &laid, "Folio", None).unwrap());

    assert!(info.contains("609.449 x 935.433 pts"), "{info}");
}

#[test]
fn an_office_that_prints_on_folio_gets_its_letters_on_folio() {
    let (kind, mut data) = example("letter-activation_notice-new");
    data["kop"]["kertas"] = "f4".into();

    let info = run("pdfinfo", &["FILE"], &pdf(kind, &data));

    assert!(info.contains("609.449 x 935.433 pts"), "{info}");
}

#[test]
fn the_emblem_of_an_office_is_printed_in_its_colours_and_kept_by_its_hash() {
    use crate::letters::{Emblem, emblem::tests::png};
    let red = Emblem::read(&png(320, 300, png::ColorType::Rgb, &[180, 20, 30])).unwrap();
    let (kind, mut data) = example("letter-refusal_notice");
    data["kop"]["lambang"] = red.sha256().map(|byte| format!("{byte:02x}")).concat().into();
    let templates = Templates::embedded().unwrap();

    let before = templates.render(kind, &data);
    templates.emblems().keep(red);
    let pdf = templates.render(kind, &data).unwrap().pdf;

    assert!(matches!(before, Err(crate::letters::RenderError::UnknownEmblem { .. })), "{before:?}");
    let listed = run("pdfimages", &["-list", "FILE"], &pdf);
    assert!(listed.contains("320   300  rgb"), "{listed}");
    assert!(run("qpdf", &["--check", "FILE"], &pdf).contains("No syntax or stream encoding errors found"));
    assert!(run("pdfinfo", &["-struct", "FILE"], &pdf).contains("Figure"));
    assert!(pdf.len() < 40 * 1024, "{} bytes", pdf.len());
}

#[test]
fn a_second_reader_repairs_nothing_and_reads_the_same_words() {
    let (kind, data) = example("letter-activation_notice-new");
    let pdf = pdf(kind, &data);

    let read = run("mutool", &["draw", "-q", "-F", "txt", "FILE"], &pdf).replace('\u{AD}', "");
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let fonts = run("mutool", &["info", "-F", "FILE"], &pdf);

    for word in words(&text_of(&pdf)).into_iter().filter(|word| !plain(word).is_empty()) {
        assert!(plain(&read).contains(&plain(word)), "{word} is not in {read}");
    }
    assert!(fonts.contains("Type0") && !fonts.contains("repair"), "{fonts}");
}

/// The file as another program writes it.
fn written_again(pdf: &[u8], arguments: &[&str]) -> Vec<u8> {
    let path = std::env::temp_dir().join(format!("aktivasi-letter-{}.out.pdf", uuid::Uuid::new_v4()));
    let to = path.to_str().unwrap();
    run("qpdf", &[&["FILE"], arguments, &[to]].concat(), pdf);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    bytes
}

#[test]
fn pages_are_counted_as_readers_count_them_however_the_file_is_written() {
    for example in examples("letter-") {
        let pdf = pdf(LetterKind::from_str(&example.kind).unwrap(), &example.data);
        let count = lopdf::Document::load_mem(&pdf).unwrap().get_pages().len();
        let counted = PdfPages::Counted(i32::try_from(count).unwrap());
        assert_eq!(PdfPages::of(&pdf), counted, "{}", example.name);
        let packed = written_again(&pdf, &["--object-streams=generate"]);
        assert!(!packed.windows(6).any(|bytes| bytes == b"/Count"), "the page tree is not packed");
        assert_eq!(PdfPages::of(&packed), counted, "{} with object streams", example.name);
    }
    let (kind, data) = example("letter-activation_notice-new");
    let pdf = pdf(kind, &data);
    let counted = PdfPages::of(&pdf);
    assert_eq!(PdfPages::of(&written_again(&pdf, &["--linearize", "--object-streams=generate"])), counted);
    let locked = written_again(&pdf, &["--encrypt", "rahasia", "pemilik", "256", "--"]);
    assert_eq!(PdfPages::of(&locked), PdfPages::Protected);
    assert_eq!(PdfPages::of(&pdf[..pdf.len() / 8]), PdfPages::NotFound);
}
