//! `aktivasi calendar verify`: proves stored due dates and says which of them differ.

use std::io::Write;

use clap::Args;

use super::Failure;
use crate::{
    app::{
        Office,
        calendar_desk::{Difference, verify_due_dates},
    },
    domain::office::OfficeCode,
};

/// After so many rounds a long run says where it is.
const TELL_EVERY: u64 = 10_000;

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Rounds of this office only
    #[arg(long, value_name = "CODE")]
    pub office: Option<OfficeCode>,
}

/// Each difference goes to `out` on a line of its own, progress to `progress`; a difference is a failure.
pub async fn run(
    office: &Office,
    args: &VerifyArgs,
    out: &mut (impl Write + Send),
    progress: &mut (impl Write + Send),
) -> Result<(), Failure> {
    let (mut followed, mut without) = (0_u64, 0_u64);
    let done = verify_due_dates(office, args.office, &mut |round, at| {
        without += u64::from(round.due_on.is_none());
        followed += u64::from(round.due_on.is_some() && round.difference.is_none());
        if let Some(difference) = &round.difference {
            let due_on = round.due_on.map_or_else(|| "-".to_owned(), |due_on| due_on.to_string());
            writeln!(out, "{}\t{due_on}\t{}", round.receipt_number, words(difference))?;
        }
        if at.done.is_multiple_of(TELL_EVERY) {
            writeln!(progress, "{} of {} due dates, {} differ", at.done, at.total, at.differences)?;
        }
        Ok::<(), Failure>(())
    })
    .await?;
    writeln!(
        out,
        "{} rounds: {followed} due dates follow from their records, {without} without a due date, {} differ",
        done.done, done.differences
    )?;
    match done.differences {
        0 => Ok(()),
        1 => Err(Failure::new("one due date is not what its record says")),
        many => Err(Failure::new(format!("{many} due dates are not what their records say"))),
    }
}

fn words(difference: &Difference) -> String {
    match difference {
        Difference::Receipt => "the derivation speaks of another instant of receipt".to_owned(),
        Difference::Days => "counted again from the derivation, other days count".to_owned(),
        Difference::DueDate { derived } => {
            format!("the derivation leads to {derived}, or to other instants of that day")
        }
        Difference::Limit { counted } => {
            format!("the derivation counts {counted} business days, which is not the limit of the round")
        }
        Difference::Version => "the derivation names another version of the calendar".to_owned(),
        Difference::Log { moved_to } => format!("the last logged change moved it to {moved_to}"),
        Difference::Recorded { due_on: Some(due_on) } => {
            format!(
                "by the calendar of the version that it names it would have been due on {due_on}, or by other days"
            )
        }
        Difference::Recorded { due_on: None } => {
            "by the calendar of the version that it names no due date was known".to_owned()
        }
        Difference::Calendar { due_on } => {
            format!("the round is open, and by the calendar as it is it is due on {due_on}, or by other days")
        }
    }
}
