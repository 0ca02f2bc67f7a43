//! Who looks after an installation: the command line after all of it, an operator after the offices of their scope.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{AppError, actor};
use crate::{
    domain::{ids::SessionId, office::OfficeCode},
    store::audit::By,
};

/// Where an act of an operator comes from.
#[derive(Debug, Clone, Copy)]
pub enum Desk {
    Console,
    Operator(SessionId),
}

/// Who was found behind a desk, as of now. A value is the proof of a check made in the transaction of the act.
#[derive(Debug, Clone, Copy)]
pub(in crate::app) struct Keeper {
    pub by: By,
    /// The one office whose things they look after; `None`: every office, and what belongs to none.
    pub office: Option<OfficeCode>,
}

impl Desk {
    pub(in crate::app) async fn keeper(
        self,
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<Keeper, AppError> {
        match self {
            Self::Console => Ok(Keeper { by: By::Console, office: None }),
            Self::Operator(session) => {
                let operator = actor::authenticate(conn, session, now).await?.operator()?;
                Ok(Keeper { by: By::Staff(operator.id), office: operator.office })
            }
        }
    }
}

impl Keeper {
    /// Whether a thing of this office, or of none, is theirs to look after.
    pub fn looks_after(&self, office: Option<OfficeCode>) -> bool {
        self.office.is_none_or(|own| office == Some(own))
    }

    /// What belongs to no office is looked after by whoever looks after all.
    pub fn of_everything(&self) -> Result<(), AppError> {
        if self.office.is_none() { Ok(()) } else { Err(AppError::Forbidden) }
    }
}
