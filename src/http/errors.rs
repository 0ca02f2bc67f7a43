//! The one place where failures of acts become answers.

use std::borrow::Cow;

use actix_web::http::{
    StatusCode,
    header::{HeaderValue, WWW_AUTHENTICATE},
};

use super::problem::{self, ApiError, FieldError, IntoProblem, Problem};
use crate::{
    app::AppError,
    domain::{fault::Fault, indonesian, letter_template::TemplateRefusal},
};

/// Seconds after which a place for an upload is probably free, and after which the database may answer again.
const RETRY_SOON: u32 = 5;

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        error.into_problem().into()
    }
}

impl IntoProblem for AppError {
    #[expect(clippy::too_many_lines, reason = "one row for each way to fail; in pieces it could miss one")]
    fn into_problem(self) -> Problem {
        let simple = |slug, status, title, detail: &str| Problem::new(slug, status, title).detail(detail);
        match self {
            Self::Unauthenticated => unauthenticated(),
            Self::WrongCredentials => simple(
                "wrong-credentials",
                StatusCode::UNAUTHORIZED,
                "Nama pengguna atau kata sandi salah",
                "Periksa nama pengguna dan kata sandi, lalu coba lagi.",
            )
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            Self::Forbidden => simple(
                "forbidden",
                StatusCode::FORBIDDEN,
                "Tidak diizinkan",
                "Peran Anda tidak mencakup tindakan ini. Minta kepada yang berwenang.",
            ),
            Self::NoDecree => simple(
                "no-decree",
                StatusCode::FORBIDDEN,
                "Belum ada KEP yang berlaku",
                "Tidak ada KEP Penunjukan Petugas Khusus yang berlaku atas nama Anda. Minta Operator Console mencatatnya.",
            ),
            Self::NotFound(what) => Problem::new("not-found", StatusCode::NOT_FOUND, "Tidak ditemukan")
                .detail(not_found_detail(what)),
            Self::NotPossible { act, state, officer } => simple(
                "not-possible",
                StatusCode::CONFLICT,
                "Tidak dapat dilakukan sekarang",
                "Keadaan permohonan sudah berbeda. Muat ulang, lihat keadaannya, lalu putuskan lagi.",
            )
            .with("act", act.as_str())
            .with("state", state.as_str())
            .with("officer", officer),
            Self::AlreadyDone(what) => {
                Problem::new("not-possible", StatusCode::CONFLICT, "Tidak dapat dilakukan sekarang")
                    .detail(already_done_detail(what))
            }
            Self::ReportSigned { signatory, signed_at, zone } => {
                let on = indonesian::day_date_and_time(signed_at, zone);
                Problem::new("not-possible", StatusCode::CONFLICT, "Tidak dapat dilakukan sekarang")
                    .detail(format!("Laporan ini sudah ditandatangani oleh {signatory} pada {on}."))
            }
            Self::SignerDraftedIt => simple(
                "signer-drafted-it",
                StatusCode::FORBIDDEN,
                "Penyusun konsep tidak boleh menandatangani",
                "Anda menyusun konsep ini; mintalah pejabat lain menandatanganinya.",
            ),
            Self::SignerKeyedItIn => simple(
                "signer-keyed-it-in",
                StatusCode::FORBIDDEN,
                "Perekam permohonan tidak boleh menandatangani",
                "Anda merekam permohonan ini; mintalah pejabat lain menandatanganinya.",
            ),
            Self::NeedsSectionHead => simple(
                "needs-section-head",
                StatusCode::FORBIDDEN,
                "Perlu Kepala Seksi",
                "Tindakan ini hanya boleh dilakukan Kepala Seksi Pelayanan. Sampaikan permohonan ini kepadanya.",
            ),
            Self::Invalid(faults) => {
                Problem::new("invalid", StatusCode::UNPROCESSABLE_ENTITY, "Isian belum benar")
                    .detail("Perbaiki isian yang disebut, lalu kirim lagi.")
                    .errors(faults.into_iter().map(field_error))
            }
            Self::WrongProofCode => simple(
                "wrong-proof-code",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Kode belum benar",
                "Periksa enam angka di email terakhir dari kami, lalu ketik lagi.",
            ),
            Self::DuplicateRequest { receipt_number } => duplicate(receipt_number),
            Self::VerdictChanged => simple(
                "verdict-changed",
                StatusCode::CONFLICT,
                "Hasil penelitian berubah",
                "Data berubah sejak konsep disusun. Teliti lagi dan susun konsep baru.",
            ),
            Self::VerdictForbids => simple(
                "verdict-forbids",
                StatusCode::CONFLICT,
                "Keputusan tidak sesuai hasil penelitian",
                "Hasil penelitian tidak membolehkan keputusan atau alasan ini. Lihat hasil penelitian.",
            ),
            Self::Undetermined(_) => simple(
                "undetermined",
                StatusCode::CONFLICT,
                "Belum dapat diputuskan",
                "Bukti belum lengkap, jadi belum dapat disetujui atau ditolak. Lengkapi bukti lebih dulu.",
            ),
            Self::ExemptionsOpen(_) => simple(
                "incomplete-exemptions",
                StatusCode::CONFLICT,
                "Ada dokumen yang belum dibebaskan",
                "Kepala Seksi membebaskan dokumen yang tidak dapat dilampirkan, atau permohonan dikembalikan.",
            ),
            Self::Stale => simple(
                "stale",
                StatusCode::PRECONDITION_FAILED,
                "Data sudah berubah",
                "Orang lain mengubah data ini lebih dulu. Muat ulang, lalu ulangi bila masih perlu.",
            ),
            Self::DraftChanged => simple(
                "draft-changed",
                StatusCode::PRECONDITION_FAILED,
                "Konsep sudah berubah",
                "Konsep yang menunggu bukan yang Anda baca. Baca lagi sebelum menandatangani.",
            ),
            Self::IdempotencyMismatch => simple(
                "idempotency-mismatch",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Kunci sudah dipakai untuk isi lain",
                "Pakai Idempotency-Key baru untuk permohonan baru.",
            ),
            Self::OfficeWithoutAddress => simple(
                "office-without-address",
                StatusCode::CONFLICT,
                "Alamat KPP belum diisi",
                "Surat belum dapat ditandatangani. Minta Operator Console mengisi alamat KPP.",
            ),
            Self::NotCorrectable => simple(
                "not-correctable",
                StatusCode::CONFLICT,
                "Surat ini tidak diralat",
                "Yang diralat hanya surat bernomor yang ditandatangani di sini. Untuk salinan, ralat surat yang disalin.",
            ),
            Self::LetterReplaced { number, dated_on, signer } => simple(
                "letter-replaced",
                StatusCode::CONFLICT,
                "Surat sudah diganti",
                "Surat ini sudah diganti dengan surat ralat; pakai surat penggantinya.",
            )
            .with("number", number)
            .with("dated_on", dated_on.to_string())
            .with("signed_by", signer),
            Self::SiblingFirst => simple(
                "sibling-first",
                StatusCode::CONFLICT,
                "Tandatangani update email lebih dahulu",
                "Permohonan ini diajukan bersama update email; update email ditandatangani lebih dahulu.",
            ),
            Self::PairNotPossible(state) => simple(
                "pair-not-possible",
                StatusCode::CONFLICT,
                "Tidak dapat dilakukan pada pasangan ini",
                "Keadaan Kode Aktivasi dan Password tidak membolehkannya. Lihat keadaannya pada state.",
            )
            .with("state", state.as_str()),
            Self::GoesByEmail => simple(
                "goes-by-email",
                StatusCode::CONFLICT,
                "Surat ini dikirim melalui email",
                "Hanya surat yang keluar melalui pos atau loket yang dicetak dan diserahkan.",
            ),
            Self::NotPrintedYet => simple(
                "not-printed-yet",
                StatusCode::CONFLICT,
                "Surat belum dicetak",
                "Cetak surat lebih dahulu, lalu catat penyerahannya.",
            ),
            Self::HandedOutAlready => simple(
                "handed-out-already",
                StatusCode::CONFLICT,
                "Surat sudah diserahkan",
                "Penyerahan surat ini sudah tercatat.",
            ),
            Self::NotPosted => simple(
                "not-posted",
                StatusCode::CONFLICT,
                "Surat tidak sedang di pos",
                "Hanya surat yang sudah diposkan dan belum kembali yang dapat dicatat sebagai kembali pos.",
            ),
            Self::LetterEnded => simple(
                "letter-ended",
                StatusCode::CONFLICT,
                "Surat ini tidak disampaikan lagi",
                "Penyampaian surat ini sudah dihentikan. Tentukan pengiriman ulangnya bila masih perlu.",
            ),
            Self::NeedsRedelivery => simple(
                "needs-redelivery",
                StatusCode::CONFLICT,
                "Tentukan dahulu cara penyampaian berikutnya",
                "Surat kembali atau tidak keluar melalui pos. Tentukan pengiriman ulangnya, lalu serahkan ke pos.",
            ),
            Self::NothingToPrint => simple(
                "nothing-to-print",
                StatusCode::CONFLICT,
                "Tidak ada surat yang dapat dicetak",
                "Tidak ada surat yang menunggu, atau surat dalam berkas cetak ini sudah tidak boleh dicetak.",
            ),
            Self::NotFailed => simple(
                "not-failed",
                StatusCode::CONFLICT,
                "Email tidak gagal",
                "Hanya email yang ditolak atau dihentikan yang dapat dikirim lagi.",
            ),
            Self::AddressSuppressed => simple(
                "address-suppressed",
                StatusCode::CONFLICT,
                "Alamat ini sedang ditahan",
                "Alamat ini baru saja menolak email. Pastikan alamatnya sudah dapat menerima, lepaskan penahanannya, lalu kirim lagi.",
            ),
            Self::LinkEnded(_) => simple(
                "link-ended",
                StatusCode::GONE,
                "Tautan sudah berakhir",
                "Tautan sudah dipakai, ditutup, atau kedaluwarsa. Hubungi kantor untuk tautan baru.",
            ),
            Self::OverdueNeedsCause => simple(
                "overdue-needs-cause",
                StatusCode::UNPROCESSABLE_ENTITY,
                "Sebab keterlambatan wajib diisi",
                "Permohonan ini melewati jatuh tempo. Isi sebab keterlambatan, lalu tandatangani.",
            ),
            Self::TooManyAttempts { retry_after } => simple(
                "too-many-attempts",
                StatusCode::TOO_MANY_REQUESTS,
                "Terlalu banyak percobaan",
                "Tunggu sebentar, lalu coba lagi. Isian yang benar tetap diterima sesudahnya.",
            )
            .retry_after(whole_seconds(retry_after)),
            Self::UploadsBusy => simple(
                "uploads-busy",
                StatusCode::SERVICE_UNAVAILABLE,
                "Sedang banyak unggahan",
                "Tunggu beberapa detik, lalu unggah lagi.",
            )
            .retry_after(RETRY_SOON),
            Self::TooLarge { limit_bytes } => problem::too_large(limit_bytes),
            Self::UnsupportedFile => problem::wrong_content_type("PDF, JPEG, atau PNG"),
            Self::ApproverDraftedIt => simple(
                "approver-drafted-it",
                StatusCode::FORBIDDEN,
                "Penyusun naskah tidak boleh menyetujui",
                "Anda menyusun versi ini; mintalah operator lain menyetujuinya.",
            ),
            Self::TemplateNotPossible(refusal) => {
                Problem::new("not-possible", StatusCode::CONFLICT, "Tidak dapat dilakukan sekarang")
                    .detail(template_detail(refusal))
            }
            Self::TemplateFaulty(faults) => {
                Problem::new("template-faulty", StatusCode::CONFLICT, "Naskah surat belum benar")
                    .detail("Perbaiki naskah di tempat yang disebut, lalu periksa lagi.")
                    .errors(faults.into_iter().map(field_error))
            }
            Self::NotRenderable(error) => logged(&anyhow::Error::new(error)),
            Self::NotSealable(error) => logged(&anyhow::Error::new(error)),
            Self::SignerAway(error) => {
                tracing::warn!("a request could not be served for now: {error}");
                problem::unavailable(RETRY_SOON)
            }
            Self::Internal(error) => logged(&error),
            Self::Unavailable(error) => {
                tracing::warn!(error = format!("{error:#}"), "a request could not be served for now");
                problem::unavailable(RETRY_SOON)
            }
        }
    }
}

