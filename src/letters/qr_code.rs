//! [`QrCode`]: a text as a square of dark and light modules.

use fast_qr::{ECL, QRBuilder};

/// The dark modules as rectangles that do not overlap: neighbours in a row are joined, and equal ones below each other.
#[derive(Debug)]
pub struct QrCode {
    /// Modules in a row, without the quiet zone around.
    pub side: usize,
    pub dark: Vec<DarkBox>,
}

/// In modules, from the top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DarkBox {
    pub column: usize,
    pub row: usize,
    pub width: usize,
    pub height: usize,
}

impl QrCode {
    /// Level M: a stamp or a fold may hide a seventh of it. None when the text is too long for any QR code.
    pub fn of(text: &str) -> Option<Self> {
        let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
        let mut dark: Vec<DarkBox> = Vec::new();
        // The boxes that end in the row above, by column.
        let mut above = Vec::new();
        for row in 0..code.size {
            let modules = &code[row];
            let mut here = Vec::new();
            let mut column = 0;
            while column < code.size {
                let width = modules[column..].iter().take_while(|module| module.value()).count();
                if width > 0 {
                    let same = |at: &&usize| dark[**at].column == column && dark[**at].width == width;
                    if let Some(at) = above.iter().find(same).copied() {
                        dark[at].height += 1;
                        here.push(at);
                    } else {
                        here.push(dark.len());
                        dark.push(DarkBox { column, row, width, height: 1 });
                    }
                }
                column += width.max(1);
            }
            above = here;
        }
        Some(Self { side: code.size, dark })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_in_one_box_and_no_light_one_is() {
        let text = "https://aktivasi.example/v/0123456789abcdefABCDEF";
        let code = QRBuilder::new(text).ecl(ECL::M).build().unwrap();
        let joined = QrCode::of(text).unwrap();
        assert_eq!(joined.side, code.size);
        for row in 0..code.size {
            for column in 0..code.size {
                let covers = |dark: &&DarkBox| {
                    (dark.column..dark.column + dark.width).contains(&column)
                        && (dark.row..dark.row + dark.height).contains(&row)
                };
                let covered = joined.dark.iter().filter(covers).count();
                assert_eq!(covered, usize::from(code[row][column].value()), "row {row}, column {column}");
            }
        }
    }

    #[test]
    fn a_text_too_long_for_a_qr_code_has_none() {
        assert!(QrCode::of(&"a".repeat(3000)).is_none());
    }
}
