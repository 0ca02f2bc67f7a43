//! One POST over TLS. The host is resolved here, what may not be called is left out, and the connection goes to exactly the
//! address that was looked at: a name that answers differently a moment later changes nothing. Redirects are not followed, of
//! the answer the head is read and no more.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1,
    header::{CONTENT_TYPE, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        self, ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use url::Host;

use super::Callable;
use crate::domain::event::{Outcome, ReceiverUrl, Tried};

/// From the first question to the head of the answer.
const TOTAL: Duration = Duration::from_secs(10);
/// Of it: to a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// A longer head is no answer.
const HEAD_BYTES: usize = 16 * 1024;

/// The file holds no certificate that can be trusted.
#[derive(Debug, thiserror::Error)]
#[error("expected certificates in PEM")]
pub struct CaError;

/// Takes messages to receivers.
#[derive(Clone)]
pub struct Sender {
    callable: Callable,
    tls: TlsConnector,
}

/// A message as it is sent.
#[derive(Debug)]
pub struct Message<'a> {
    pub to: &'a ReceiverUrl,
    /// The same in each try of one event.
    pub id: &'a str,
    pub timestamp: i64,
    pub signature: &'a str,
    pub body: Vec<u8>,
}

impl Sender {
    /// Trusts the public certificate authorities, and those of `extra_ca_pem`.
    pub fn new(callable: Callable, extra_ca_pem: Option<&[u8]>) -> Result<Self, CaError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(pem) = extra_ca_pem {
            let mut found = 0;
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|_| CaError)?;
                roots.add(certificate).map_err(|_| CaError)?;
                found += 1;
            }
            if found == 0 {
                return Err(CaError);
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| CaError)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { callable, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Sends, and says within ten seconds what came of it.
    pub async fn send(&self, message: Message<'_>) -> Tried {
        let sent = timeout(TOTAL, self.post(message)).await;
        match sent {
            Ok(Ok(status)) => Tried::answered(status),
            Ok(Err(outcome)) => Tried::without_answer(outcome),
            Err(_) => Tried::without_answer(Outcome::TimedOut),
        }
    }

    async fn post(&self, message: Message<'_>) -> Result<u16, Outcome> {
        let stream = timeout(CONNECT, self.connect(message.to)).await.map_err(|_| Outcome::TimedOut)??;
        let request = Request::post(message.to.path_and_query())
            .header(HOST, message.to.authority())
            .header(USER_AGENT, "aktivasi-webhooks/1")
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp)
            .header("webhook-signature", message.signature)
            .body(Full::new(Bytes::from(message.body)))
            .map_err(|_| Outcome::NotMade)?;
        let (mut sending, connection) = http1::Builder::new()
            .max_buf_size(HEAD_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| Outcome::BrokenOff)?;
        let answer = async { sending.send_request(request).await.map_err(|_| Outcome::BrokenOff) };
        tokio::pin!(answer, connection);
        // The connection is driven only until the head of the answer is there; then both are dropped.
        let answer = tokio::select! {
            answer = &mut answer => answer?,
            _ = &mut connection => answer.await?,
        };
        Ok(answer.status().as_u16())
    }

    async fn connect(&self, url: &ReceiverUrl) -> Result<TlsStream<TcpStream>, Outcome> {
        let name = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).ok(),
            Some(Host::Ipv4(address)) => Some(ServerName::from(IpAddr::V4(address))),
            Some(Host::Ipv6(address)) => Some(ServerName::from(IpAddr::V6(address))),
            None => None,
        };
        let name = name.ok_or(Outcome::NotResolved)?;
        let mut failed = Outcome::NotConnected;
        for address in self.addresses(url).await? {
            let Ok(stream) = TcpStream::connect(address).await else { continue };
            match self.tls.connect(name.clone(), stream).await {
                Ok(stream) => return Ok(stream),
                Err(_) => failed = Outcome::NotTrusted,
            }
        }
        Err(failed)
    }

    /// The addresses of the host that may be called; at least one.
    async fn addresses(&self, url: &ReceiverUrl) -> Result<Vec<SocketAddr>, Outcome> {
        let port = url.port();
        let found: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![(address, port).into()],
            Some(Host::Ipv6(address)) => vec![(address, port).into()],
            Some(Host::Domain(name)) => {
                lookup_host((name, port)).await.map_err(|_| Outcome::NotResolved)?.collect()
            }
            None => Vec::new(),
        };
        if found.is_empty() {
            return Err(Outcome::NotResolved);
        }
        let mut callable = found;
        callable.retain(|address| self.callable.may_be_called(address.ip()));
        if callable.is_empty() { Err(Outcome::PrivateNetwork) } else { Ok(callable) }
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("callable", &self.callable).finish_non_exhaustive()
    }
}
