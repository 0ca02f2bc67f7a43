//! Pages for what went wrong, each with what to do next.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header::RETRY_AFTER},
};
use serde::Serialize;

use crate::{
    app::AppError,
    domain::credential::LinkState,
    http::{page, request_id},
};

/// Why a page cannot show what was asked for. Holds nothing that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Unknown,
    /// No letter has this token.
    UnknownLetter,
    Ended(LinkState),
    /// The form came in another shape than the page sends it, or from another site.
    WrongForm,
    TooOften {
        seconds: i64,
    },
    /// Too many letters were looked up from one network.
    TooManyLetters {
        seconds: i64,
    },
    Unavailable,
    Broken,
}

#[derive(Serialize)]
struct View {
    title: &'static str,
    meaning: String,
    next: &'static [&'static str],
    request_id: Option<String>,
}

const ASK_THE_OFFICE: &str = "Minta tautan baru kepada Seksi Pelayanan KPP Anda, dengan membawa identitas asli penanda tangan permohonan.";

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status_code())
    }
}

impl From<AppError> for Trouble {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotFound(_) => Self::Unknown,
            AppError::LinkEnded(state) => Self::Ended(state),
            AppError::TooManyAttempts { retry_after } => {
                Self::TooOften { seconds: ((retry_after.num_milliseconds() + 999) / 1_000).max(1) }
            }
            AppError::Unavailable(error) => {
                tracing::warn!(error = format!("{error:#}"), "a page could not be served for now");
                Self::Unavailable
            }
            other => {
                tracing::error!(
                    error = format!("{:#}", anyhow::Error::new(other)),
                    "a page failed by our fault"
                );
                Self::Broken
            }
        }
    }
}

impl Trouble {
    /// The same, said of looking letters up.
    pub const fn while_verifying(self) -> Self {
        match self {
            Self::TooOften { seconds } => Self::TooManyLetters { seconds },
            Self::Unknown
            | Self::UnknownLetter
            | Self::Ended(_)
            | Self::WrongForm
            | Self::TooManyLetters { .. }
            | Self::Unavailable
            | Self::Broken => self,
        }
    }

    fn view(self) -> View {
        let (title, meaning, next): (_, String, &[&str]) = match self {
            Self::Unknown => (
                "Tautan tidak dikenal",
                "Tautan ini tidak lengkap atau tidak pernah kami kirim.".to_owned(),
                &[
                    "Buka lagi email dari kami dan tekan tautannya, atau salin seluruh alamatnya sampai huruf terakhir.",
                    "Bila tetap tidak dikenal, hubungi Seksi Pelayanan KPP Anda.",
                ],
            ),
            Self::UnknownLetter => (
                "Surat tidak dikenal",
                "Tidak ada surat kami dengan kode ini. Bila kode dipindai dari surat, surat itu bukan dari kami. / No letter of ours has this code. If it was scanned from a letter, that letter is not ours.".to_owned(),
                &[
                    "Bila kode diketik, periksa lagi tiap kelompok hurufnya pada surat.",
                    "Bila tetap tidak dikenal, jangan ikuti isi surat itu. Hubungi Seksi Pelayanan KPP Anda atau Kring Pajak 1500200.",
                ],
            ),
            Self::TooManyLetters { seconds } => (
                "Terlalu sering memeriksa",
                format!("Dari jaringan Anda sudah banyak surat diperiksa. Tunggu {seconds} detik, lalu muat ulang halaman ini. / Many letters were checked from your network. Please wait {seconds} seconds."),
                &["Pemeriksaan tetap dilayani sesudah waktu tunggu."],
            ),
            Self::Ended(LinkState::Expired) => (
                "Tautan sudah lewat waktunya",
                "Tautan ini tidak dipakai sampai batas waktunya, jadi tidak dapat dipakai lagi.".to_owned(),
                &[ASK_THE_OFFICE],
            ),
            Self::Ended(LinkState::Open | LinkState::Revealed | LinkState::Closed) => (
                "Tautan sudah ditutup",
                "Tautan ini sudah dipakai, atau sudah diganti dengan tautan yang lebih baru.".to_owned(),
                &[
                    "Bila Anda menerima email yang lebih baru, pakai tautan di email terakhir.",
                    "Bila Anda sudah mencatat hasilnya, tidak ada lagi yang perlu dilakukan di sini.",
                    ASK_THE_OFFICE,
                ],
            ),
            Self::WrongForm => (
                "Formulir tidak terbaca",
                "Isian datang dalam bentuk lain daripada yang dikirim halaman ini.".to_owned(),
                &["Buka tautan dari email sekali lagi, lalu isi formulir di halaman itu."],
            ),
            Self::TooOften { seconds } => (
                "Terlalu sering mencoba",
                format!("NPWP salah diisikan beberapa kali. Tunggu {seconds} detik, lalu coba lagi."),
                &[
                    "Siapkan NPWP dari SPPKP atau surat dari KPP, supaya tidak salah ketik.",
                    "NPWP yang benar tetap diterima sesudah waktu tunggu.",
                ],
            ),
            Self::Unavailable => (
                "Sedang tidak dapat dilayani",
                "Sistem kami sedang penuh atau sedang dirawat. Tidak ada yang berubah.".to_owned(),
                &["Buka tautan ini lagi beberapa menit lagi. Tautan Anda tetap berlaku."],
            ),
            Self::Broken => (
                "Gangguan pada sistem kami",
                "Gangguan ada pada sistem kami, bukan pada isian Anda.".to_owned(),
                &[
                    "Buka tautan ini lagi sebentar lagi.",
                    "Bila berulang, sebutkan nomor di bawah kepada petugas.",
                ],
            ),
        };
        let shows_id = matches!(self, Self::Broken);
        View { title, meaning, next, request_id: request_id::current().filter(|_| shows_id) }
    }
}

impl ResponseError for Trouble {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unknown | Self::UnknownLetter => StatusCode::NOT_FOUND,
            Self::Ended(_) => StatusCode::GONE,
            Self::WrongForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooOften { .. } | Self::TooManyLetters { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = match page::render(self.status_code(), "trouble.html", &self.view()) {
            Ok(response) => response,
            Err(error) => return error.error_response(),
        };
        let wait = match self {
            Self::TooOften { seconds } | Self::TooManyLetters { seconds } => Some(*seconds),
            Self::Unavailable => Some(5),
            Self::Unknown | Self::UnknownLetter | Self::Ended(_) | Self::WrongForm | Self::Broken => None,
        };
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
