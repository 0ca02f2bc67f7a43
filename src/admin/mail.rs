//! `aktivasi mail …`: what comes back about e-mails.

use std::io::{Read, Write};

use clap::Subcommand;
use uuid::Uuid;

use super::Failure;
use crate::{
    app::{
        Office,
        bounces::{
            Courier, kept,
            lift_suppression::lift_of_address,
            record_bounce::{MAX_BYTES, record_bounce},
        },
        desk::Desk,
    },
    domain::{email_address::EmailAddress, line::Line},
};

/// What comes back about e-mails.
#[derive(Debug, Subcommand)]
pub enum ReturnedMail {
    /// Records the message on standard input, which came to the return path of a mail; for a mail server's pipe
    Bounce {
        /// Whom the mail server says it is for
        #[arg(long, value_name = "ADDRESS")]
        recipient: Option<String>,
    },
    /// What came back and could not be placed
    #[command(subcommand)]
    Kept(KeptCommand),
    /// Lets the address on standard input get mail again
    Release {
        #[arg(long)]
        reason: String,
    },
}

impl ReturnedMail {
    /// Whether a mail server calls it.
    pub fn is_for_a_mail_server(&self) -> bool {
        matches!(self, Self::Bounce { .. })
    }
}

#[derive(Debug, Subcommand)]
pub enum KeptCommand {
    /// Lists what waits, oldest first
    List,
    /// Writes the beginning of one, as it came; the look is recorded
    Show { id: Uuid },
    /// Throws one away
    Discard { id: Uuid },
}

pub async fn run(office: &Office, command: &ReturnedMail, out: &mut impl Write) -> Result<(), Failure> {
    match command {
        ReturnedMail::Bounce { recipient } => {
            // What is no address of ours may still be a report: its own headers are looked at as well.
            let envelope: Option<EmailAddress> = recipient.as_deref().and_then(|text| text.parse().ok());
            let mail = message(std::io::stdin().lock())?;
            let outcome = record_bounce(office, Courier::Console, envelope.as_ref(), &mail).await?;
            writeln!(out, "{outcome}")?;
        }
        ReturnedMail::Kept(KeptCommand::List) => {
            for kept in kept::list(office, Desk::Console).await? {
                let about = kept.message.map_or_else(|| "-".to_owned(), |id| id.to_string());
                writeln!(
                    out,
                    "{}\t{}\t{}\t{about}",
                    kept.id,
                    kept.received_at.to_rfc3339(),
                    kept.byte_count
                )?;
            }
        }
        ReturnedMail::Kept(KeptCommand::Show { id }) => {
            out.write_all(&kept::show(office, Desk::Console, *id).await?)?;
        }
        ReturnedMail::Kept(KeptCommand::Discard { id }) => {
            kept::discard(office, Desk::Console, *id).await?;
            writeln!(out, "{id} is thrown away")?;
        }
        ReturnedMail::Release { reason } => {
            let reason = Line::parse(reason)
                .map_err(|_| Failure::usage("--reason: one printable line of at most 500 characters"))?;
            let mut typed = String::new();
            std::io::stdin().lock().take(1024).read_to_string(&mut typed)?;
            let address: EmailAddress =
                typed.parse().map_err(|error| Failure::usage(format!("standard input: {error}")))?;
            let lifted = lift_of_address(office, &address, &reason).await?;
            let said = if lifted { "gets mail again" } else { "was not held" };
            writeln!(out, "{} {said}", address.masked())?;
        }
    }
    Ok(())
}

/// The beginning of a message, as far as it is read. The rest is taken too, so that the sender's pipe does not break.
fn message(mut input: impl Read) -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    input.by_ref().take(MAX_BYTES as u64).read_to_end(&mut mail)?;
    std::io::copy(&mut input, &mut std::io::sink())?;
    Ok(mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_without_end_is_read_to_the_limit_and_taken_whole() {
        let mut long = std::io::repeat(b'x').take(3 * MAX_BYTES as u64);

        let read = message(&mut long).unwrap();

        assert_eq!((read.len(), long.limit()), (MAX_BYTES, 0));
    }
}
