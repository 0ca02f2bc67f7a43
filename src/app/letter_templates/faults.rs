//! Faults of a version in the words of the people who write the wording: file, line, and what would be right.

use crate::{
    app::AppError,
    domain::fault::Fault,
    letters::{RenderError, TemplateError, VersionFault},
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
        VersionFault::NotRenderable { sample, error } => not_renderable(sample, error),
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

fn not_renderable(sample: &str, error: &RenderError) -> Fault {
    let with = format!("(contoh: {sample})");
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
        RenderError::Pdf { template, reason } => {
            at(template, "pdf", format!("{template}: PDF tidak dapat ditulis: {reason} {with}."))
        }
    }
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
