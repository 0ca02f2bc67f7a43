//! Puts the parts together: settings, database, keys, templates, mailer, workers, HTTP.

mod database;
mod readiness;
mod signers;
mod workers;

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
};

use actix_web::{
    HttpServer,
    dev::Server,
    web::{Data, ServiceConfig},
};
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    admin::Failure,
    app::{Office, letter_templates::record::record_built_in, office::Rules},
    clock::{SharedClock, SystemClock},
    domain::email_address::EmailAddress,
    http::{self, Frame, health::Readiness},
    jobs,
    letters::Templates,
    mail::{
        Dkim, DkimError, DkimRecord, Login, MailDomains, Mailer, MailerError, Security, Sender, SmtpMailer,
    },
    settings::{DkimSettings, Settings, SettingsError, SmtpSecurity, SmtpSettings},
    telemetry,
    vault::Vault,
    webhook::{self, Callable},
};

use self::{database::Database, readiness::DatabaseReadiness};

/// A service that is bound to its port and not yet running.
pub struct Application {
    address: SocketAddr,
    server: Server,
    workers: Option<jobs::Workers>,
    office: Office,
    database: Database,
}

impl Application {
    /// Checks everything that the service needs, starts the workers when asked to, and takes the port.
    ///
    /// Fails when a migration is missing, when demo accounts exist and strangers could reach them, and when the
    /// port is taken; the text says what to do.
    pub async fn build(settings: &Settings) -> Result<Self, Failure> {
        refuse_broken_pages()?;
        let parts = Parts::build(settings).await?;
        parts.database.refuse_unmigrated().await?;
        record_wording(&parts.office).await?;
        parts.office.warn_of_certificates().await;
        if !settings.server.public_url.is_loopback() {
            parts.database.refuse_demo_accounts().await?;
        }
        let listener = listen(settings.server.bind)?;
        let address = listener.local_addr()?;
        let server = server(settings, &parts, listener)?;
        let workers = settings.server.workers.then(|| parts.start_workers());
        Ok(Self { address, server, workers, office: parts.office, database: parts.database })
    }

    /// Where it listens: the port is known even when the setting said 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The acts that it serves.
    pub fn office(&self) -> &Office {
        &self.office
    }

    /// Serves until `stop` is ready; then takes no more connections, finishes the requests that run, hands jobs back
    /// and closes the database.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), Failure> {
        let handle = self.server.handle();
        let mut serving = tokio::spawn(self.server);
        let ended = tokio::select! {
            ended = &mut serving => Some(ended),
            () = stop => None,
        };
        let ended = if let Some(ended) = ended {
            ended
        } else {
            tracing::info!("stopping");
            self.office.stopping().cancel();
            handle.stop(true).await;
            serving.await
        };
        if let Some(running) = self.workers {
            workers::stop(running).await;
        }
        self.database.close().await;
        match ended {
            Ok(served) => Ok(served?),
            Err(_) => Err(Failure::new("the HTTP server ended unexpectedly")),
        }
    }
}

/// `aktivasi serve`.
pub async fn serve(settings: Option<&Path>) -> Result<(), Failure> {
    let settings = load(settings)?;
    log(&settings)?;
    let application = Application::build(&settings).await?;
    tracing::info!(address = %application.address(), "serving");
    application.run_until(stop_signal()?).await
}

/// `aktivasi worker`.
pub async fn work(settings: Option<&Path>) -> Result<(), Failure> {
    let settings = load(settings)?;
    log(&settings)?;
    let parts = Parts::build(&settings).await?;
    parts.database.refuse_unmigrated().await?;
    record_wording(&parts.office).await?;
    parts.office.warn_of_certificates().await;
    let stop = stop_signal()?;
    let running = parts.start_workers();
    tracing::info!("working on jobs");
    stop.await;
    workers::stop(running).await;
    parts.database.close().await;
    Ok(())
}

/// `aktivasi migrate`: as the owner of the schema, whose URL is given or stands in the environment.
pub async fn migrate(database_url: Option<String>) -> Result<(), Failure> {
    let url = database_url.or_else(|| environment("AKTIVASI_OWNER_DATABASE_URL")).ok_or_else(|| {
        Failure::usage("the URL of the owner role is needed: --database-url or AKTIVASI_OWNER_DATABASE_URL")
    })?;
    migrate_with(&SecretString::from(url)).await
}

