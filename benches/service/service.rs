//! The real program, as a process of its own: its figures are not mixed with those of whoever measures.

use std::{
    fs::File,
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::world::World;

const PROGRAM: &str = env!("CARGO_BIN_EXE_aktivasi");
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether `serve` works on jobs besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jobs {
    Wait,
    Run { relay: SocketAddr },
}

pub struct Service {
    child: Child,
    pub address: SocketAddr,
}

impl Service {
    pub fn start(world: &World, jobs: Jobs) -> Result<Self> {
        let address = free_address()?;
        let log = File::create(world.directory.join("service.log"))?;
        let mut command = program(world);
        command
            .arg("serve")
            .env("AKTIVASI__SERVER__BIND", address.to_string())
            .env("AKTIVASI__SERVER__PUBLIC_URL", format!("http://{address}"))
            // As deploy/ and scripts/run start it: the blocks of Argon2 go back to the system at once.
            .env("MALLOC_MMAP_THRESHOLD_", "1048576")
            .stdout(log.try_clone()?)
            .stderr(log);
        match jobs {
            Jobs::Wait => command.env("AKTIVASI__SERVER__WORKERS", "false"),
            Jobs::Run { relay } => command.env("AKTIVASI__SMTP__PORT", relay.port().to_string()),
        };
        let mut service = Self { child: command.spawn()?, address };
        service.wait_until_it_listens()?;
        Ok(service)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As a service manager stops it.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            ensure!(begun.elapsed() < PATIENCE, "the service does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the service ended at once: {status}; see service.log");
            }
            ensure!(begun.elapsed() < PATIENCE, "the service does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Ended already when it was stopped in good order.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs one command of the program.
pub fn command(world: &World, arguments: &[&str]) -> Result<()> {
    let output = program(world).args(arguments).output().context(PROGRAM)?;
    ensure!(
        output.status.success(),
        "aktivasi {}: {}",
        arguments[0],
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

fn program(world: &World) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .stdin(Stdio::null())
        .env("AKTIVASI__DATABASE__URL", world.url("aktivasi_app"))
        .env("AKTIVASI__KEYS__FILE", world.keys())
        .env("AKTIVASI__SMTP__SECURITY", "plain")
        .env("AKTIVASI__SMTP__FROM_ADDRESS", "kpp@example.com");
    command
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
