//! Work after a commit. Jobs are rows; workers lease them, run them, and settle them.
//!
//! - A job holds ids only and may run twice: a process can die between the work and its verdict.
//! - No transaction is open while a job runs. Its lease is renewed meanwhile; a worker that lost the lease stops and its
//!   verdict is dropped (`store::jobs::settle` is fenced by the number of the attempt).
//! - The work decides whether to try again or to be buried ([`crate::app::job_failure`]); a panic is tried again.
//! - A job that takes its process down each time is buried after [`MAX_LEASES`] leases.
//! - Workers sleep until a commit rings ([`bell`]), and look once a second besides.

mod bell;
mod periodic;
mod run;
mod webhooks;
mod work;
mod workers;

pub use periodic::one_periodic_round;
pub use run::{MAX_LEASES, run_ready};
pub use webhooks::send_ready;
pub use workers::Workers;