/// Brings the schema up to date with a URL of the owner role.
pub async fn migrate_with(url: &SecretString) -> Result<(), Failure> {
    database::migrate(url).await
}

/// What commands of the console act through: database and keys, no mail.
pub async fn console_office(settings: Option<&Path>) -> Result<Office, Failure> {
    office_of(&load(settings)?).await
}

/// As [`console_office`], with settings that are known already.
pub async fn office_of(settings: &Settings) -> Result<Office, Failure> {
    let database = Database::connect(settings, "aktivasi console").await?;
    database.refuse_unmigrated().await?;
    office(settings, &database, unused_sender(settings)?).await
}

/// One variable of the environment, for the two commands that run before there are settings.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::vars().find(|(key, _)| key == name).map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// Ready at SIGTERM or SIGINT.
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// What both `serve` and `worker` need.
struct Parts {
    database: Database,
    office: Office,
    mailer: Arc<dyn Mailer>,
    sender: webhook::Sender,
}

impl Parts {
    async fn build(settings: &Settings) -> Result<Self, Failure> {
        let sender = event_sender(settings)?;
        let mailer = mailer(settings)?;
        let address = mailer.sender().address().clone();
        let database = Database::connect(settings, "aktivasi").await?;
        let office = office(settings, &database, address).await?;
        let office = match mail_domains(settings) {
            Some(domains) => office.asking(domains),
            None => office,
        };
        Ok(Self { database, office, mailer: Arc::new(mailer), sender })
    }

    fn start_workers(&self) -> jobs::Workers {
        workers::start(&self.database, self.office.clone(), Arc::clone(&self.mailer), &self.sender)
    }
}

/// Letters of this program can be made again by a later one only when its wording is kept.
async fn record_wording(office: &Office) -> Result<(), Failure> {
    let unfit = record_built_in(office).await;
    for unfit in unfit.map_err(|error| Failure::new(format!("{:#}", anyhow::Error::from(error))))? {
        tracing::error!(
            letter.kind = %unfit.kind,
            letter.version = unfit.version,
            "this program cannot make letters with the wording in force: {}",
            unfit.error
        );
    }
    Ok(())
}

fn load(settings: Option<&Path>) -> Result<Settings, Failure> {
    Ok(Settings::load(settings)?)
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::usage(format!("{:#}", anyhow::Error::from(error)))
    }
}

fn log(settings: &Settings) -> Result<(), Failure> {
    telemetry::init(&settings.logging)
        .map_err(|error| Failure::usage(format!("{:#}", anyhow::Error::from(error))))
}

async fn office(settings: &Settings, database: &Database, sender: EmailAddress) -> Result<Office, Failure> {
    let vault = Vault::load(&settings.keys.file).map_err(|error| {
        Failure::usage(format!("{:#}; aktivasi key init makes a key file", anyhow::Error::from(error)))
    })?;
    let templates = Templates::embedded()
        .map_err(|error| Failure::new(format!("the templates are not usable: {error}")))?;
    let clock: SharedClock = Arc::new(SystemClock);
    let signers = signers::open(&settings.signature, &templates, clock.now()).await?;
    let rules = Rules::new(settings, sender);
    let office = Office::new(database.pool(), clock, Arc::new(vault), Arc::new(templates), rules);
    Ok(office.with_signers(signers))
}

/// Takes events to their receivers.
fn event_sender(settings: &Settings) -> Result<webhook::Sender, Failure> {
    let callable = Callable::with(settings.webhooks.allowed_networks.clone());
    webhook::Sender::new(callable, settings.webhooks.extra_ca_pem.as_deref())
        .map_err(|error| bad_setting("webhooks.ca_file", &error))
}

/// Without name servers filers are not warned, and the service does without.
fn mail_domains(settings: &Settings) -> Option<MailDomains> {
    let asked = settings.mail_domains.as_ref()?;
    MailDomains::new(&asked.name_servers, asked.timeout)
        .inspect_err(|error| tracing::warn!("the domains of addresses are not checked: {error}"))
        .ok()
}

/// Acts of the console word no mail, so that they run without the settings of the relay.
fn unused_sender(settings: &Settings) -> Result<EmailAddress, Failure> {
    let text = settings
        .smtp
        .from_address
        .as_ref()
        .map_or_else(|| "console@aktivasi.invalid".to_owned(), ToString::to_string);
    text.parse().map_err(|error| Failure::usage(format!("setting smtp.from_address: {error}")))
}

