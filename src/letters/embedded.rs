//! Every file of `letter-templates/` that the program carries in itself.

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../letter-templates/", $name, ".md")))),+]
    };
}

/// Letters, and the pieces that they include (names beginning with `_`).
pub const LETTERS: &[(&str, &str)] = files![
    "letters/_kaki_surat",
    "letters/_kop_surat",
    "letters/_ralat",
    "letters/_tanda_tangan",
    "letters/activation_notice",
    "letters/application_letter",
    "letters/deficiency_list",
    "letters/email_change_notice",
    "letters/monthly_register",
    "letters/monthly_report",
    "letters/print_list",
    "letters/receipt",
    "letters/refusal_notice",
    "letters/routing_slip",
    "letters/special_officer_decree",
];

/// The line about the seal of the office. It belongs to the program and to no version of a letter: whoever changes it
/// changes the version of the renderer.
pub const SEAL: (&str, &str) = ("letters/_segel", include_str!("../../letter-templates/letters/_segel.md"));

/// E-mails, and the pieces that they include.
pub const EMAILS: &[(&str, &str)] = files![
    "emails/_bukan_kami",
    "emails/_pembuka",
    "emails/_penutup",
    "emails/_penutup_pegawai",
    "emails/account_changed",
    "emails/forgot_password_attempt",
    "emails/account_suspended",
    "emails/change_notice_old_address",
    "emails/due_date_changed",
    "emails/due_reminder_officer",
    "emails/due_reminder_section_head",
    "emails/due_reminder_supervisor",
    "emails/letter_delivery",
    "emails/password_link",
    "emails/postal_return",
    "emails/proof_code",
    "emails/receipt",
    "emails/reprint_notice",
    "emails/request_ended",
    "emails/returned_incomplete",
    "emails/supervisor_digest",
    "emails/unknown_sender_notice",
];

pub const REFUSAL_REASONS: &str = include_str!("../../letter-templates/refusal-reasons.csv");
pub const DEFICIENCY_ITEMS: &str = include_str!("../../letter-templates/deficiency-items.csv");

pub const REGULAR: &[u8] = include_bytes!("../../letter-templates/fonts/LiberationSans-Regular.ttf");
pub const BOLD: &[u8] = include_bytes!("../../letter-templates/fonts/LiberationSans-Bold.ttf");
pub const ITALIC: &[u8] = include_bytes!("../../letter-templates/fonts/LiberationSans-Italic.ttf");
pub const MONO: &[u8] = include_bytes!("../../letter-templates/fonts/LiberationMono-Bold.ttf");
