//! The data of letters and e-mails, from rows: every date, number and masked value as text that is ready to print.
//!
//! No function here sees a code, a password, a tracking code or a link. Where one is printed stands a placeholder that
//! whoever renders replaces: `kredensial.kode_cetak` and `tanda_terima.kode_lacak` of letters hold dots; of e-mails,
//! `bukti.kode`, `kredensial.tautan`, `kredensial.password`, `bukan_kami.tautan` and `tanda_terima.kode_lacak` are empty.

mod activation_notice;
mod addressee;
mod application_letter;
mod catalogue_data;
mod correction;
mod deficiency_list;
mod djp;
mod email_bodies;
mod email_change_notice;
mod emails;
pub mod extras;
mod monthly_register;
mod monthly_report;
mod office_words;
mod phone;
mod phrases;
mod print_list;
mod receipt;
mod refusal_notice;
mod routing_slip;
mod signed_letter;
mod special_officer_decree;
mod staff_mails;

pub use activation_notice::{
    ActivationNotice, activation_copy, activation_notice, activation_of_imported_pair, archive_sheet,
};
pub use addressee::Addressee;
pub use application_letter::{SignedOnScreen, application_letter};
pub use catalogue_data::{item_data, reason_data};
pub use correction::{CorrectedRow, CorrectingLetter, Correction, correcting_letter, printed_subject};
pub use deficiency_list::{DeficiencyList, Stage, Subject, deficiency_list};
pub use email_change_notice::{EmailChangeNotice, email_change_notice};
pub use emails::email_data;
pub use monthly_register::{MonthlyRegister, monthly_register};
pub use monthly_report::{MonthlyReport, monthly_report};
pub use office_words::OfficeWords;
pub use print_list::{PrintList, print_list};
pub use receipt::{Receipt, TRACKING_DOTS, receipt};
pub use refusal_notice::{RefusalNotice, refusal_notice};
pub use routing_slip::{RoutingSlip, routing_slip};
pub use signed_letter::{Sheet, Signatory};
pub use special_officer_decree::{SpecialOfficerDecree, special_officer_decree};

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