fn bad_setting(key: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("setting {key}: {error}"))
}

fn mailer(settings: &Settings) -> Result<SmtpMailer, Failure> {
    let address = sender_address(&settings.smtp)?;
    let dkim = settings.dkim.as_ref().map(|dkim| signature(dkim, &address)).transpose()?;
    let mailer = relay(&settings.smtp, address)?;
    Ok(match dkim {
        Some(dkim) => mailer.signing(dkim),
        None => mailer,
    })
}

fn sender_address(settings: &SmtpSettings) -> Result<EmailAddress, Failure> {
    settings.sender()?.to_string().parse().map_err(|error| bad_setting("smtp.from_address", &error))
}

fn relay(settings: &SmtpSettings, address: EmailAddress) -> Result<SmtpMailer, Failure> {
    let helo = address.domain().to_owned();
    let from =
        Sender::new(&settings.from_name, address).map_err(|error| bad_setting("smtp.from_name", &error))?;
    SmtpMailer::new(crate::mail::SmtpSettings {
        host: settings.host.clone(),
        port: settings.port,
        security: match settings.security {
            SmtpSecurity::Plain => Security::Plain,
            SmtpSecurity::Starttls => Security::StartTls,
            SmtpSecurity::Tls => Security::Tls,
        },
        login: settings
            .credentials
            .as_ref()
            .map(|login| Login { username: login.username.clone(), password: login.password.clone() }),
        from,
        helo,
        timeout: settings.timeout,
        extra_ca_pem: settings.extra_ca_pem.clone(),
    })
    .map_err(|error| match error {
        MailerError::NoCertificate | MailerError::Tls(_) => bad_setting("smtp.ca_file", &error),
        other => bad_setting("smtp", &other),
    })
}

/// The key that signs for the domain of the sender, or for one above it: receivers look for no other.
fn signature(settings: &DkimSettings, sender: &EmailAddress) -> Result<Dkim, Failure> {
    let dkim = Dkim::new(&settings.domain, &settings.selector, &settings.private_key).map_err(|error| {
        let key = match error {
            DkimError::Domain => "dkim.domain",
            DkimError::Selector => "dkim.selector",
            DkimError::Key | DkimError::Short(_) => "dkim.private_key_file",
        };
        bad_setting(key, &error)
    })?;
    if dkim.signs_for(sender) {
        Ok(dkim)
    } else {
        Err(bad_setting("dkim.domain", &"must be the domain of smtp.from_address, or one above it"))
    }
}

/// What the office publishes in its DNS for `aktivasi mail dkim`.
pub fn dkim_record(settings: Option<&Path>) -> Result<DkimRecord, Failure> {
    let settings = load(settings)?;
    let dkim = settings.dkim.as_ref().ok_or_else(|| {
        bad_setting(
            "dkim.domain",
            &"is required: without it nothing is signed and there is nothing to publish",
        )
    })?;
    Ok(signature(dkim, &sender_address(&settings.smtp)?)?.record().clone())
}

/// A page that cannot be drawn stops the start instead of its first reader.
fn refuse_broken_pages() -> Result<(), Failure> {
    let broken = |error: &dyn std::fmt::Display| Failure::new(format!("the pages are not usable: {error:#}"));
    http::page::check_templates().map_err(|error| broken(error))?;
    http::pages::frame::check_templates().map_err(|error| broken(error))
}

fn listen(bind: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(bind).map_err(|error| {
        let port = bind.port();
        Failure::new(match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("port {port} is taken: stop what uses it, or set AKTIVASI_HTTP_PORT to another one")
            }
            _ => format!("port {port} of {} cannot be opened: {error}", bind.ip()),
        })
    })
}

fn server(settings: &Settings, parts: &Parts, listener: TcpListener) -> Result<Server, Failure> {
    let frame = Frame::new(settings);
    let readiness: Arc<dyn Readiness> =
        Arc::new(DatabaseReadiness::new(&parts.database, parts.office.clone(), Arc::new(SystemClock)));
    let office = Data::new(parts.office.clone());
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let server = HttpServer::new(move || {
        let office = office.clone();
        let operations =
            [http::frame_operations(), http::api::operations(), http::site_operations()].concat();
        http::app(frame.clone(), Arc::clone(&readiness), &operations, move |config: &mut ServiceConfig| {
            config.app_data(office);
        })
    })
    .workers(cores)
    .shutdown_timeout(30)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}
