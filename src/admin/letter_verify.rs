//! `aktivasi letter verify`: proves kept letters and says which of them differ.

use std::io::Write;

use chrono::NaiveDate;
use clap::Args;

use super::Failure;
use crate::{
    app::{
        Office,
        letters::verify::{Difference, Outcome, Progress, Proof, Wanted, verify_letters},
    },
    domain::office::OfficeCode,
};

/// After so many letters a long run says where it is.
const TELL_EVERY: u64 = 1_000;

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Letters of this office only
    #[arg(long, value_name = "CODE")]
    pub office: Option<OfficeCode>,
    /// Letters dated on this day or later
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<NaiveDate>,
    /// Letters dated on this day or earlier
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<NaiveDate>,
    /// The letter with this number and its copies, or the receipt with this number
    #[arg(long)]
    pub number: Option<String>,
}

#[derive(Default)]
struct Counts {
    same: u64,
    hash_only: u64,
    waiting: u64,
}

/// Each difference goes to `out` on a line of its own, progress to `progress`; a difference is a failure.
pub async fn run(
    office: &Office,
    args: &VerifyArgs,
    out: &mut (impl Write + Send),
    progress: &mut (impl Write + Send),
) -> Result<(), Failure> {
    let wanted =
        Wanted { office: args.office, from: args.from, until: args.until, number: args.number.clone() };
    let mut counts = Counts::default();
    let done = verify_letters(office, &wanted, &mut |proof: &Proof, at: Progress| {
        match &proof.outcome {
            Outcome::Same => counts.same += 1,
            Outcome::HashOnly { .. } => counts.hash_only += 1,
            Outcome::NotMadeYet => counts.waiting += 1,
            Outcome::Differs(difference) => writeln!(out, "{}\t{}", proof.name, words(difference))?,
        }
        if at.done.is_multiple_of(TELL_EVERY) {
            writeln!(progress, "{} of {} letters, {} differ", at.done, at.total, at.differences)?;
        }
        Ok::<(), Failure>(())
    })
    .await?;
    if done.done == 0 && args.number.is_some() {
        return Err(Failure::usage("no letter and no receipt has this number"));
    }
    writeln!(
        out,
        "{} letters: {} made again with the same bytes, {} of another renderer with their SHA-256, {} not made yet, {} differ",
        done.done, counts.same, counts.hash_only, counts.waiting, done.differences
    )?;
    match done.differences {
        0 => Ok(()),
        1 => Err(Failure::new("one letter is not as it was issued")),
        many => Err(Failure::new(format!("{many} letters are not as they were issued"))),
    }
}

fn words(difference: &Difference) -> String {
    match difference {
        Difference::Seal => {
            "the sealed bytes cannot be opened: they were changed, or the key is missing".to_owned()
        }
        Difference::Sha256 => "the bytes do not have the SHA-256 that is kept beside them".to_owned(),
        Difference::NotMade(reason) => format!("the letter cannot be made again: {reason}"),
        Difference::Bytes => {
            "made again it has other bytes: its data, its code or its wording were changed".to_owned()
        }
    }
}
