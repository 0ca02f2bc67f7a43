//! Links of mails: `{public_url}/p/{token}` for a password, `{public_url}/n/{token}` for "this was not us".
//!
//! Token: the vault's prefix (4 characters), the link's id (22 characters of base64url), the HMAC (43). The id is
//! there to find the row; only the HMAC over it opens anything. Nothing of it is stored.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{
    app::{AppError, Office},
    domain::ids::{LinkId, NotUsId},
    store::links::{NotUsLink, PasswordLink},
    vault::token::LinkPurpose,
};

const PREFIX_LENGTH: usize = 4;
const ID_LENGTH: usize = 22;
const TOKEN_LENGTH: usize = 69;

/// A token as it was presented: where to look, and what to hold against the row. Not verified yet.
pub(in crate::app) struct Presented {
    id: Uuid,
    /// As the vault makes it: without the id.
    mac: String,
}

impl Presented {
    /// Takes a token apart. `None`: it cannot be one of ours.
    pub(in crate::app) fn parse(token: &str) -> Option<Self> {
        if token.len() != TOKEN_LENGTH || !token.is_ascii() {
            return None;
        }
        let (prefix, rest) = token.split_at(PREFIX_LENGTH);
        let (id, mac) = rest.split_at(ID_LENGTH);
        let id = URL_SAFE_NO_PAD.decode(id).ok()?;
        Some(Self { id: Uuid::from_slice(&id).ok()?, mac: format!("{prefix}{mac}") })
    }

    /// Where a password link would be. To be verified against the row with [`is_for_password_link`].
    pub(in crate::app) fn password_link(&self) -> LinkId {
        LinkId(self.id)
    }

    /// Where a "not us" link would be. To be verified against the row with [`is_for_not_us`].
    pub(in crate::app) fn not_us(&self) -> NotUsId {
        NotUsId(self.id)
    }
}

/// The address in a password mail.
pub(in crate::app) fn password_url(office: &Office, link: &PasswordLink) -> Result<String, AppError> {
    let parts: [&[u8]; 2] = [link.id.0.as_bytes(), &link.generation.to_be_bytes()];
    let token = token(office, &link.key_id, LinkPurpose::Password, link.id.0, &parts)?;
    Ok(office.rules.public_url.join(&format!("/p/{token}")))
}

/// The address in mails that say what to do when "this was not us".
pub(in crate::app) fn not_us_url(office: &Office, link: &NotUsLink) -> Result<String, AppError> {
    let token = token(office, &link.key_id, LinkPurpose::NotUs, link.id.0, &[link.id.0.as_bytes()])?;
    Ok(office.rules.public_url.join(&format!("/n/{token}")))
}

/// Whether the token is the one of this link. In constant time.
pub(in crate::app) fn is_for_password_link(
    office: &Office,
    link: &PasswordLink,
    presented: &Presented,
) -> Result<bool, AppError> {
    let parts: [&[u8]; 2] = [link.id.0.as_bytes(), &link.generation.to_be_bytes()];
    Ok(office.vault.link_token_matches(&link.key_id, LinkPurpose::Password, &parts, &presented.mac)?)
}

/// Whether the token is the one of this link. In constant time.
pub(in crate::app) fn is_for_not_us(
    office: &Office,
    link: &NotUsLink,
    presented: &Presented,
) -> Result<bool, AppError> {
    let parts: [&[u8]; 1] = [link.id.0.as_bytes()];
    Ok(office.vault.link_token_matches(&link.key_id, LinkPurpose::NotUs, &parts, &presented.mac)?)
}

fn token(
    office: &Office,
    key_id: &str,
    purpose: LinkPurpose,
    id: Uuid,
    parts: &[&[u8]],
) -> Result<String, AppError> {
    let made = office.vault.link_token(key_id, purpose, parts)?;
    let (prefix, mac) = made.split_at(PREFIX_LENGTH);
    Ok(format!("{prefix}{}{mac}", URL_SAFE_NO_PAD.encode(id.as_bytes())))
}
