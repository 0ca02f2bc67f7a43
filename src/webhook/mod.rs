//! Events on their way to other systems: signed as Standard Webhooks has it, over TLS, to addresses that may be called.

mod networks;
mod sender;
mod signature;

pub use networks::Callable;
pub use sender::{CaError, Message, Sender};
pub use signature::{Secret, sign};
