//! How much memory `serve` holds after a day's work, with its workers rendering and mailing meanwhile.

use anyhow::Result;
use serde_json::json;

use crate::{
    intake, load,
    load::Prepared,
    relay, say,
    service::{Jobs, Service},
    usage,
    world::{STAFF_NAME, STAFF_PASSWORD, Spread, World},
};

const CONNECTIONS: u32 = 8;

pub struct Memory {
    pub intakes: u32,
    pub sign_ins: u32,
    pub at_start_mib: f64,
    pub after_intakes_mib: f64,
    pub resident_mib: f64,
    pub peak_mib: f64,
}

pub async fn measure(world: &mut World) -> Result<Memory> {
    let intakes = world.count(10_000.0) / CONNECTIONS * CONNECTIONS;
    let sign_ins = 100;
    say(&format!("memory: {intakes} intakes and {sign_ins} sign-ins with workers"));
    let relay = relay::start().await?;
    let service = Service::start(world, Jobs::Run { relay })?;
    let (at_start_mib, _) = usage::resident(service.pid())?;
    let rows = world.take(Spread::AllOffices, intakes)?;
    load::send(service.address, intake::lists(rows, Spread::AllOffices, CONNECTIONS), 0, || Ok(())).await?;
    let (after_intakes_mib, _) = usage::resident(service.pid())?;
    let body = json!({ "username": STAFF_NAME, "password": STAFF_PASSWORD });
    let sign_in = Prepared::post("/api/v1/sessions", &[], &body, 201);
    load::send(service.address, vec![vec![sign_in; sign_ins]], 0, || Ok(())).await?;
    let (resident_mib, peak_mib) = usage::resident(service.pid())?;
    service.stop()?;
    let sign_ins = u32::try_from(sign_ins)?;
    Ok(Memory { intakes, sign_ins, at_start_mib, after_intakes_mib, resident_mib, peak_mib })
}