/// Nobody we know calls.
pub fn unauthenticated() -> Problem {
    Problem::new("unauthenticated", StatusCode::UNAUTHORIZED, "Belum dikenali")
        .detail("Masuk lagi, buktikan alamat email lagi, atau buka pelacakan lagi; lalu ulangi.")
        .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// `If-Match` is missing where two people may edit.
pub fn precondition_required() -> Problem {
    Problem::new("precondition-required", StatusCode::PRECONDITION_REQUIRED, "If-Match wajib ada")
        .detail("Baca dulu datanya, lalu kirim ETag-nya sebagai If-Match.")
}

/// A header is missing or of the wrong shape.
pub fn bad_header(name: &'static str, detail: &str) -> Problem {
    Problem::new("malformed", StatusCode::BAD_REQUEST, "Permintaan tidak terbaca")
        .detail("Perbaiki bagian yang disebut.")
        .error(format!("/{name}"), "invalid", detail)
}

/// The cause goes to the log, once, in the span that carries the request id; the caller gets that id.
fn logged(error: &anyhow::Error) -> Problem {
    let request_id = super::request_id::current().unwrap_or_default();
    tracing::error!(error = format!("{error:#}"), request_id, "a request failed by our fault");
    problem::internal()
}

fn field_error(fault: Fault) -> FieldError {
    FieldError { pointer: fault.pointer, code: Cow::Owned(fault.code), detail: fault.detail }
}

fn duplicate(receipt_number: Option<String>) -> Problem {
    let problem = Problem::new("duplicate-request", StatusCode::CONFLICT, "Permohonan sejenis masih terbuka")
        .detail("Ikuti permohonan yang masih terbuka, atau tarik kembali sebelum mengajukan yang baru.");
    match receipt_number {
        Some(number) => problem.with("receipt_number", number),
        None => problem,
    }
}

fn not_found_detail(what: &str) -> &'static str {
    match what {
        "proof" => "Kode ini tidak ada, sudah dipakai, atau sudah lewat waktunya. Minta kode baru.",
        "receipt" => {
            "Nomor bukti penerimaan atau kode pelacakan belum benar. Periksa keduanya pada bukti penerimaan."
        }
        _ => "Tidak ada, atau Anda tidak boleh melihatnya. Periksa kembali alamat atau nomornya.",
    }
}

