//! `aktivasi letter …`: try the wording out. Needs no database, except to prove kept letters.

use std::{fs, io::Write, path::PathBuf};

use clap::Subcommand;

use super::{Failure, letter_check, letter_data, letter_verify::VerifyArgs};
use crate::letters::{LetterKind, Templates};

#[derive(Debug, Subcommand)]
pub enum LetterCommand {
    /// Lists the kinds of letters
    Kinds,
    /// Proves every letter with sample, minimal, longest and hostile data, and makes every e-mail
    Check,
    /// Writes a PDF made from the examples of the template, or from data of your own
    Preview {
        #[arg(long)]
        kind: LetterKind,
        /// JSON with the fields that the template declares
        #[arg(long, value_name = "FILE.json")]
        data: Option<PathBuf>,
        #[arg(long, value_name = "FILE.pdf")]
        out: PathBuf,
    },
    /// Proves kept letters: their bytes against their SHA-256, and against the letter made again; needs the database
    Verify(VerifyArgs),
}

pub fn run(command: &LetterCommand, out: &mut impl Write) -> Result<(), Failure> {
    let templates = Templates::embedded()
        .map_err(|error| Failure::new(format!("the templates are not usable: {error}")))?;
    match command {
        LetterCommand::Kinds => {
            for kind in LetterKind::ALL {
                writeln!(out, "{kind}")?;
            }
        }
        LetterCommand::Check => letter_check::run(&templates, out)?,
        LetterCommand::Preview { kind, data, out: path } => {
            let data = match data {
                Some(file) => {
                    let template = templates.built_in(*kind);
                    letter_data::read(file, template.map_or(&[], |template| template.fields()))?
                }
                None => templates.sample(*kind),
            };
            let rendered = templates
                .render(*kind, &data)
                .map_err(|error| Failure::new(format!("{kind} cannot be rendered: {error}")))?;
            fs::write(path, rendered.pdf)
                .map_err(|error| Failure::new(format!("{} cannot be written: {error}", path.display())))?;
            writeln!(out, "{}: {} page(s)", path.display(), rendered.pages)?;
        }
        LetterCommand::Verify(_) => {
            return Err(Failure::usage("letter verify needs the database of the service"));
        }
    }
    Ok(())
}
