//! `aktivasi office …`: offices, and what they print their letters on and with.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use clap::Subcommand;

use super::{
    Failure,
    import::{self, Content},
};
use crate::{
    app::{Office, letterhead, registry::Consent},
    domain::{names::OfficePaper, office::OfficeCode},
    letters::MOST_EMBLEM_BYTES,
};

#[derive(Debug, Subcommand)]
pub enum OfficeCommand {
    /// Imports a CSV file, whole or not at all
    Import { file: PathBuf },
    /// Gives an office its own emblem for the letters that it signs from now on
    Emblem {
        /// Three digits
        office: OfficeCode,
        /// A PNG, the longer side 240 to 1200 pixels, at most 256 KiB
        #[arg(required_unless_present = "remove", conflicts_with = "remove")]
        file: Option<PathBuf>,
        /// Goes back to the placeholder
        #[arg(long)]
        remove: bool,
    },
    /// Chooses the paper of the letters that an office signs from now on
    Paper {
        /// Three digits
        office: OfficeCode,
        /// a4, or f4 for folio
        paper: OfficePaper,
    },
}

pub async fn run(office: &Office, command: &OfficeCommand, out: &mut impl Write) -> Result<(), Failure> {
    match command {
        OfficeCommand::Import { file } => {
            import::run(office, Content::Offices, Consent::Missing, file, out).await
        }
        OfficeCommand::Emblem { office: code, file, remove: _ } => {
            let content = match file {
                None => None,
                Some(file) => Some(read(file)?),
            };
            letterhead::set_emblem(office, *code, content.as_deref()).await?;
            writeln!(out, "letters of office {code} show {} from now on", shown(content.is_some()))?;
            Ok(())
        }
        OfficeCommand::Paper { office: code, paper } => {
            letterhead::set_paper(office, *code, *paper).await?;
            writeln!(out, "letters of office {code} are made for {paper} from now on")?;
            Ok(())
        }
    }
}

fn shown(own: bool) -> &'static str {
    if own { "this emblem" } else { "the placeholder" }
}

/// No more of the file than shows that it is too large.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        File::open(path)?.take(MOST_EMBLEM_BYTES as u64 + 1).read_to_end(&mut content)?;
        Ok(content)
    };
    read().map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))
}