fn already_done_detail(what: &str) -> &'static str {
    match what {
        "document_in_use" => "Dokumen ini sudah dipakai sebuah permohonan dan tidak dapat dihapus.",
        "task_closed" => "Tugas ini sudah diselesaikan. Muat ulang daftar tugas.",
        "decree_recorded" => {
            "KEP dengan nomor ini sudah dicatat untuk pegawai ini. Muat ulang daftar pegawai."
        }
        "decree_made_here" => {
            "KEP ini dibuat di sini dan berlaku dengan pindaiannya. Unggah pindaian naskah yang ditandatangani."
        }
        "decree_not_numbered" => "KEP ini belum diberi nomor. Beri nomor lebih dahulu.",
        "decree_numbered" => "KEP ini sudah diberi nomor. Muat ulang daftar keputusan.",
        "decree_signed" => "KEP ini sudah berlaku. Cabut penunjukannya bila perlu.",
        "decree_ended" => "KEP ini sudah dibatalkan. Siapkan keputusan baru.",
        "decree_revoked" => "KEP ini sudah dicabut. Muat ulang daftar pegawai.",
        "client_disabled" => "Klien ini sudah dinonaktifkan. Daftarkan klien baru bila masih perlu.",
        "client_key_retired" => "Kunci ini sudah dicabut. Muat ulang daftar kunci.",
        "job_runs" => {
            "Pekerjaan ini sedang berjalan atau sudah dijadwalkan lagi. Muat ulang daftar pekerjaan."
        }
        "webhook_pending" => "Peristiwa ini masih menunggu dikirim. Muat ulang catatan pengiriman.",
        "import_runs" => "Impor data PKP lain sedang berjalan. Tunggu sampai selesai, lalu kirim lagi.",
        "mail_settled" => "Email ini sudah terkirim atau sudah dihentikan. Muat ulang daftar pekerjaan.",
        _ => "Sudah dilakukan. Muat ulang, lalu lihat keadaannya.",
    }
}

