//! The mail catcher of the demo: takes every mail on loopback and shows it in the browser. Delivers nothing.
//!
//! In memory and open to everybody on this machine, so it binds loopback addresses only.

pub mod mail;
mod mailbox;
pub mod smtp;
mod view;
mod web;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use actix_web::dev::ServerHandle;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::mailbox::Mailbox;
use crate::clock::SystemClock;

/// A running catcher: an SMTP listener and a web page over one box of mails.
pub struct Inbox {
    smtp_addr: SocketAddr,
    http_addr: SocketAddr,
    stop: CancellationToken,
    sessions: TaskTracker,
    web: ServerHandle,
    web_task: JoinHandle<io::Result<()>>,
}

impl Inbox {
    /// Starts both listeners; port 0 takes any free port.
    ///
    /// # Errors
    /// When an address is not on loopback, or a port is taken: the text says which one.
    pub async fn start(smtp: SocketAddr, http: SocketAddr) -> io::Result<Self> {
        let smtp_listener = bind("SMTP", smtp).await?;
        let http_listener = bind("web inbox", http).await?;
        let (smtp_addr, http_addr) = (smtp_listener.local_addr()?, http_listener.local_addr()?);
        let mailbox = Arc::new(Mailbox::new(Arc::new(SystemClock)));
        let server = web::server(http_listener.into_std()?, Arc::clone(&mailbox))?;
        let web = server.handle();
        let web_task = tokio::spawn(server);
        let stop = CancellationToken::new();
        let sessions = TaskTracker::new();
        sessions.spawn(receive(smtp_listener, mailbox, stop.clone(), sessions.clone()));
        Ok(Self { smtp_addr, http_addr, stop, sessions, web, web_task })
    }

    pub fn smtp_addr(&self) -> SocketAddr {
        self.smtp_addr
    }

    pub fn http_addr(&self) -> SocketAddr {
        self.http_addr
    }

    /// Closes both listeners and every open session; the mails are gone with it.
    pub async fn stop(self) {
        self.stop.cancel();
        self.sessions.close();
        self.sessions.wait().await;
        self.web.stop(false).await;
        if let Ok(Err(error)) = self.web_task.await {
            tracing::warn!(%error, "the web inbox ended with an error");
        }
    }
}

async fn bind(what: &str, address: SocketAddr) -> io::Result<TcpListener> {
    let explained = |error: io::Error| {
        let port = address.port();
        let text = match error.kind() {
            io::ErrorKind::AddrInUse => format!("port {port} for the {what} of the demo is taken"),
            _ => format!("port {port} for the {what} of the demo cannot be opened: {error}"),
        };
        io::Error::new(error.kind(), text)
    };
    if !address.ip().is_loopback() {
        let refused =
            io::Error::new(io::ErrorKind::InvalidInput, format!("{address} is not a loopback address"));
        return Err(explained(refused));
    }
    TcpListener::bind(address).await.map_err(explained)
}

async fn receive(
    listener: TcpListener,
    mailbox: Arc<Mailbox>,
    stop: CancellationToken,
    sessions: TaskTracker,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the demo could not take an SMTP connection");
                // Mostly too many open files: it passes when a session ends.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (mailbox, stop) = (Arc::clone(&mailbox), stop.clone());
        sessions.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                // A client that breaks off is its own affair: what was not taken was not answered.
                _ = smtp::serve(stream, mailbox.as_ref(), false) => {}
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any_port() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let taken = TcpListener::bind(any_port()).await.unwrap();
        let address = taken.local_addr().unwrap();

        let as_smtp = Inbox::start(address, any_port()).await.err().unwrap();
        let as_http = Inbox::start(any_port(), address).await.err().unwrap();

        let port = address.port();
        assert_eq!(as_smtp.to_string(), format!("port {port} for the SMTP of the demo is taken"));
        assert_eq!(as_http.to_string(), format!("port {port} for the web inbox of the demo is taken"));
    }

    #[tokio::test]
    async fn only_loopback_is_served() {
        let outside = SocketAddr::from(([0, 0, 0, 0], 0));

        assert!(Inbox::start(outside, any_port()).await.is_err());
        assert!(Inbox::start(any_port(), outside).await.is_err());
    }

    #[tokio::test]
    async fn a_stopped_inbox_frees_its_ports() {
        let inbox = Inbox::start(any_port(), any_port()).await.unwrap();
        let (smtp, http) = (inbox.smtp_addr(), inbox.http_addr());

        inbox.stop().await;

        let again = Inbox::start(smtp, http).await.unwrap();
        again.stop().await;
    }
}
