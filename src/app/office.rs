//! What every act needs.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgPool, Postgres, Transaction};
use tokio::{runtime::Handle, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    AppError, letter_templates::shelf::Shelf, passwords::Passwords, views::pulse::Pulses, wake::Wake,
};
use crate::{
    clock::SharedClock,
    domain::bounce_address::BounceAddress,
    domain::email_address::EmailAddress,
    domain::verification::VerificationToken,
    letters::Templates,
    mail::MailDomains,
    pades::Signers,
    settings::{LimitSettings, LinkSettings, PasswordSettings, PublicUrl, SessionSettings, Settings},
    vault::Vault,
    webhook::Callable,
};

/// The service behind every way in. Callers hold it, but reach no SQL and no key through it.
#[derive(Clone)]
pub struct Office {
    pub(in crate::app) pool: PgPool,
    pub(in crate::app) clock: SharedClock,
    pub(in crate::app) vault: Arc<Vault>,
    pub(in crate::app) templates: Arc<Templates>,
    /// The wordings that letters of this process were made with so far.
    pub(in crate::app) shelf: Arc<Shelf>,
    pub(in crate::app) signers: Signers,
    /// Absent: the DNS is not asked.
    pub(in crate::app) mail_domains: Option<MailDomains>,
    pub(in crate::app) rules: Arc<Rules>,
    pub(in crate::app) wake: Wake,
    pub(in crate::app) passwords: Passwords,
    /// Places for uploads in this process.
    pub(in crate::app) uploads: Arc<Semaphore>,
    /// Places for files that are being written in this process.
    pub(in crate::app) exports: Arc<Semaphore>,
    /// The last looks at boards.
    pub(in crate::app) pulses: Arc<Pulses>,
    /// Where the pool was opened.
    runtime: Handle,
    stopping: CancellationToken,
}

/// Each holds a connection as long as its reader reads.
const EXPORTS_AT_ONCE: usize = 2;

/// The settings that acts obey.
#[derive(Debug, Clone)]
pub struct Rules {
    pub public_url: PublicUrl,
    pub links: LinkSettings,
    pub limits: LimitSettings,
    pub sessions: SessionSettings,
    pub passwords: PasswordSettings,
    /// The address that our e-mails come from, as they name it.
    pub sender: EmailAddress,
    /// Where bounces go, if the office has a mailbox for them.
    pub bounces: Option<BounceAddress>,
    /// Where receivers of events may be.
    pub receivers: Callable,
}

impl Rules {
    /// Takes what acts need from the settings.
    pub fn new(settings: &Settings, sender: EmailAddress) -> Self {
        Self {
            public_url: settings.server.public_url.clone(),
            links: settings.links.clone(),
            limits: settings.limits.clone(),
            sessions: settings.sessions,
            passwords: settings.passwords,
            sender,
            bounces: settings.smtp.bounce_address.clone(),
            receivers: Callable::with(settings.webhooks.allowed_networks.clone()),
        }
    }
}

impl Office {
    /// Called on the runtime that the pool was opened on.
    pub fn new(
        pool: PgPool,
        clock: SharedClock,
        vault: Arc<Vault>,
        templates: Arc<Templates>,
        rules: Rules,
    ) -> Self {
        Self {
            pool,
            clock,
            vault,
            shelf: Arc::new(Shelf::with(&templates)),
            templates,
            signers: Signers::default(),
            mail_domains: None,
            passwords: Passwords::new(rules.passwords),
            uploads: Arc::new(Semaphore::new(rules.limits.uploads_at_once)),
            exports: Arc::new(Semaphore::new(EXPORTS_AT_ONCE)),
            pulses: Arc::default(),
            rules: Arc::new(rules),
            wake: Wake::default(),
            runtime: Handle::current(),
            stopping: CancellationToken::new(),
        }
    }

    /// The same with the certificates that seal its letters.
    #[must_use]
    pub fn with_signers(self, signers: Signers) -> Self {
        Self { signers, ..self }
    }

    /// The same that asks the DNS about the domains of addresses.
    #[must_use]
    pub fn asking(self, mail_domains: MailDomains) -> Self {
        Self { mail_domains: Some(mail_domains), ..self }
    }

    /// What operators have to hear of the certificates that seal letters.
    pub async fn certificate_warnings(&self) -> Vec<String> {
        self.signers.warnings(self.now()).await
    }

    /// Says it in the log, at the start.
    pub async fn warn_of_certificates(&self) {
        for warning in self.certificate_warnings().await {
            tracing::warn!("{warning}");
        }
    }

    /// Cancelled when the process begins to stop: answers that would go on for long end then.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// The bell of this process's workers.
    pub fn wake(&self) -> &Wake {
        &self.wake
    }

    /// The present, to the microsecond that the database keeps.
    pub fn now(&self) -> DateTime<Utc> {
        let now = self.clock.now();
        now - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos() % 1_000))
    }

    /// Goes on beside the caller, where the connections of the pool live.
    pub(in crate::app) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work.in_current_span());
    }

    /// Runs an act to its end where the connections of the pool live. On a thread of the HTTP server every answer of the
    /// database would wake two threads instead of one, and a caller who hangs up would break the act off.
    pub async fn see_through<T, A>(&self, act: A) -> Result<T, AppError>
    where
        T: Send + 'static,
        A: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        self.runtime.spawn(act.in_current_span()).await.map_err(|error| AppError::Internal(error.into()))?
    }

    /// A token for a letter that is being made.
    pub(in crate::app) fn new_verification_token(&self) -> VerificationToken {
        VerificationToken::sample(|| {
            let mut byte = [0];
            self.vault.entropy().fill(&mut byte);
            byte[0]
        })
    }

    /// The whole address of a page, for a link that is read elsewhere.
    pub fn page_link(&self, path: &str) -> String {
        self.rules.public_url.join(path)
    }

    /// The page that says whether the letter with this token is genuine.
    pub(in crate::app) fn verification_link(&self, token: &VerificationToken) -> String {
        self.rules.public_url.join(&format!("/v/{token}"))
    }

    /// Begins the one transaction of an act.
    pub(in crate::app) async fn begin(&self) -> Result<Transaction<'static, Postgres>, AppError> {
        Ok(self.pool.begin().await?)
    }
}
