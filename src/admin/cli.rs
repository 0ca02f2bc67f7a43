//! The command line: its words, and the commands that need no running service.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::PathBuf,
};

use clap::{Parser, Subcommand};

use super::{
    Failure, calendar_explain, calendar_verify, health,
    import::{self, Content},
    job::{self, JobCommand},
    key::{KeyCommand, RotateTokens},
    letter::{self, LetterCommand},
    letter_verify,
    mail::ReturnedMail,
    npwp,
    office::{self as office_command, OfficeCommand},
    user::{self, UserCommand},
};
use crate::{
    app::{
        Office,
        registry::{Consent, Run},
    },
    clock::{Clock, SystemClock},
};

/// Back office for activation-code requests of a Kantor Pelayanan Pajak.
#[derive(Debug, Parser)]
#[command(name = "aktivasi", version, arg_required_else_help = true)]
pub struct Cli {
    /// Settings file; `AKTIVASI_SETTINGS` or /etc/aktivasi/settings.toml when left out
    #[arg(long, global = true, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answers requests, and works on jobs unless `server.workers` is false
    Serve,
    /// Works on jobs only
    Worker,
    /// Brings the schema of the database up to date, as its owner
    Migrate {
        /// URL of the owner role; `AKTIVASI_OWNER_DATABASE_URL` when left out
        #[arg(long, value_name = "URL")]
        database_url: Option<String>,
    },
    /// Starts everything on this machine with sample data and a mail catcher
    Demo {
        #[command(subcommand)]
        step: Option<DemoStep>,
    },
    /// E-mail
    #[command(subcommand)]
    Mail(MailCommand),
    #[command(flatten)]
    Offline(Offline),
    #[command(flatten)]
    Registry(Registry),
}

#[derive(Debug, Subcommand)]
pub enum DemoStep {
    /// Plays the main job against the running demo
    Walk,
    /// Fills the demo with years of requests, to look at figures
    Load {
        #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
        requests: u32,
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=20))]
        years: u32,
    },
}

#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Prints the DNS record by which receivers check the signature of our mails, as a line of a zone file
    Dkim,
    #[command(flatten)]
    Returned(ReturnedMail),
}

