//! A real SMTP listener on 127.0.0.1 whose manners a test switches while it runs.
//!
//! Waits are for events, never for time; each has a deadline of [`DEADLINE`], after which the test fails.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aktivasi::demo::inbox::{
    mail::ReadableMail,
    smtp::{self, Delivery, Desk, Ended, Moment, Verdict},
};
use base64::Engine as _;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_rustls::{TlsAcceptor, rustls};

/// How long a test waits for something that must happen.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Where in the conversation the peer misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    Greeting,
    Mail,
    Recipient,
    Data,
    /// After the final dot.
    End,
}

/// How the peer treats a client. Switched with [`SmtpPeer::behave`]; holds for what comes after the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    Accept,
    /// Answer with this line, for instance `451 4.3.0 Try again later`. The message is not stored.
    Answer(At, String),
    /// Say nothing until [`SmtpPeer::release`], then go on as if nothing had been. At [`At::End`] the message is
    /// stored before the silence.
    Hold(At),
    /// Close the connection when the first line of the content has come.
    DropMidData,
    /// Close the connection at this point instead of answering, once; then behave.
    HangUpOnce(At),
    /// Store the message, then close the connection instead of answering 250.
    DropAfterFinalDot,
}

/// The listener and everything it has received.
pub struct SmtpPeer {
    port: u16,
    counter: Arc<Counter>,
    ca_pem: Vec<u8>,
    accepting: JoinHandle<()>,
}

struct Counter {
    behaviour: Mutex<Behaviour>,
    stored: watch::Sender<Vec<Delivery>>,
    /// Clients that are being kept waiting.
    held: watch::Sender<usize>,
    /// Grows with each release; whoever waits goes on when it does.
    released: watch::Sender<usize>,
    /// Conversations begun.
    sessions: watch::Sender<usize>,
    tls: Option<TlsAcceptor>,
}

impl SmtpPeer {
    /// In the clear; STARTTLS is not offered.
    pub async fn start() -> Self {
        Self::listen(None, Vec::new()).await
    }

    /// Offers STARTTLS with a certificate for `127.0.0.1` and `localhost` that only [`Self::ca_pem`] vouches for.
    pub async fn start_with_starttls() -> Self {
        let (tls, ca_pem) = own_certificate();
        Self::listen(Some(tls), ca_pem).await
    }

    async fn listen(tls: Option<TlsAcceptor>, ca_pem: Vec<u8>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let counter = Arc::new(Counter {
            behaviour: Mutex::new(Behaviour::Accept),
            stored: watch::Sender::new(Vec::new()),
            held: watch::Sender::new(0),
            released: watch::Sender::new(0),
            sessions: watch::Sender::new(0),
            tls,
        });
        let desk = Arc::clone(&counter);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = Arc::clone(&desk);
                desk.sessions.send_modify(|n| *n += 1);
                tokio::spawn(async move {
                    // A client that breaks off shows in what was stored, not here.
                    if let Ok(Ended::StartTls(stream)) = smtp::serve(stream, desk.as_ref(), false).await
                        && let Some(tls) = &desk.tls
                        && let Ok(stream) = tls.accept(stream).await
                    {
                        let _ = smtp::serve(stream, desk.as_ref(), true).await;
                    }
                });
            }
        });
        Self { port, counter, ca_pem, accepting }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate to trust, as PEM; empty without STARTTLS.
    pub fn ca_pem(&self) -> &[u8] {
        &self.ca_pem
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.counter.behaviour.lock().unwrap() = behaviour;
    }

    /// Lets everybody go on who is held now. Later clients are held again while the behaviour says so.
    pub fn release(&self) {
        self.counter.released.send_modify(|n| *n += 1);
    }

    /// Returns when at least `n` clients have been held since the start.
    pub async fn wait_until_held(&self, n: usize) {
        let mut held = self.counter.held.subscribe();
        let reached = tokio::time::timeout(DEADLINE, held.wait_for(|now| *now >= n)).await;
        assert!(reached.is_ok(), "fewer than {n} clients came to the place where they are held");
    }

    /// Everything stored so far, oldest first.
    pub fn received(&self) -> Vec<Delivery> {
        self.counter.stored.borrow().clone()
    }

    /// Everything stored, as soon as there are at least `n` messages.
    pub async fn wait_for(&self, n: usize) -> Vec<Delivery> {
        let mut stored = self.counter.stored.subscribe();
        let reached = tokio::time::timeout(DEADLINE, stored.wait_for(|all| all.len() >= n)).await;
        let Ok(Ok(all)) = reached else { panic!("only {} of {n} messages came", self.received().len()) };
        all.clone()
    }

    /// The `n`-th message (from 1) taken apart.
    pub async fn mail(&self, n: usize) -> ReadableMail {
        ReadableMail::parse(&self.wait_for(n).await[n - 1].content)
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> usize {
        *self.counter.sessions.borrow()
    }
}

impl Drop for SmtpPeer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Counter {
    fn behaviour(&self) -> Behaviour {
        self.behaviour.lock().unwrap().clone()
    }

    async fn at(&self, here: At) -> Verdict {
        match self.behaviour() {
            Behaviour::Answer(at, line) if at == here => Verdict::Answer(line),
            Behaviour::Hold(at) if at == here => {
                // Subscribed before it shows as held, so that no release is missed.
                let mut released = self.released.subscribe();
                self.held.send_modify(|n| *n += 1);
                let _ = released.changed().await;
                Verdict::GoOn
            }
            Behaviour::HangUpOnce(at) if at == here => {
                *self.behaviour.lock().unwrap() = Behaviour::Accept;
                Verdict::HangUp
            }
            Behaviour::Accept
            | Behaviour::Answer(..)
            | Behaviour::Hold(_)
            | Behaviour::DropMidData
            | Behaviour::HangUpOnce(_)
            | Behaviour::DropAfterFinalDot => Verdict::GoOn,
        }
    }
}

impl Desk for Counter {
    fn offers_starttls(&self) -> bool {
        self.tls.is_some()
    }

    async fn decide(&self, moment: Moment) -> Verdict {
        match moment {
            Moment::Greeting => self.at(At::Greeting).await,
            Moment::Mail => self.at(At::Mail).await,
            Moment::Recipient => self.at(At::Recipient).await,
            Moment::Data => self.at(At::Data).await,
            Moment::InContent if self.behaviour() == Behaviour::DropMidData => Verdict::HangUp,
            Moment::InContent => Verdict::GoOn,
        }
    }

    async fn take(&self, delivery: Delivery) -> Verdict {
        let behaviour = self.behaviour();
        if let Behaviour::Answer(At::End, line) = behaviour {
            return Verdict::Answer(line);
        }
        self.stored.send_modify(|all| all.push(delivery));
        match behaviour {
            Behaviour::DropAfterFinalDot => Verdict::HangUp,
            Behaviour::Accept
            | Behaviour::Answer(..)
            | Behaviour::Hold(_)
            | Behaviour::DropMidData
            | Behaviour::HangUpOnce(_) => self.at(At::End).await,
        }
    }
}

/// A certificate for `127.0.0.1` and `localhost`, and the one that vouches for it, as PEM.
pub fn own_certificate() -> (TlsAcceptor, Vec<u8>) {
    let signing = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_pem = pem(authority.self_signed(&signing).unwrap().der());
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let issuer = rcgen::Issuer::new(authority, signing);
    let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let secret = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret.into())
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), ca_pem)
}

fn pem(der: &[u8]) -> Vec<u8> {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")).into_bytes()
}
