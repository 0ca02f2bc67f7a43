use super::*;

/// The words of drawings, as a reader meets them.
fn words(pages: &[DrawnPage]) -> Vec<String> {
    let mut text = String::new();
    for page in pages {
        let mut inside = false;
        for letter in page.drawing.chars() {
            match letter {
                '<' => inside = true,
                '>' => inside = false,
                '\n' => text.push(' '),
                other if !inside => text.push(other),
                _ => {}
            }
        }
    }
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_drawn_letter_has_the_pages_and_the_words_of_the_pdf() {
    let templates = Templates::embedded().unwrap();
    for kind in [LetterKind::ActivationNotice, LetterKind::RefusalNotice, LetterKind::EmailChangeNotice] {
        let data = templates.sample(kind);
        let template = std::sync::Arc::clone(templates.built_in(kind).unwrap());
        let drawn = templates.draw_sealed(&template, &data, None, None).unwrap();
        let rendered = templates.render_sealed(&template, &data, None).unwrap();

        assert_eq!(drawn.len(), usize::try_from(rendered.pages).unwrap());
        let laid: Vec<String> = templates
            .laid(kind, &data)
            .pages
            .iter()
            .flatten()
            .filter_map(|draw| match draw {
                drawing::Draw::Text { runs, .. } => {
                    Some(runs.iter().map(|run| run.text.replace('\u{AD}', "-")).collect::<String>())
                }
                _ => None,
            })
            .flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .map(|word| word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
            .collect();
        assert_eq!(words(&drawn), laid, "{kind}");
    }
}

#[test]
fn no_value_of_the_data_becomes_markup() {
    let templates = Templates::embedded().unwrap();
    let mut data = templates.sample(LetterKind::ActivationNotice);
    data["pkp"]["nama"] = "PT <script>A</script> & B".into();
    let template = std::sync::Arc::clone(templates.built_in(LetterKind::ActivationNotice).unwrap());
    let drawn = templates.draw_sealed(&template, &data, None, None).unwrap();

    assert!(drawn.iter().all(|page| !page.drawing.contains("<script")));
    assert!(drawn[0].drawing.contains("&lt;script&gt;"));
}
