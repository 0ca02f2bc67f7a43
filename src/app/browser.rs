//! What browsers keep for us between two pages: a pointer to a session, the proof that a form is ours, sealed notes.
//!
//! Nothing here is stored by us: pointer and proof are MACs, notes are sealed, and every replica can read them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::{AppError, Office};
use crate::{
    domain::ids::{AccountSessionId, SessionId},
    vault::seal::Aad,
};

const SESSION_PURPOSE: &str = "page_session";
const ACCOUNT_PURPOSE: &str = "page_account";
const FORM_PURPOSE: &str = "page_form";
const ID_BYTES: usize = 16;
const MAC_BYTES: usize = 32;

/// Who holds a browser: a session of staff, or a guest whom a random number tells from other guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    Session(SessionId),
    Guest(Uuid),
}

impl Holder {
    fn bytes(self) -> [u8; ID_BYTES + 1] {
        let (tag, id) = match self {
            Self::Session(session) => (b's', session.0),
            Self::Guest(guest) => (b'g', guest),
        };
        let mut bytes = [tag; ID_BYTES + 1];
        bytes[1..].copy_from_slice(id.as_bytes());
        bytes
    }
}

impl Office {
    /// The cookie of a session. It holds the id alone and cannot be made without our key.
    pub fn session_cookie(&self, session: SessionId) -> String {
        self.proof(SESSION_PURPOSE, *session.0.as_bytes(), &[])
    }

    /// The session that a cookie of ours points to; whether it lives is looked up.
    pub fn read_session_cookie(&self, cookie: &str) -> Option<SessionId> {
        self.proven(SESSION_PURPOSE, cookie, &[]).map(|id| SessionId(Uuid::from_bytes(id)))
    }

    /// The cookie of a PKP in its account, as [`Self::session_cookie`].
    pub fn account_cookie(&self, session: AccountSessionId) -> String {
        self.proof(ACCOUNT_PURPOSE, *session.0.as_bytes(), &[])
    }

    /// The session of an account that a cookie of ours points to; whether it lives is looked up.
    pub fn read_account_cookie(&self, cookie: &str) -> Option<AccountSessionId> {
        self.proven(ACCOUNT_PURPOSE, cookie, &[]).map(|id| AccountSessionId(Uuid::from_bytes(id)))
    }

    /// The token of a form for this holder. Another one each time, so that a compressed page does not give it away.
    pub fn form_token(&self, holder: Holder) -> String {
        let mut salt = [0; ID_BYTES];
        self.vault.entropy().fill(&mut salt);
        self.proof(FORM_PURPOSE, salt, &holder.bytes())
    }

    /// Whether a token was given to this holder. Compares in constant time.
    pub fn form_token_matches(&self, holder: Holder, token: &str) -> bool {
        self.proven(FORM_PURPOSE, token, &holder.bytes()).is_some()
    }

    /// Seals what a browser shall bring back unread. `purpose` and `holder` must be the same on return.
    pub fn seal_note(&self, purpose: &'static str, holder: &str, text: &[u8]) -> Result<String, AppError> {
        Ok(URL_SAFE_NO_PAD.encode(self.vault.seal(&Aad::keyed("browser", purpose, holder), text)?))
    }

    /// What [`Office::seal_note`] sealed; `None` for anything else.
    pub fn open_note(&self, purpose: &'static str, holder: &str, note: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(note).ok()?;
        self.vault.open(&Aad::keyed("browser", purpose, holder), &sealed).ok().map(|text| text.to_vec())
    }

    /// An id that cannot be made without our key, for one purpose.
    pub(super) fn proof(&self, purpose: &str, id: [u8; ID_BYTES], holder: &[u8]) -> String {
        let (key, mac) = self.vault.token(purpose, &[&id, holder]);
        URL_SAFE_NO_PAD.encode([id.as_slice(), &mac, key.as_str().as_bytes()].concat())
    }

    /// The id in what [`Office::proof`] made.
    pub(super) fn proven(&self, purpose: &str, text: &str, holder: &[u8]) -> Option<[u8; ID_BYTES]> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, rest) = bytes.split_first_chunk::<ID_BYTES>()?;
        let (mac, key) = rest.split_first_chunk::<MAC_BYTES>()?;
        let key = std::str::from_utf8(key).ok()?;
        let genuine = self.vault.token_matches(key, purpose, &[id, holder], mac).ok()?;
        genuine.then_some(*id)
    }
}
