//! The one table of where each role can go, and who may open which page.

use serde::Serialize;

use crate::{app::page_session::AtWork, domain::names::Role};

/// Who a page is for. The right itself is checked by the act; this is what the pages show and where strangers are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Everyone,
    /// Any member of staff.
    Staff,
    /// Staff with one of these roles; acting section heads count as section heads.
    Roles(&'static [Role]),
}

impl Access {
    /// Whether this person finds the page in the navigation.
    pub fn includes(self, who: Option<&AtWork>) -> bool {
        match (self, who) {
            (Self::Everyone, _) | (Self::Staff, Some(_)) => true,
            (Self::Staff | Self::Roles(_), None) => false,
            (Self::Roles(roles), Some(who)) => roles.iter().any(|role| {
                who.colleague.roles.iter().any(|(held, _)| held == role)
                    || *role == Role::SectionHead && who.colleague.acting.is_some()
            }),
        }
    }
}

pub const COUNTER: Access = Access::Roles(&[Role::Counter]);
pub const OFFICER: Access = Access::Roles(&[Role::SpecialOfficer]);
pub const SECTION_HEAD: Access = Access::Roles(&[Role::SectionHead]);
/// Whoever judges requests: reads verdicts, drafts and corrections.
pub const JUDGES: Access = Access::Roles(&[Role::SpecialOfficer, Role::SectionHead, Role::Supervisor]);
/// Whoever hands letters out.
pub const PAPER: Access = Access::Roles(&[Role::Counter, Role::SpecialOfficer]);
/// Whoever holds an office against its figures.
pub const WATCHES: Access = Access::Roles(&[Role::SectionHead, Role::Supervisor]);
pub const OPERATOR: Access = Access::Roles(&[Role::Operator]);
/// Everybody who works on requests.
pub const WORKS: Access =
    Access::Roles(&[Role::Counter, Role::SpecialOfficer, Role::SectionHead, Role::Supervisor]);

/// `(key of the words, path, who)`, in the order of the navigation. The first row of a person is where their day begins.
const OFFICE: &[(&str, &str, Access)] = &[
    ("nav.sign", "/tanda-tangan", SECTION_HEAD),
    ("queue.title", "/antrean", WORKS),
    ("board.nav", "/papan", WATCHES),
    ("intake.title", "/loket", COUNTER),
    ("notices.title", NOTICES, WORKS),
    ("post.title", "/surat", PAPER),
    ("balance.title", "/neraca", WATCHES),
    ("agenda.nav", "/buku-agenda", WATCHES),
    ("report.nav", "/laporan", WATCHES),
    ("patterns.title", "/pola", WATCHES),
    ("nav.op_jobs", "/operator/pekerjaan", OPERATOR),
    ("nav.op_mail", "/operator/email", OPERATOR),
    ("nav.op_receivers", "/operator/penerima", OPERATOR),
    ("nav.op_clients", "/operator/klien", OPERATOR),
    ("nav.op_accounts", "/operator/pengguna", OPERATOR),
    ("nav.op_calendar", "/operator/kalender", OPERATOR),
    ("nav.op_registry", "/operator/data", OPERATOR),
    ("nav.op_decrees", "/operator/kep", OPERATOR),
    ("nav.op_office", "/operator/kantor", OPERATOR),
    ("nav.op_wording", "/operator/templat", OPERATOR),
];
const PUBLIC: &[(&str, &str)] = &[
    ("nav.start", "/"),
    ("nav.track", "/lacak"),
    ("nav.account", "/akun"),
    ("nav.verify", "/v"),
    ("nav.help", "/bantuan"),
];

/// What they were told of limits; its row says how much of it is new.
const NOTICES: &str = "/pemberitahuan";

#[derive(Debug, Serialize)]
pub struct Item {
    pub key: &'static str,
    pub href: &'static str,
    pub current: bool,
    /// What is new there; 0: nothing.
    pub count: i64,
}

/// The navigation of a person on a page.
pub fn items(who: Option<&AtWork>, path: &str) -> Vec<Item> {
    let here = |href: &str| {
        path == href
            || href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with(['/', '?']))
    };
    let count = |href: &str| who.filter(|_| href == NOTICES).map_or(0, |who| who.notices);
    let item = |key, href: &'static str| Item { key, href, current: here(href), count: count(href) };
    if who.is_none() {
        return PUBLIC.iter().map(|(key, href)| item(key, href)).collect();
    }
    OFFICE
        .iter()
        .filter(|(_, href, access)| access.includes(who) && !is_refused(who, href))
        .map(|(key, href, _)| item(key, href))
        .collect()
}

/// The registry belongs to no office: who looks after one office does not import it.
fn is_refused(who: Option<&AtWork>, href: &str) -> bool {
    let national =
        who.is_some_and(|who| who.colleague.operator().is_ok_and(|operator| operator.office.is_none()));
    href == "/operator/data" && !national
}

/// Where a person begins after signing in.
pub fn home(who: &AtWork) -> &'static str {
    items(Some(who), "").first().map_or("/", |item| item.href)
}
