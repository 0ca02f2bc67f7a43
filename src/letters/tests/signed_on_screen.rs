use super::drawing::Draw;
use super::*;

const STROKES: &str = "20,200 120,40 220,200;300,120";

fn signed(strokes: &str) -> Value {
    let mut data = TEMPLATES.sample(LetterKind::ApplicationLetter);
    set(&mut data, "/permohonan/tanda_tangan", "Ditandatangani di layar, 26 November 2026 pukul 14.05 WIB");
    data["tinta"] = serde_json::json!({ "goresan": strokes });
    data
}

fn inks(data: &Value) -> Vec<(f32, f32)> {
    let pages = TEMPLATES.pages(LetterKind::ApplicationLetter, data);
    let ink = pages.iter().flatten().filter_map(|draw| match draw {
        Draw::Ink { y, unit, .. } => Some((*y, *unit)),
        _ => None,
    });
    ink.collect()
}

#[test]
fn what_was_drawn_stands_above_the_name_of_the_signer_in_the_file_and_on_the_screen() {
    let data = signed(STROKES);
    let pages = TEMPLATES.pages(LetterKind::ApplicationLetter, &data);
    let [(top, unit)] = inks(&data)[..] else { panic!("one signature") };
    let name = pages.last().unwrap().iter().find_map(|draw| match draw {
        Draw::Text { y, runs, .. } if runs.iter().any(|run| run.text.contains("layar")) => Some(*y),
        _ => None,
    });
    assert!(top + 240.0 * unit <= name.unwrap(), "{top} {unit} {name:?}");

    let file = pdf(LetterKind::ApplicationLetter, &data);
    assert!(text_of(&file).contains("Ditandatangani di layar, 26 November 2026"), "{}", text_of(&file));
    let read = lopdf::Document::load_mem(&file).unwrap();
    let page = *read.get_pages().values().last().unwrap();
    let acts = read.get_and_decode_page_content(page).unwrap().operations;
    let drawn = acts.iter().skip_while(|act| act.operator != "J").take_while(|act| act.operator != "Q");
    let strokes = drawn.filter(|act| act.operator == "S");
    assert_eq!(strokes.count(), 2);
    let template = TEMPLATES.built_in(LetterKind::ApplicationLetter).unwrap();
    let drawn = TEMPLATES.draw_sealed(template, &data, None, None).unwrap();
    let path = "d=\"M20 200L120 40L220 200M300 120L300 120\"";
    assert!(drawn.iter().any(|page| page.drawing.contains(path)));
}

#[test]
fn a_letter_without_a_drawn_signature_keeps_its_room_for_ink() {
    let data = TEMPLATES.sample(LetterKind::ApplicationLetter);
    assert_eq!(inks(&data), []);
    assert_eq!(inks(&signed("data:image/png;base64,AAAA")), [], "only strokes are drawn");
}
