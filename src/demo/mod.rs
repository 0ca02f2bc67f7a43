//! What only a demonstration on one machine needs. Nothing of it runs in `serve`.

pub mod inbox;
pub mod walk;

use crate::admin::Failure;

pub async fn run() -> Result<(), Failure> {
    Ok(())
}
