//! Faults of a version in the words of the people who write the wording: file, line, and what would be right.

use crate::{
    app::AppError,
    domain::fault::Fault,
    letters::{DataSet, RenderError, TemplateError, Tried, Unproven, VersionFault},
};

/// Why a text cannot be kept as a draft.
pub(super) fn of_draft(error: &TemplateError) -> AppError {
    let fault = wording(error);
    AppError::Invalid(vec![fault])
}

/// Every fault of a version.
pub(super) fn all(faults: &[VersionFault]) -> Vec<Fault> {
    faults.iter().map(fault).collect()
}

fn fault(fault: &VersionFault) -> Fault {
    match fault {
        VersionFault::Wording(error) => wording(error),
        VersionFault::NotSupplied { template, line, field, known } => at(
            template,
            "unknown_field",
            format!(
                "{template}, baris {line}: kolom {field} tidak diisi oleh aplikasi. Kolom yang ada: {}.",
                known.join(", ")
            ),
        ),
        VersionFault::LeftOut { template, field } => at(
            template,
            "field_left_out",
            format!("{template}: naskah tidak memuat {field}, yang wajib ada di setiap surat jenis ini."),
        ),
        VersionFault::NotRenderable { tried, error } => not_renderable(&with(tried), error),
        VersionFault::Unproven { tried, unproven } => not_proven(&with(tried), unproven),
    }
}

fn wording(error: &TemplateError) -> Fault {
    match error {
        TemplateError::FrontMatter { template, reason } => {
            at(template, "front_matter", format!("{template}: kepala naskah tidak terbaca: {reason}."))
        }
        TemplateError::KindMismatch { template, found } => at(
            template,
            "kind",
            format!("{template}: kind di kepala naskah adalah {found:?}, bukan jenis surat ini."),
        ),
        TemplateError::Syntax { template, line, reason } => {
            at(template, "syntax", format!("{template}, baris {line}: {reason}."))
        }
        TemplateError::UndeclaredField { template, line, field, known } => at(
            template,
            "unknown_field",
            format!(
                "{template}, baris {line}: kolom {field} tidak dinyatakan. Kolom yang dinyatakan: {}.",
                known.join(", ")
            ),
        ),
        TemplateError::List { list, row, reason } => {
            at(list, "list", format!("{list}, baris {row}: {reason}."))
        }
        TemplateError::Font { font, reason } => at(font, "font", format!("Fon {font}: {reason}.")),
    }
}

/// The data that a version was tried with.
fn with(tried: &Tried) -> String {
    match tried {
        Tried::Sample | Tried::Set(DataSet::Sample) => "(dengan data contoh)".to_owned(),
        Tried::Variant(changed) => format!("(dengan data contoh dan {changed})"),
        Tried::Set(DataSet::Minimal) => "(dengan data yang sesedikit mungkin)".to_owned(),
        Tried::Set(DataSet::Longest) => "(dengan data yang sepanjang mungkin)".to_owned(),
        Tried::Set(DataSet::Hostile) => "(dengan data yang berisi tanda-tanda tidak lazim)".to_owned(),
    }
}

fn not_renderable(with: &str, error: &RenderError) -> Fault {
    match error {
        RenderError::MissingField { template, line, field, known } => at(
            template,
            "unknown_field",
            format!(
                "{template}, baris {line}: kolom {field} tidak ada dalam data {with}. Kolom yang dinyatakan: {}.",
                known.join(", ")
            ),
        ),
        RenderError::NotText { template, line, field } => at(
            template,
            "not_text",
            format!("{template}, baris {line}: kolom {field} bukan teks atau angka {with}."),
        ),
        RenderError::Evaluation { template, line } => at(
            template,
            "evaluation",
            format!("{template}, baris {line}: naskah tidak dapat dijalankan {with}."),
        ),
        RenderError::Unprintable { template, code_point, field: _ } => at(
            template,
            "unprintable",
            format!("{template}: karakter U+{code_point:04X} tidak dapat dicetak {with}."),
        ),
        RenderError::Structure { template, reason } => {
            at(template, "structure", format!("{template}: {reason} {with}."))
        }
        RenderError::TooTall { template } => at(
            template,
            "too_tall",
            format!("{template}: bagian yang tidak boleh dibagi lebih tinggi dari satu halaman {with}."),
        ),
        RenderError::UnknownCode { list, code } => {
            at(list, "unknown_code", format!("{list}: tidak ada butir {code}."))
        }
        RenderError::UnknownEmblem { template } => {
            at(template, "emblem", format!("{template}: lambang kop surat tidak ada {with}."))
        }
        RenderError::Pdf { template, reason } => {
            at(template, "pdf", format!("{template}: PDF tidak dapat ditulis: {reason} {with}."))
        }
    }
}

fn not_proven(with: &str, unproven: &Unproven) -> Fault {
    let (code, said) = match unproven {
        Unproven::NotMade(error) => return not_renderable(with, error),
        Unproven::OutsideMargins { page } => {
            ("outside_margins", format!("halaman {page}: ada tulisan di luar batas tepi"))
        }
        Unproven::Overlap { page } => ("overlap", format!("halaman {page}: ada tulisan yang bertumpuk")),
        Unproven::Lost { code_point } => {
            ("lost", format!("karakter U+{code_point:04X} dari naskah tidak tercetak di halaman mana pun"))
        }
        Unproven::OtherBytes => ("other_bytes", "data yang sama menghasilkan berkas yang berbeda".to_owned()),
        Unproven::BrokenFile(pages) => {
            ("broken_file", format!("berkas tidak dapat dibuka lagi dengan {pages} halamannya"))
        }
        Unproven::NotRefused(field) => {
            ("not_refused", format!("karakter yang tidak dapat dicetak pada kolom {field} tidak ditolak"))
        }
    };
    Fault { pointer: "/source".to_owned(), code: code.to_owned(), detail: format!("Surat {with}: {said}.") }
}

/// Points to the piece, or to the file of the letter.
fn at(template: &str, code: &str, detail: String) -> Fault {
    let pointer = if template.contains("/_") {
        format!("/pieces/{}", template.replace('~', "~0").replace('/', "~1"))
    } else {
        "/source".to_owned()
    };
    Fault { pointer, code: code.to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_letter_of_long_data_does_not_hold_to_is_told_in_indonesian() {
        let tried = Tried::Set(DataSet::Longest);
        let error = RenderError::TooTall { template: "letters/_kop_surat".into() };
        let faults = all(&[
            VersionFault::Unproven { tried: tried.clone(), unproven: Unproven::Overlap { page: 2 } },
            VersionFault::NotRenderable { tried, error },
        ]);

        let told: Vec<_> =
            faults.iter().map(|fault| (fault.pointer.as_str(), fault.detail.as_str())).collect();
        assert_eq!(
            told,
            [
                (
                    "/source",
                    "Surat (dengan data yang sepanjang mungkin): halaman 2: ada tulisan yang bertumpuk."
                ),
                (
                    "/pieces/letters~1_kop_surat",
                    "letters/_kop_surat: bagian yang tidak boleh dibagi lebih tinggi dari satu halaman (dengan data yang sepanjang mungkin)."
                ),
            ]
        );
    }
}
