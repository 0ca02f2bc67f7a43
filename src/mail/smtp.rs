//! The SMTP conversation, step by step, so that a failure knows how far it had come.

use std::{
    error::Error as _,
    net::IpAddr,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use lettre::{
    address::Envelope,
    transport::smtp::{
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
        response::{Response, Severity},
    },
};
use secrecy::ExposeSecret;
use thiserror::Error;

use super::{
    Mailer, Outgoing, Sender, SmtpSettings,
    dkim::Dkim,
    fate::{Cause, Fate, Fault, Stage, without_addresses},
    message,
    settings::Security,
    shelf::Shelf,
};

/// A polite QUIT after a refusal is not worth more waiting than this.
const FAREWELL: Duration = Duration::from_secs(1);
/// A kept connection that needs longer to say that it is there is not worth waiting for.
const STILL_THERE: Duration = Duration::from_secs(5);

/// Sends through one relay and keeps a few connections open between messages.
///
/// Only a connection whose last message was accepted is used again. One that failed, timed out or whose caller went
/// away in the middle is closed: it may be inside DATA, where the next command would become text of a letter.
/// (This is why the library's own pool is not used: it takes such a connection back.)
pub struct SmtpMailer {
    settings: SmtpSettings,
    helo: ClientId,
    tls: Option<TlsParameters>,
    dkim: Option<Dkim>,
    idle: Shelf<AsyncSmtpConnection>,
}

/// Why settings cannot be used.
#[derive(Debug, Error)]
pub enum MailerError {
    #[error("the SMTP host is empty or holds a character that no host name has")]
    Host,
    #[error("the EHLO name is empty or holds a character that no host name has")]
    Helo,
    #[error("the SMTP timeout is zero")]
    Timeout,
    #[error("an SMTP password is set but the connection is not encrypted")]
    LoginInTheClear,
    #[error("the extra certificates hold no PEM certificate")]
    NoCertificate,
    #[error("the extra certificates or the host cannot be used for TLS")]
    Tls(#[source] lettre::transport::smtp::Error),
}

impl SmtpMailer {
    /// Checks the settings; does not connect.
    pub fn new(settings: SmtpSettings) -> Result<Self, MailerError> {
        let is_host = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:_".contains(&b))
        };
        if !is_host(&settings.host) {
            return Err(MailerError::Host);
        }
        if !is_host(&settings.helo) {
            return Err(MailerError::Helo);
        }
        if settings.timeout.is_zero() {
            return Err(MailerError::Timeout);
        }
        let tls = match settings.security {
            Security::Plain if settings.login.is_some() => return Err(MailerError::LoginInTheClear),
            Security::Plain => None,
            Security::StartTls | Security::Tls => Some(tls_parameters(&settings)?),
        };
        let helo = match settings.helo.parse() {
            Ok(IpAddr::V4(ip)) => ClientId::Ipv4(ip),
            Ok(IpAddr::V6(ip)) => ClientId::Ipv6(ip),
            Err(_) => ClientId::Domain(settings.helo.clone()),
        };
        Ok(Self { settings, helo, tls, dkim: None, idle: Shelf::default() })
    }

    /// Signs every message with this key.
    #[must_use]
    pub fn signing(self, dkim: Dkim) -> Self {
        Self { dkim: Some(dkim), ..self }
    }

    /// Who the mail comes from, for the texts that name the sender.
    pub fn sender(&self) -> &Sender {
        &self.settings.from
    }

    async fn attempt(&self, mail: &Outgoing<'_>) -> Result<Response, Fault> {
        let (envelope, bytes) = message::compose(&self.settings.from, mail, self.dkim.as_ref())
            .map_err(|error| Fault::new(Stage::Compose, Cause::Message, error.to_string()))?;
        if let Some(kept) = self.kept().await {
            match self.send_through(kept, &envelope, &bytes).await {
                // Nothing was said yet that could be lost or come twice.
                Err(fault) if closed_meanwhile(&fault) => {}
                answer => return answer,
            }
        }
        self.send_through(self.connect().await?, &envelope, &bytes).await
    }

    async fn send_through(
        &self,
        mut connection: AsyncSmtpConnection,
        envelope: &Envelope,
        bytes: &[u8],
    ) -> Result<Response, Fault> {
        let answer = self.hand_over(&mut connection, envelope, bytes).await;
        match &answer {
            Ok(_) => self.idle.put(connection, Instant::now()),
            Err(Fault { cause: Cause::Refused { .. }, .. }) => {
                let _ = tokio::time::timeout(FAREWELL, connection.quit()).await;
            }
            Err(_) => drop(connection),
        }
        answer
    }

    /// The transaction itself. After an error the connection must not be used again.
    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        bytes: &[u8],
    ) -> Result<Response, Fault> {
        let sender = Mail::new(envelope.from().cloned(), vec![]);
        self.step(Stage::Sender, connection.command(sender)).await?;
        for to in envelope.to() {
            self.step(Stage::Recipient, connection.command(Rcpt::new(to.clone(), vec![]))).await?;
        }
        self.step(Stage::Data, connection.command(Data)).await?;
        let answer = self.step(Stage::Content, connection.message(bytes)).await?;
        // The library lets a 3xx pass as well, and only a 2xx takes the message over.
        if answer.code().severity == Severity::PositiveCompletion {
            Ok(answer)
        } else {
            Err(Fault::new(
                Stage::Content,
                Cause::Connection,
                "the answer to the message is neither yes nor no",
            ))
        }
    }

    /// A connection of an earlier message that still answers.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        while let Some(mut connection) = self.idle.take(Instant::now()) {
            if let Ok(true) = tokio::time::timeout(STILL_THERE, connection.test_connected()).await {
                return Some(connection);
            }
        }
        None
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Fault> {
        let server = (self.settings.host.as_str(), self.settings.port);
        let at_once = match self.settings.security {
            Security::Tls => self.tls.clone(),
            Security::Plain | Security::StartTls => None,
        };
        let connecting = AsyncSmtpConnection::connect_tokio1(server, None, &self.helo, at_once, None);
        let mut connection = self.step(Stage::Connect, connecting).await?;
        if let (Security::StartTls, Some(tls)) = (self.settings.security, &self.tls) {
            self.step(Stage::StartTls, connection.starttls(tls.clone(), &self.helo)).await?;
        }
        if let Some(login) = &self.settings.login {
            let password = login.password.expose_secret().to_owned();
            let credentials = Credentials::new(login.username.clone(), password);
            self.step(Stage::Login, connection.auth(DEFAULT_MECHANISMS, &credentials)).await?;
        }
        Ok(connection)
    }

    /// Runs one step within the timeout.
    async fn step<T>(
        &self,
        stage: Stage,
        step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
    ) -> Result<T, Fault> {
        match tokio::time::timeout(self.settings.timeout, step).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(fault(stage, &error)),
            Err(_) => Err(Fault::new(stage, Cause::Timeout, "no answer in time")),
        }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Outgoing<'_>) -> Fate {
        match self.attempt(mail).await {
            Ok(answer) => {
                let text = answer.message().collect::<Vec<_>>().join(" ");
                Fate::Accepted { code: answer.code().into(), text: without_addresses(&text) }
            }
            Err(reason) => Fate::of(reason),
        }
    }
}

