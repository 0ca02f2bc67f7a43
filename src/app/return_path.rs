//! The address that a bounce of a message comes back to, and the way from there to the message.

use super::{AppError, Office};
use crate::domain::{
    bounce_address::{self, BounceAddress},
    email_address::EmailAddress,
    ids::MessageId,
};

/// The return path of a message: the bounce address of the settings with a token of the vault. `None`: the office has no
/// mailbox for bounces, and the sender is the return path.
pub(in crate::app) fn of_message(
    office: &Office,
    message: MessageId,
) -> Result<Option<EmailAddress>, AppError> {
    let with_token = |bounces: &BounceAddress| bounces.with_token(&office.vault.bounce_token(message));
    office
        .rules
        .bounces
        .as_ref()
        .map(with_token)
        .transpose()
        .map_err(|error| AppError::Internal(error.into()))
}

/// The message that a bounce is about, by the address that the bounce was sent to. `None`: not an address of ours.
pub fn message(office: &Office, recipient: &EmailAddress) -> Option<MessageId> {
    bounce_address::token_in(recipient).and_then(|token| office.vault.message_of_bounce(token))
}
