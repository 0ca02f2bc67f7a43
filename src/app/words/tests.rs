//! Every kind renders from rows, says what it must, and holds no secret.

mod emails;
mod letters;

use std::sync::LazyLock;

use crate::letters::Templates;

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::embedded().unwrap());
