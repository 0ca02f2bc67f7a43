//! Rendering alone: how many activation notices one core makes in a second.

use std::time::Duration;

use aktivasi::letters::{LetterKind, Templates};
use anyhow::Result;

use crate::{say, usage};

const FOR: Duration = Duration::from_secs(3);

pub fn per_cpu_second() -> Result<f64> {
    say("rendering letters");
    let templates = Templates::embedded()?;
    let data = templates.sample(LetterKind::ActivationNotice);
    let me = std::process::id();
    let begun = usage::of_process(me)?;
    let mut letters = 0_u32;
    loop {
        for _ in 0..20 {
            std::hint::black_box(templates.render(LetterKind::ActivationNotice, &data)?);
            letters += 1;
        }
        let used = usage::of_process(me)?.saturating_sub(begun);
        if used >= FOR {
            return Ok(f64::from(letters) / used.as_secs_f64());
        }
    }
}
