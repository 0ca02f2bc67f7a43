//! What letters and e-mails of every office say alike: facts of the Direktorat Jenderal Pajak.

/// The call centre.
pub const KRING_PAJAK: &str = "1500200";
pub const LAMAN: &str = "www.pajak.go.id";
/// Central addresses, as the letterhead lists them.
pub const SUREL: &str = "pengaduan@pajak.go.id, informasi@pajak.go.id";

/// Days and hours of the counters, in the zone of the office (SE-20/PJ/2020).
pub const LOKET_DAYS: &str = "Senin sampai dengan Jumat";
pub const LOKET_HOURS: &str = "08.00–16.00";

/// The sender of an e-mail that belongs to no office yet.
pub const NAME: &str = "Direktorat Jenderal Pajak";
pub const ADDRESS: &str = "Jalan Jenderal Gatot Subroto Kav. 40-42, Jakarta 12190";