/// Commands that need no database.
#[derive(Debug, Subcommand)]
pub enum Offline {
    /// Identity numbers
    #[command(subcommand)]
    Npwp(NpwpCommand),
    /// Letters
    #[command(subcommand)]
    Letter(LetterCommand),
    /// The key file
    #[command(subcommand)]
    Key(KeyCommand),
    /// Asks a running service whether it is well
    Health {
        #[arg(long, value_name = "URL")]
        url: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum NpwpCommand {
    /// One verdict per line of text
    Check {
        /// A file, or - for standard input
        file: PathBuf,
    },
}

/// Commands that call acts on the database.
#[derive(Debug, Subcommand)]
pub enum Registry {
    /// Offices
    #[command(subcommand)]
    Office(OfficeCommand),
    /// Working days
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// Taxpayers and who may sign for them
    #[command(subcommand)]
    Taxpayer(TaxpayerCommand),
    /// Pairs that exist already
    #[command(subcommand)]
    Credential(ImportCommand),
    /// Accounts of staff
    #[command(subcommand)]
    User(UserCommand),
    /// Jobs
    #[command(subcommand)]
    Job(JobCommand),
}

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Imports a CSV file, whole or not at all
    Import { file: PathBuf },
}

#[derive(Debug, Subcommand)]
pub enum CalendarCommand {
    /// Imports days off; each year that occurs in the file is complete afterwards
    Import {
        file: PathBuf,
        /// Also when a year loses days off by the file, or would be complete with fewer than ten
        #[arg(long)]
        replace: bool,
        /// Says which days off would come, change and go and how many due dates would move, and keeps nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Imports other hours of counters; each row takes the place of one of the same office, first day and weekdays
    ImportHours {
        file: PathBuf,
        /// Says how many would come, change and go and how many due dates would move, and keeps nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Says why a due date is what it is; needs no database
    Explain(calendar_explain::ExplainArgs),
    /// Computes every due date again from what was recorded with it, and says which of them differ
    Verify(calendar_verify::VerifyArgs),
}

#[derive(Debug, Subcommand)]
pub enum TaxpayerCommand {
    /// Imports taxpayers with the evidence of their status; only rows that differ are written
    Import {
        file: PathBuf,
        /// Says what would be new, changed and at fault, and keeps nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Imports the persons who may sign
    ImportPersons { file: PathBuf },
}

impl Registry {
    /// `calendar explain` stands among the registry commands and needs no database.
    pub fn explain(&self) -> Option<&calendar_explain::ExplainArgs> {
        match self {
            Self::Calendar(CalendarCommand::Explain(args)) => Some(args),
            Self::Calendar(
                CalendarCommand::Import { .. }
                | CalendarCommand::ImportHours { .. }
                | CalendarCommand::Verify(_),
            )
            | Self::Office(_)
            | Self::Taxpayer(_)
            | Self::Credential(_)
            | Self::User(_)
            | Self::Job(_) => None,
        }
    }

    pub async fn run(&self, office: &Office) -> Result<(), Failure> {
        let mut out = io::stdout();
        let mut agreed = Consent::Missing;
        let (content, file) = match self {
            Self::Calendar(CalendarCommand::Import { file, dry_run: true, .. }) => {
                return import::try_calendar(office, Content::Calendar, file, &mut out).await;
            }
            Self::Calendar(CalendarCommand::ImportHours { file, dry_run: true }) => {
                return import::try_calendar(office, Content::Hours, file, &mut out).await;
            }
            Self::Calendar(CalendarCommand::Import { file, replace, .. }) => {
                if *replace {
                    agreed = Consent::Given;
                }
                (Content::Calendar, file)
            }
            Self::Calendar(CalendarCommand::ImportHours { file, .. }) => (Content::Hours, file),
            Self::Calendar(CalendarCommand::Explain(args)) => return explain(args),
            Self::Calendar(CalendarCommand::Verify(args)) => {
                return calendar_verify::run(office, args, &mut out, &mut io::stderr()).await;
            }
            Self::Taxpayer(TaxpayerCommand::Import { file, dry_run }) => {
                let run = if *dry_run { Run::Try } else { Run::Keep };
                return import::taxpayers(office, file, run, &mut out, &mut io::stderr()).await;
            }
            Self::Taxpayer(TaxpayerCommand::ImportPersons { file }) => (Content::Persons, file),
            Self::Credential(ImportCommand::Import { file }) => (Content::Credentials, file),
            Self::Office(command) => return office_command::run(office, command, &mut out).await,
            Self::User(command) => return user::run(office, command, &mut out).await,
            Self::Job(command) => return job::run(office, command, &mut out).await,
        };
        import::run(office, content, agreed, file, &mut out).await
    }
}

/// Proves kept letters; differences go to standard output, progress to standard error.
pub async fn verify(args: &letter_verify::VerifyArgs, office: &Office) -> Result<(), Failure> {
    letter_verify::run(office, args, &mut io::stdout(), &mut io::stderr()).await
}

/// Makes the next key of access tokens.
pub async fn rotate_tokens(args: &RotateTokens, office: &Office) -> Result<(), Failure> {
    args.run(office, &mut io::stdout()).await
}

/// One line on standard output.
pub fn print(line: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// Explains a due date on standard output.
pub fn explain(args: &calendar_explain::ExplainArgs) -> Result<(), Failure> {
    calendar_explain::run(args, &mut io::stdout()).map_err(|error| match error {
        calendar_explain::ExplainError::Write(error) => error.into(),
        other => Failure::usage(other.to_string()),
    })
}

impl Offline {
    /// `letter verify` stands among the commands that need no database and needs one.
    pub fn verify(&self) -> Option<&letter_verify::VerifyArgs> {
        match self {
            Self::Letter(LetterCommand::Verify(args)) => Some(args),
            Self::Letter(_) | Self::Npwp(_) | Self::Key(_) | Self::Health { .. } => None,
        }
    }

    /// `key rotate-tokens` does as well.
    pub fn rotate_tokens(&self) -> Option<&RotateTokens> {
        match self {
            Self::Key(KeyCommand::RotateTokens(args)) => Some(args),
            Self::Letter(_) | Self::Npwp(_) | Self::Key(_) | Self::Health { .. } => None,
        }
    }

    pub async fn run(&self) -> Result<(), Failure> {
        match self {
            Self::Npwp(NpwpCommand::Check { file }) => check_numbers(file),
            Self::Letter(command) => letter::run(command, &mut io::stdout()),
            Self::Key(command) => Ok(command.run(SystemClock.now(), &mut io::stdout())?),
            Self::Health { url } => health::run(url).await,
        }
    }
}

fn check_numbers(file: &std::path::Path) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    if file.as_os_str() == "-" {
        npwp::run(io::stdin().lock(), &mut out)?;
    } else {
        let opened = File::open(file).map_err(|error| {
            Failure::usage(format!("{} cannot be opened: {error}; check the path, or use -", file.display()))
        })?;
        npwp::run(BufReader::new(opened), &mut out)?;
    }
    Ok(out.flush()?)
}
