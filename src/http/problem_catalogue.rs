//! What each problem type means and what to do about it: the pages behind `type`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::page;
use super::problem::{self, ApiError};

/// One problem type. The slug is contract: it never changes and is never used for another meaning.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ProblemType {
    pub slug: &'static str,
    pub status: u16,
    /// For people, Indonesian.
    pub title: &'static str,
    pub meaning: &'static str,
    pub action: &'static str,
    /// For programmers of other systems.
    pub meaning_en: &'static str,
    pub action_en: &'static str,
}

/// All problem types, ordered by slug.
pub const PROBLEM_TYPES: &[ProblemType] = &[
    ProblemType {
        slug: "bad-request",
        status: 400,
        title: "Permintaan tidak terbaca",
        meaning: "Permintaan terputus di jalan atau tidak sesuai HTTP.",
        action: "Kirim lagi.",
        meaning_en: "The request broke off or is not valid HTTP.",
        action_en: "Send it again.",
    },
    ProblemType {
        slug: "body-too-large",
        status: 413,
        title: "Isi terlalu besar",
        meaning: "Isi permintaan melewati batas ukuran; batasnya ada pada limit_bytes.",
        action: "Perkecil isi, misalnya pindai ulang dengan resolusi lebih rendah.",
        meaning_en: "The body exceeds the size limit given in limit_bytes.",
        action_en: "Send a smaller body.",
    },
    ProblemType {
        slug: "internal",
        status: 500,
        title: "Gangguan pada sistem kami",
        meaning: "Gangguan ada pada sistem kami, bukan pada isian Anda.",
        action: "Coba lagi sebentar lagi. Bila berulang, sebutkan request_id kepada petugas.",
        meaning_en: "A fault of ours. Nothing was changed unless an answer said so.",
        action_en: "Try again later; quote request_id when reporting it.",
    },
    ProblemType {
        slug: "invalid-body",
        status: 422,
        title: "Isian belum benar",
        meaning: "Isi terbaca, tetapi satu isian atau lebih tidak sesuai; setiap isian disebut pada errors.",
        action: "Perbaiki isian yang disebut, lalu kirim lagi.",
        meaning_en: "The body is JSON, but fields are missing, unknown or of the wrong shape; errors has JSON pointers.",
        action_en: "Correct the fields named in errors.",
    },
    ProblemType {
        slug: "invalid-query",
        status: 400,
        title: "Parameter alamat belum benar",
        meaning: "Parameter pada alamat kurang, tidak dikenal, atau salah bentuk.",
        action: "Perbaiki parameter yang disebut.",
        meaning_en: "A query parameter is missing, unknown or of the wrong shape.",
        action_en: "Correct the parameter named in errors.",
    },
    ProblemType {
        slug: "malformed-json",
        status: 400,
        title: "Isi bukan JSON yang benar",
        meaning: "JSON terputus atau salah tulis pada line dan column yang disebut.",
        action: "Perbaiki tulisan JSON.",
        meaning_en: "The body is not valid JSON at the given line and column.",
        action_en: "Send valid JSON.",
    },
    ProblemType {
        slug: "method-not-allowed",
        status: 405,
        title: "Metode tidak dilayani",
        meaning: "Alamat ini ada, tetapi tidak melayani metode itu.",
        action: "Pakai salah satu metode pada header Allow.",
        meaning_en: "The path exists but does not serve this method.",
        action_en: "Use a method listed in the Allow header.",
    },
    ProblemType {
        slug: "not-acceptable",
        status: 406,
        title: "Bentuk jawaban tidak tersedia",
        meaning: "Tidak satu pun bentuk jawaban yang diminta tersedia.",
        action: "Ubah header Accept.",
        meaning_en: "None of the media types in Accept can be produced.",
        action_en: "Change the Accept header.",
    },
    ProblemType {
        slug: "not-found",
        status: 404,
        title: "Tidak ditemukan",
        meaning: "Alamat ini tidak ada, atau Anda tidak boleh melihatnya.",
        action: "Periksa alamat dan hak akses Anda.",
        meaning_en: "It does not exist, or the caller may not know whether it exists.",
        action_en: "Check the address and the caller's rights.",
    },
    ProblemType {
        slug: "not-ready",
        status: 503,
        title: "Belum siap melayani",
        meaning: "Salah satu pemeriksaan gagal: basis data, jam, atau kalender; lihat checks.",
        action: "Untuk operator: perbaiki pemeriksaan yang gagal.",
        meaning_en: "A readiness check failed; see checks.",
        action_en: "Operators: fix the failed check. Load balancers: send requests elsewhere.",
    },
    ProblemType {
        slug: "unavailable",
        status: 503,
        title: "Sedang tidak dapat dilayani",
        meaning: "Layanan sedang penuh atau bagian yang dibutuhkan sedang tidak tersedia.",
        action: "Coba lagi sesudah waktu pada header Retry-After.",
        meaning_en: "The service is full, or something it needs is not available.",
        action_en: "Retry after the time given in Retry-After.",
    },
    ProblemType {
        slug: "unsupported-media-type",
        status: 415,
        title: "Jenis isi tidak dilayani",
        meaning: "Isi permintaan bukan jenis yang dibaca oleh alamat ini.",
        action: "Kirim dengan Content-Type yang disebut.",
        meaning_en: "The operation does not read this content type.",
        action_en: "Send the content type named in detail.",
    },
];

pub(super) async fn problem_page(slug: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let problem =
        PROBLEM_TYPES.iter().find(|known| known.slug == slug.as_str()).ok_or_else(problem::unknown_path)?;
    page::render(StatusCode::OK, "problem.html", problem)
}
