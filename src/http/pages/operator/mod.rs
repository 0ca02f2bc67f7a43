//! Pages of the Operator Console: what is stuck, who works here, what the office is and when it is open.

mod account;
mod accounts;
mod calendar;
mod calendar_import;
mod client;
mod clients;
mod confirm;
mod decree_acts;
mod decrees;
mod faults;
mod jobs;
mod mail;
mod office;
mod receiver;
mod receivers;
mod registry;
mod row_faults;
mod scans;
mod why;
mod wording;
mod year_grid;

use chrono_tz::Tz;

use super::frame::{Page, Staff, path_id};
use crate::app::desk::Desk;

pub const TEMPLATES: &[(&str, &str)] = &[
    ("operator/confirm.html", include_str!("../../templates/operator/confirm.html")),
    ("operator/tiles.html", include_str!("../../templates/operator/tiles.html")),
    ("operator/jobs.html", include_str!("../../templates/operator/jobs.html")),
    ("operator/mail.html", include_str!("../../templates/operator/mail.html")),
    ("operator/kept_mail.html", include_str!("../../templates/operator/kept_mail.html")),
    ("operator/accounts.html", include_str!("../../templates/operator/accounts.html")),
    ("operator/account.html", include_str!("../../templates/operator/account.html")),
    ("operator/new_account.html", include_str!("../../templates/operator/new_account.html")),
    ("operator/role_fields.html", include_str!("../../templates/operator/role_fields.html")),
    ("operator/secret.html", include_str!("../../templates/operator/secret.html")),
    ("operator/office.html", include_str!("../../templates/operator/office.html")),
    ("operator/offices.html", include_str!("../../templates/operator/offices.html")),
    ("operator/calendar.html", include_str!("../../templates/operator/calendar.html")),
    ("operator/calendar_preview.html", include_str!("../../templates/operator/calendar_preview.html")),
    ("operator/calendar_import.html", include_str!("../../templates/operator/calendar_import.html")),
    (
        "operator/calendar_import_preview.html",
        include_str!("../../templates/operator/calendar_import_preview.html"),
    ),
    ("operator/moved.html", include_str!("../../templates/operator/moved.html")),
    ("operator/wording.html", include_str!("../../templates/operator/wording.html")),
    ("operator/wording_version.html", include_str!("../../templates/operator/wording_version.html")),
    ("operator/wording_form.html", include_str!("../../templates/operator/wording_form.html")),
    ("operator/decree.html", include_str!("../../templates/operator/decree.html")),
    ("operator/decree_form.html", include_str!("../../templates/operator/decree_form.html")),
    ("operator/decrees.html", include_str!("../../templates/operator/decrees.html")),
    ("operator/receivers.html", include_str!("../../templates/operator/receivers.html")),
    ("operator/receiver.html", include_str!("../../templates/operator/receiver.html")),
    ("operator/receiver_form.html", include_str!("../../templates/operator/receiver_form.html")),
    ("operator/receiver_secret.html", include_str!("../../templates/operator/receiver_secret.html")),
    ("operator/clients.html", include_str!("../../templates/operator/clients.html")),
    ("operator/client.html", include_str!("../../templates/operator/client.html")),
    ("operator/client_form.html", include_str!("../../templates/operator/client_form.html")),
    ("operator/client_key.html", include_str!("../../templates/operator/client_key.html")),
    ("operator/client_standing.html", include_str!("../../templates/operator/client_standing.html")),
    ("operator/client_addresses.html", include_str!("../../templates/operator/client_addresses.html")),
    ("operator/registry.html", include_str!("../../templates/operator/registry.html")),
    ("operator/row_faults.html", include_str!("../../templates/operator/row_faults.html")),
];

pub fn pages() -> Vec<Page> {
    [
        jobs::pages(),
        mail::pages(),
        accounts::pages(),
        account::pages(),
        calendar::pages(),
        calendar_import::pages(),
        client::pages(),
        clients::pages(),
        decrees::pages(),
        decree_acts::pages(),
        office::pages(),
        receiver::pages(),
        receivers::pages(),
        registry::pages(),
        scans::pages(),
        wording::pages(),
    ]
    .concat()
}

/// What belongs to no office is shown on the clock of Jakarta.
const ZONE: Tz = Tz::Asia__Jakarta;

fn desk(staff: &Staff) -> Desk {
    Desk::Operator(staff.session())
}

/// The clock by which an operator reads.
fn zone(staff: &Staff) -> Tz {
    staff.who().zone.unwrap_or(ZONE)
}