/// Whether a connection that was kept turned out to be closed at its first word: 421, or no answer.
fn closed_meanwhile(fault: &Fault) -> bool {
    fault.stage == Stage::Sender && (fault.cause == Cause::Connection || fault.code() == Some(421))
}

fn tls_parameters(settings: &SmtpSettings) -> Result<TlsParameters, MailerError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.extra_ca_pem {
        // The library takes a file without any certificate for an empty list.
        if !pem.windows(27).any(|part| part == b"-----BEGIN CERTIFICATE-----") {
            return Err(MailerError::NoCertificate);
        }
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(MailerError::Tls)?);
    }
    builder.build().map_err(MailerError::Tls)
}

fn fault(stage: Stage, error: &lettre::transport::smtp::Error) -> Fault {
    if let Some(code) = error.status() {
        let answer = error.source().map(ToString::to_string).unwrap_or_default();
        return Fault::refused(stage, code.into(), &answer);
    }
    let cause = match stage {
        // The library says in this way that the server lacks STARTTLS or every log-in method we know.
        Stage::StartTls | Stage::Login if error.is_client() => Cause::NotOffered,
        _ if error.is_timeout() => Cause::Timeout,
        _ => Cause::Connection,
    };
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    Fault::new(stage, cause, without_addresses(&deepest.to_string()))
}
