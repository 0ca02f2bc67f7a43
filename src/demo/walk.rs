//! `aktivasi demo walk`: plays the main job against the running demonstration, any number of times.
//!
//! Everything goes through the interface, as a filer and the staff would do it; only the invented PKP comes in through
//! the real import.

mod client;
mod pkp;
mod play;

use crate::{admin::Failure, startup};

use self::{client::Client, pkp::Pkp, play::Play};
use super::{Place, staff};

/// All four kinds and both ways of password delivery. Prints each step; the first that goes wrong ends it.
pub async fn run() -> Result<(), Failure> {
    let place = Place::from_environment()?;
    let logins = staff::read(&place.staff_file())?;
    let office = startup::office_of(&place.settings(None)?).await?;
    let client = Client::new(place.http_port, place.inbox_port)?;
    let (pkp, mover) = (Pkp::import(&office).await?, Pkp::import(&office).await?);
    mover.import_old_pair(&office).await?;
    let play = Play::new(client, pkp, mover, logins);
    play.whole().await
}