fn template_detail(refusal: TemplateRefusal) -> &'static str {
    match refusal {
        TemplateRefusal::NotApproved => "Versi ini belum disetujui. Mintalah operator lain menyetujuinya.",
        TemplateRefusal::Withdrawn => "Versi ini sudah ditarik. Susun versi baru.",
        TemplateRefusal::InForce => "Versi ini sudah berlaku di salah satu kantor. Susun versi baru.",
        TemplateRefusal::NotADraft | TemplateRefusal::Drafter | TemplateRefusal::TooEarly { .. } => {
            "Versi ini bukan konsep lagi; naskahnya tetap. Susun versi baru."
        }
    }
}

/// At least one second: a client that comes back too early is only told to wait again.
fn whole_seconds(pause: chrono::TimeDelta) -> u32 {
    u32::try_from((pause.num_milliseconds() + 999) / 1_000).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        domain::state::{Act, StateName},
        http::problem_catalogue::PROBLEM_TYPES,
        pades::SignerFailure,
    };

    fn every_error() -> Vec<AppError> {
        vec![
            AppError::Unauthenticated,
            AppError::WrongCredentials,
            AppError::Forbidden,
            AppError::NoDecree,
            AppError::NotFound("request"),
            AppError::NotPossible { act: Act::Claim, state: StateName::Issued, officer: None },
            AppError::AlreadyDone("task_closed"),
            AppError::ReportSigned {
                signatory: "A".to_owned(),
                signed_at: chrono::DateTime::UNIX_EPOCH,
                zone: chrono_tz::Tz::Asia__Jakarta,
            },
            AppError::SignerDraftedIt,
            AppError::SignerKeyedItIn,
            AppError::NeedsSectionHead,
            AppError::fault("/email", "email", "x"),
            AppError::WrongProofCode,
            AppError::DuplicateRequest { receipt_number: None },
            AppError::VerdictChanged,
            AppError::VerdictForbids,
            AppError::Undetermined(Vec::new()),
            AppError::ExemptionsOpen(Vec::new()),
            AppError::Stale,
            AppError::DraftChanged,
            AppError::IdempotencyMismatch,
            AppError::OfficeWithoutAddress,
            AppError::NotCorrectable,
            AppError::LetterReplaced {
                number: "S-1/KPP.031/2026".to_owned(),
                dated_on: chrono::NaiveDate::MIN,
                signer: None,
            },
            AppError::SiblingFirst,
            AppError::PairNotPossible(crate::domain::names::CredentialState::Revoked),
            AppError::GoesByEmail,
            AppError::NotPrintedYet,
            AppError::HandedOutAlready,
            AppError::NotPosted,
            AppError::NotFailed,
            AppError::AddressSuppressed,
            AppError::LinkEnded(crate::domain::credential::LinkState::Closed),
            AppError::OverdueNeedsCause,
            AppError::TooManyAttempts { retry_after: TimeDelta::milliseconds(1_200) },
            AppError::ApproverDraftedIt,
            AppError::TemplateNotPossible(TemplateRefusal::InForce),
            AppError::TemplateFaulty(Vec::new()),
            AppError::UploadsBusy,
            AppError::TooLarge { limit_bytes: 1 },
            AppError::UnsupportedFile,
            AppError::Internal(anyhow!("x")),
            AppError::SignerAway(SignerFailure::Away("x".to_owned())),
            AppError::NotSealable(SignerFailure::Refused("x".to_owned())),
            AppError::Unavailable(anyhow!("x")),
        ]
    }

    #[test]
    fn every_problem_that_is_answered_has_its_page_with_the_same_status() {
        let mut problems: Vec<Problem> = every_error().into_iter().map(IntoProblem::into_problem).collect();
        problems.extend([precondition_required(), bad_header("if-match", "x"), unauthenticated()]);
        for problem in problems {
            let known = PROBLEM_TYPES.iter().find(|known| known.slug == problem.slug());
            let known = known.unwrap_or_else(|| panic!("{} has no page", problem.slug()));
            assert_eq!(known.status, problem.status().as_u16(), "{}", known.slug);
        }
    }

    #[test]
    fn whoever_must_wait_is_told_how_long() {
        for (error, seconds) in [
            (AppError::TooManyAttempts { retry_after: TimeDelta::milliseconds(1_200) }, "2"),
            (AppError::TooManyAttempts { retry_after: TimeDelta::zero() }, "1"),
            (AppError::UploadsBusy, "5"),
            (AppError::Unavailable(anyhow!("x")), "5"),
        ] {
            let response = error.into_problem().response();
            assert_eq!(response.headers().get("retry-after").unwrap(), seconds);
        }
    }

    #[test]
    fn the_cause_of_a_fault_of_ours_is_logged_with_its_chain_and_not_told() {
        let (subscriber, logs) = crate::telemetry::capture();
        let guard = tracing::subscriber::set_default(subscriber);
        let problem = AppError::Internal(anyhow!("inner cause").context("outer cause")).into_problem();
        drop(guard);

        assert!(logs.text().contains("outer cause: inner cause"));
        let body = actix_web::body::MessageBody::try_into_bytes(problem.response().into_body()).unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("cause"));
    }
}
