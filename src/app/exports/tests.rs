use super::*;

const COLUMNS: &[&str] = &["PKP", "Putaran"];

fn cover() -> Cover {
    Cover {
        title: "Permohonan".to_owned(),
        offices: "031".to_owned(),
        filters: Vec::new(),
        at: "2026-07-10T09:00:00Z".parse().unwrap(),
        zone: chrono_tz::Asia::Jakarta,
        by: "=Dewi".to_owned(),
    }
}

/// The whole file, and its longest piece.
fn written(format: Format, rows: u32, name: &str) -> (Vec<u8>, usize) {
    let mut table = Table::begin(format, &cover(), COLUMNS).unwrap();
    let (mut whole, mut longest) = (Vec::new(), 0);
    for number in 0..rows {
        table.row(&[Cell::text(format!("{name} {number}")), Cell::Number(number.into())]).unwrap();
        if let Some(piece) = table.piece().unwrap() {
            longest = longest.max(piece.len());
            whole.extend(piece);
        }
    }
    let rest = table.end().unwrap();
    longest = longest.max(rest.len());
    whole.extend(rest);
    (whole, longest)
}

#[test]
fn no_more_than_a_piece_is_held_however_many_rows_there_are() {
    for format in [Format::Csv, Format::Xlsx] {
        let (whole, longest) = written(format, 100_000, "PT Contoh");
        assert!(whole.len() > 6 * PIECE && longest < 2 * PIECE, "{format:?}: {} {longest}", whole.len());
    }
}

#[test]
fn a_value_is_never_a_formula_in_a_csv_file() {
    for start in ["=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"] {
        let (whole, _) = written(Format::Csv, 1, &format!("{start}1+1"));
        let text = String::from_utf8(whole).unwrap();
        assert!(text.contains(&format!("'{start}1+1")), "{text:?}");
        assert!(
            text.starts_with("\u{feff}Daftar,Permohonan\r\n") && text.contains("Diambil oleh,'=Dewi\r\n"),
            "{text}"
        );
    }
}

#[test]
fn rows_after_the_first_piece_are_written_alike() {
    let (whole, _) = written(Format::Csv, 20_000, "PT \"Koma\", Tbk");
    let text = String::from_utf8(whole).unwrap();
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> =
        reader.records().map(Result::unwrap).filter(|row| row[0].starts_with("PT")).collect();
    assert_eq!(rows.len(), 20_000);
    assert_eq!((&rows[19_999][0], &rows[19_999][1]), ("PT \"Koma\", Tbk 19999", "19999"));
}

#[tokio::test]
async fn a_file_that_breaks_off_is_not_taken_for_a_whole_one() {
    use futures_util::StreamExt;
    for whole in [true, false] {
        let (pieces, bytes) = Pieces::channel();
        pieces.send(Ok(vec![1])).await.unwrap();
        if whole {
            pieces.end().await.unwrap();
        }
        drop(pieces);
        let read: Vec<_> = bytes.collect().await;
        assert!(read[0].is_ok());
        assert_eq!((read.len(), read.last().unwrap().is_ok()), if whole { (1, true) } else { (2, false) });
    }
}
