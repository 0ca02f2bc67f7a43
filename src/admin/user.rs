//! `aktivasi user …`: accounts of staff.

use std::io::{BufRead, IsTerminal, Write};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};

use super::Failure;
use crate::{
    app::{Office, desk::Desk, notices, staff_accounts},
    domain::{
        email_address::EmailAddress,
        names::{Role, Scope},
        office::OfficeCode,
    },
};

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Makes an account; the password is read from standard input, or made and shown once in a terminal
    Add(AddArgs),
    /// Sets a new password, read or made as in `add`
    Password { username: String },
    /// Closes an account
    Disable { username: String },
    /// Sets where somebody gets mails about limits
    Email {
        username: String,
        /// The address; none when it is left out: notices then stand on their page only
        address: Option<EmailAddress>,
    },
    /// Records the decree that appoints a special officer
    Decree {
        username: String,
        #[arg(long)]
        number: String,
        /// Date of the decree
        #[arg(long, value_name = "YYYY-MM-DD")]
        dated: NaiveDate,
        /// First day it is in force; the date of the decree when left out
        #[arg(long, value_name = "YYYY-MM-DD")]
        in_force: Option<NaiveDate>,
    },
    /// Lets somebody sign as section head for some days
    Acting {
        username: String,
        /// Plh. or Plt.
        #[arg(long)]
        kind: String,
        #[arg(long, value_name = "YYYY-MM-DD")]
        from: NaiveDate,
        #[arg(long, value_name = "YYYY-MM-DD")]
        until: NaiveDate,
    },
}

#[derive(Debug, Args)]
pub struct AddArgs {
    #[arg(long)]
    pub username: String,
    #[arg(long)]
    pub name: String,
    #[arg(long)]
    pub nip: String,
    /// Home office, three digits
    #[arg(long)]
    pub office: Option<OfficeCode>,
    #[arg(long)]
    pub kanwil: Option<String>,
    /// `counter`, `special_officer`, `section_head`, `supervisor` or `operator`; may be given several times
    #[arg(long = "role", required = true)]
    pub roles: Vec<Role>,
    /// How far supervisors and operators see: office, kanwil or national
    #[arg(long, default_value = "office")]
    pub scope: Scope,
}

pub async fn run(office: &Office, command: &UserCommand, out: &mut impl Write) -> Result<(), Failure> {
    match command {
        UserCommand::Add(args) => {
            let (password, made) = password(office)?;
            staff_accounts::add(office, Desk::Console, &account(args), &password).await?;
            told(out, &args.username, "added", made.then_some(&password))?;
        }
        UserCommand::Password { username } => {
            let (password, made) = password(office)?;
            staff_accounts::set_password(office, Desk::Console, username.as_str(), &password).await?;
            told(out, username, "has a new password", made.then_some(&password))?;
        }
        UserCommand::Disable { username } => {
            staff_accounts::disable(office, Desk::Console, username.as_str()).await?;
            writeln!(out, "{username} is closed")?;
        }
        UserCommand::Email { username, address } => {
            notices::set_address(office, Desk::Console, username.as_str(), address.as_ref()).await?;
            let what = if address.is_some() { "gets mails about limits" } else { "gets no mails" };
            writeln!(out, "{username} {what}")?;
        }
        UserCommand::Decree { username, number, dated, in_force } => {
            let in_force = in_force.unwrap_or(*dated);
            staff_accounts::record_decree(office, username, number, *dated, in_force).await?;
            writeln!(out, "{username} is a special officer by {number}, in force on {in_force}")?;
        }
        UserCommand::Acting { username, kind, from, until } => {
            staff_accounts::appoint_acting(office, Desk::Console, username.as_str(), kind, *from, *until)
                .await?;
            writeln!(out, "{username} acts as {kind} from {from} to {until}")?;
        }
    }
    Ok(())
}

fn account(args: &AddArgs) -> staff_accounts::NewAccount {
    let scope_of = |role| match role {
        Role::Supervisor | Role::Operator => args.scope,
        Role::Counter | Role::SpecialOfficer | Role::SectionHead => Scope::Office,
    };
    staff_accounts::NewAccount {
        username: args.username.clone(),
        name: args.name.clone(),
        nip: args.nip.clone(),
        office: args.office,
        kanwil: args.kanwil.clone(),
        roles: args.roles.iter().map(|role| (*role, scope_of(*role))).collect(),
        demo: false,
    }
}

/// The first line of standard input; in a terminal, or without a line, a random one (`true`).
fn password(office: &Office) -> Result<(SecretString, bool), Failure> {
    let input = std::io::stdin();
    let mut line = String::new();
    if !input.is_terminal() {
        input.lock().read_line(&mut line)?;
    }
    let typed = line.trim_end_matches(['\r', '\n']);
    if typed.is_empty() {
        return Ok((staff_accounts::random_password(office), true));
    }
    Ok((SecretString::from(typed.to_owned()), false))
}

fn told(
    out: &mut impl Write,
    username: &str,
    what: &str,
    made: Option<&SecretString>,
) -> std::io::Result<()> {
    writeln!(out, "{username} {what}")?;
    if let Some(password) = made {
        writeln!(out, "password (shown only now): {}", password.expose_secret())?;
    }
    Ok(())
}
