use super::*;
#[test]
fn dump() {
    std::fs::create_dir_all("/tmp/letters-work/out").unwrap();
    for example in examples("letter-") {
        let kind = LetterKind::from_str(&example.kind).unwrap();
        std::fs::write(format!("/tmp/letters-work/out/{}.pdf", example.name), pdf(kind, &example.data)).unwrap();
    }
    let (kind, data) = example("letter-activation_notice-new");
    let start = std::time::Instant::now();
    for _ in 0..50 { pdf(kind, &data); }
    println!("{:?} per letter", start.elapsed() / 50);
}
