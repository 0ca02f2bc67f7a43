//! Another system asks about a code: e-Nofa and e-Faktur, when a PKP registers.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;
use subtle::ConstantTimeEq;

use crate::{
    app::{
        AppError, Office,
        clients::{AccessToken, ServiceClient, authenticate},
        limits,
        secrets::codes::{self, CodeOf},
    },
    domain::{
        clients::{ClientScope, CodeKind, CodeStatus, Compared, Reach, told_of},
        credential::ActivationCode,
        ids::TaxpayerId,
        tax_id::TaxId,
    },
    store::{
        self,
        audit::{By, Event},
        credentials::Comparable,
    },
};

/// What is told. `Unknown` says never what was not right.
#[derive(Debug)]
pub struct Verified {
    pub status: CodeStatus,
    /// Which codes of the pair it was, as far as the client may ask about them; none when unknown.
    pub codes: Vec<CodeKind>,
    /// What the answer was made with.
    pub scopes: Vec<ClientScope>,
}

/// The keyed hashes of what was sent. A text that can be no code is the code of nobody.
struct Given {
    activation: [u8; 32],
    desktop: [u8; 32],
}

/// Compares a code, and a password where one was sent, with the pairs of a taxpayer as they are.
///
/// An unknown number, a wrong code, a pair of another office and a wrong password answer alike, after the same statements and the
/// same work: a password that was sent is compared exactly once, with a hash of nobody when there is no pair; one that was not
/// sent is compared never. Calls are limited for each client, and attempts at a number for all clients together: counted before
/// anything is looked at, forgotten when a code in force was right. The answer and its row in the audit hold the pair: a code
/// that a committed reset replaced is never told to be active.
///
/// Errors: [`AppError::Unauthenticated`], [`AppError::Forbidden`], [`AppError::TooManyAttempts`].
pub async fn verify(
    office: &Office,
    token: &AccessToken,
    npwp: &TaxId,
    code: Option<&ActivationCode>,
    password: Option<SecretString>,
) -> Result<Verified, AppError> {
    let given = Given::of(office, code);
    let gate = office.gate(limits::VERIFY_NPWP, &npwp.canonical());

    let mut tx = office.begin().await?;
    let now = office.now();
    let client = authenticate(office, &mut tx, token, now).await?;
    let reach = client.reach()?;
    if password.is_some() {
        client.must_have(ClientScope::Password)?;
    }
    office.within_rate(limits::VERIFY_CLIENT, &client.id.to_string(), &mut tx, now).await?;
    gate.pass(&mut tx, now).await?;
    gate.count(&mut tx, now).await?;
    let taxpayer = store::taxpayers::find_by_tax_id(&mut tx, npwp).await?.map(|taxpayer| taxpayer.id);
    let seen = matching(store::credentials::comparable(&mut tx, taxpayer).await?, &given, reach);
    tx.commit().await?;

    let with_password = password.is_some();
    let hash = seen.as_ref().and_then(|pair| pair.password_hash.clone());
    let opens = match password {
        Some(password) => office.passwords.verify(hash.clone(), password).await?,
        None => true,
    };

    let mut tx = office.begin().await?;
    let now = office.now();
    // The client may have been disabled while a password was compared.
    let client = authenticate(office, &mut tx, token, now).await?;
    let pair = store::credentials::hold_comparable(&mut tx, seen.map(|pair| pair.id)).await?;
    let still = pair.as_ref().is_some_and(|pair| !with_password || pair.password_hash == hash);
    let (status, codes) = match &pair {
        Some(pair) if opens && still => told_of(given.compare(pair), reach),
        _ => (CodeStatus::Unknown, Vec::new()),
    };
    if status == CodeStatus::Active {
        gate.forget(&mut tx).await?;
    }
    let told = Verified { status, codes, scopes: client.scopes.clone() };
    record(&mut tx, &client, taxpayer, pair.as_ref(), &told, with_password, now).await?;
    tx.commit().await?;
    Ok(told)
}

impl Given {
    fn of(office: &Office, code: Option<&ActivationCode>) -> Self {
        // No keyed hash is all zeros.
        let lookup = |of| code.map_or([0; 32], |code| codes::lookup(office, of, code));
        Self { activation: lookup(CodeOf::Account), desktop: lookup(CodeOf::Desktop) }
    }

    /// In constant time.
    fn compare<'a>(&self, pair: &'a Comparable) -> Compared<'a> {
        Compared {
            office: &pair.office,
            state: pair.state,
            is_activation: pair.code_lookup.ct_eq(&self.activation).into(),
            is_desktop: pair.desktop_lookup.ct_eq(&self.desktop).into(),
        }
    }
}

/// The pair that something may be told of. Every pair is compared, wherever the code is found.
fn matching(pairs: Vec<Comparable>, given: &Given, reach: Reach) -> Option<Comparable> {
    let told: Vec<bool> =
        pairs.iter().map(|pair| told_of(given.compare(pair), reach).0 != CodeStatus::Unknown).collect();
    pairs.into_iter().zip(told).find_map(|(pair, told)| told.then_some(pair))
}

async fn record(
    conn: &mut PgConnection,
    client: &ServiceClient,
    taxpayer: Option<TaxpayerId>,
    pair: Option<&Comparable>,
    told: &Verified,
    with_password: bool,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let detail = serde_json::json!({
        "status": told.status, "codes": told.codes, "with_password": with_password,
    });
    let mut event = Event::new(By::Client(client.id), "verify_credential").detail(detail);
    event.taxpayer = taxpayer;
    event.subject = pair.map(|pair| pair.id.0);
    event.office = pair.and_then(|pair| pair.office.parse().ok()).or(client.office);
    store::audit::record(conn, event, now).await?;
    Ok(())
}
