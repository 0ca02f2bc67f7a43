//! Whether a domain takes mail, as far as the DNS says (RFC 5321, section 5.1; RFC 7505).
//!
//! A hint and never a verdict: whatever is slow, crowded or broken on the way is [`Takes::Unknown`].

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig},
    lookup::Lookup,
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, RecordType},
    },
};
use thiserror::Error;
use tokio::sync::Semaphore;

/// Questions at the same time in one process; the next address is not asked about.
const AT_ONCE: usize = 16;
/// Answers that are remembered, each as long as the DNS allows.
const REMEMBERED: u64 = 1_024;

/// What the DNS says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    Mail,
    /// The domain does not exist, has neither mail servers nor addresses, or says itself that it takes no mail.
    NoMail,
    Unknown,
}

/// The name servers of the system are not known.
#[derive(Debug, Error)]
#[error("the name servers of this system cannot be read: {0}")]
pub struct NoNameServers(NetError);

/// Asks the DNS about the domains of addresses.
#[derive(Clone)]
pub struct MailDomains {
    resolver: TokioResolver,
    places: Arc<Semaphore>,
    timeout: Duration,
}

impl MailDomains {
    /// With these name servers, or those of the system when none is given.
    pub fn new(name_servers: &[SocketAddr], timeout: Duration) -> Result<Self, NoNameServers> {
        let mut builder = if name_servers.is_empty() {
            TokioResolver::builder_tokio().map_err(NoNameServers)?
        } else {
            let servers = name_servers.iter().copied().map(name_server).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let options = builder.options_mut();
        options.cache_size = REMEMBERED;
        options.use_hosts_file = ResolveHosts::Never;
        options.attempts = 1;
        options.timeout = timeout / 2;
        let resolver = builder.build().map_err(NoNameServers)?;
        Ok(Self { resolver, places: Arc::new(Semaphore::new(AT_ONCE)), timeout })
    }

    /// Answers within the timeout.
    pub async fn takes(&self, domain: &str) -> Takes {
        let Ok(_place) = self.places.try_acquire() else { return Takes::Unknown };
        // With the dot at its end no domain of this machine is tried behind it.
        let Ok(name) = Name::from_ascii(format!("{domain}.")) else { return Takes::Unknown };
        tokio::time::timeout(self.timeout, self.ask(name)).await.unwrap_or(Takes::Unknown)
    }

    async fn ask(&self, name: Name) -> Takes {
        match Found::of(self.resolver.lookup(name.clone(), RecordType::MX).await) {
            Found::Unknown => return Takes::Unknown,
            Found::NoDomain => return Takes::NoMail,
            Found::Records(found) => {
                let mut exchanges = found.answers().iter().filter_map(|record| match &record.data {
                    RData::MX(mx) => Some(&mx.exchange),
                    _ => None,
                });
                if let Some(first) = exchanges.next() {
                    let none = first.is_root() && exchanges.all(Name::is_root);
                    return if none { Takes::NoMail } else { Takes::Mail };
                }
            }
            Found::Nothing => {}
        }
        // Without mail servers the domain itself may be one.
        for kind in [RecordType::A, RecordType::AAAA] {
            match Found::of(self.resolver.lookup(name.clone(), kind).await) {
                Found::Records(_) => return Takes::Mail,
                Found::Nothing | Found::NoDomain => {}
                Found::Unknown => return Takes::Unknown,
            }
        }
        Takes::NoMail
    }
}

fn name_server(at: SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = at.port();
        connection
    });
    NameServerConfig::new(at.ip(), true, connections.into())
}

/// One answer.
enum Found {
    Records(Lookup),
    Nothing,
    NoDomain,
    Unknown,
}

impl Found {
    fn of(answer: Result<Lookup, NetError>) -> Self {
        match answer {
            Ok(lookup) => Self::Records(lookup),
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => match none.response_code {
                ResponseCode::NXDomain => Self::NoDomain,
                ResponseCode::NoError => Self::Nothing,
                _ => Self::Unknown,
            },
            Err(_) => Self::Unknown,
        }
    }
}
