//! Who acts. A value of one of these types is the proof of a check made in the transaction of the act; roles,
//! decree and office are never taken from a token.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::AppError;
use crate::{
    domain::{
        ids::{RequestId, SessionId, StaffId},
        names::{Role, Scope},
        office::OfficeCode,
        request::Request,
        state::{Act, Who},
    },
    store::{self, staff::Decree},
};

/// A member of staff with a live session, as of now.
#[derive(Debug, Clone)]
pub struct Colleague {
    pub id: StaffId,
    pub session: SessionId,
    pub name: String,
    pub nip: String,
    pub office: Option<OfficeCode>,
    pub kanwil: Option<String>,
    pub roles: Vec<(Role, Scope)>,
    /// The decree (KEP) in force today.
    pub decree: Option<Decree>,
    /// `Plh.` or `Plt.` when acting as section head today.
    pub acting: Option<String>,
}

/// Petugas TPT of an office.
#[derive(Debug, Clone, Copy)]
pub struct Counter {
    pub id: StaffId,
    pub office: OfficeCode,
}

/// Petugas Khusus with a decree in force.
#[derive(Debug, Clone, Copy)]
pub struct SpecialOfficer {
    pub id: StaffId,
    pub office: OfficeCode,
}

/// Kepala Seksi Pelayanan, or whoever acts for them today.
#[derive(Debug, Clone)]
pub struct SectionHead {
    pub id: StaffId,
    pub office: OfficeCode,
    pub name: String,
    pub nip: String,
    /// `Plh.`, `Plt.` or empty.
    pub acting: String,
}

/// Operator Console.
#[derive(Debug, Clone, Copy)]
pub struct Operator {
    pub id: StaffId,
    /// `None`: every office.
    pub office: Option<OfficeCode>,
}

/// Loads who is behind a session. Fails when it ended, expired, or the account was closed.
pub async fn authenticate(
    conn: &mut PgConnection,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<Colleague, AppError> {
    store::at_work::find(conn, session, now).await?.map(colleague).ok_or(AppError::Unauthenticated)
}

/// Reads rights from what was found behind a session.
pub(in crate::app) fn colleague(found: store::at_work::AtWork) -> Colleague {
    let mut roles = found.roles;
    // An operator never processes a request, whatever else was given to the account.
    let operates = roles.iter().any(|(role, _)| *role == Role::Operator);
    roles.retain(|(role, _)| !operates || *role == Role::Operator);
    Colleague {
        id: found.staff,
        session: found.session,
        name: found.name,
        nip: found.nip,
        office: found.office,
        kanwil: found.kanwil,
        roles,
        decree: found.decree.filter(|_| !operates),
        acting: found.acting.filter(|_| !operates),
    }
}

/// Today at an office.
pub async fn local_day(
    conn: &mut PgConnection,
    office: OfficeCode,
    now: DateTime<Utc>,
) -> Result<NaiveDate, AppError> {
    let office = store::offices::find(conn, office).await?.ok_or(AppError::NotFound("office"))?;
    Ok(now.with_timezone(&office.zone).date_naive())
}

impl Colleague {
    fn scope(&self, role: Role) -> Option<Scope> {
        self.roles.iter().find(|(held, _)| *held == role).map(|(_, scope)| *scope)
    }

    fn holds(&self, role: Role) -> bool {
        self.scope(role).is_some()
    }

    /// Whether this person watches the limit of one or more offices.
    pub fn supervises(&self) -> bool {
        self.holds(Role::Supervisor)
    }

    /// Whether this person signs and heads today: by role, or as Plh./Plt. within the dates.
    fn heads(&self) -> bool {
        self.holds(Role::SectionHead) || self.acting.is_some()
    }

    pub fn counter(&self) -> Result<Counter, AppError> {
        match self.office {
            Some(office) if self.holds(Role::Counter) => Ok(Counter { id: self.id, office }),
            _ => Err(AppError::Forbidden),
        }
    }

    pub fn special_officer(&self) -> Result<SpecialOfficer, AppError> {
        match (self.office, &self.decree) {
            _ if !self.holds(Role::SpecialOfficer) => Err(AppError::Forbidden),
            (Some(office), Some(_)) => Ok(SpecialOfficer { id: self.id, office }),
            _ => Err(AppError::NoDecree),
        }
    }

    pub fn section_head(&self) -> Result<SectionHead, AppError> {
        match self.office {
            Some(office) if self.heads() => Ok(SectionHead {
                id: self.id,
                office,
                name: self.name.clone(),
                nip: self.nip.clone(),
                acting: self.acting.clone().unwrap_or_default(),
            }),
            _ => Err(AppError::Forbidden),
        }
    }

    pub fn operator(&self) -> Result<Operator, AppError> {
        match self.scope(Role::Operator) {
            Some(Scope::National) => Ok(Operator { id: self.id, office: None }),
            Some(Scope::Office | Scope::Kanwil) if self.office.is_some() => {
                Ok(Operator { id: self.id, office: self.office })
            }
            _ => Err(AppError::Forbidden),
        }
    }

    /// Who may read verdicts and drafts: officers, section heads, supervisors. Not the counter.
    pub fn judges(&self) -> Result<(), AppError> {
        let judges = self.holds(Role::SpecialOfficer) || self.heads() || self.holds(Role::Supervisor);
        if judges { Ok(()) } else { Err(AppError::Forbidden) }
    }

    /// Whoever has to do with requests at all. Operators have not: they are refused before anything is looked up.
    pub fn works_on_requests(&self) -> Result<(), AppError> {
        let works = self.holds(Role::Counter) || self.judges().is_ok();
        if works { Ok(()) } else { Err(AppError::Forbidden) }
    }

    /// The offices whose requests this person may see. Operators process no requests and see none.
    pub async fn visible_offices(&self, conn: &mut PgConnection) -> Result<Vec<OfficeCode>, AppError> {
        let works_there = self.holds(Role::Counter) || self.holds(Role::SpecialOfficer) || self.heads();
        let mut offices: Vec<OfficeCode> = self.office.filter(|_| works_there).into_iter().collect();
        match self.scope(Role::Supervisor) {
            None => {}
            Some(Scope::Office) => offices.extend(self.office),
            Some(Scope::Kanwil) => {
                if let Some(kanwil) = &self.kanwil {
                    offices.extend(parse(store::sla::offices_of_kanwil(conn, kanwil).await?));
                }
            }
            Some(Scope::National) => offices.extend(parse(store::sla::all_offices(conn).await?)),
        }
        offices.sort_unstable();
        offices.dedup();
        Ok(offices)
    }

    /// In which positions this person stands towards a request.
    pub fn positions(&self, request: &Request) -> Vec<Who> {
        let here = self.office == Some(request.office);
        let mut positions = Vec::new();
        if here && self.holds(Role::Counter) {
            positions.push(Who::Counter);
        }
        if here && self.special_officer().is_ok() {
            positions.push(Who::SpecialOfficer);
            if request.state.officer() == Some(self.id) {
                positions.push(Who::AssignedOfficer);
            }
        }
        if here && self.heads() {
            positions.push(Who::SectionHead);
        }
        if self.holds(Role::Supervisor) {
            positions.push(Who::Supervisor);
        }
        positions
    }
}

fn parse(codes: Vec<String>) -> impl Iterator<Item = OfficeCode> {
    codes.into_iter().filter_map(|code| code.parse().ok())
}

/// Locks a request for an act of staff: this person works on requests, it exists, this person may see it, may do this, it has the expected version,
/// and the act is possible from its state. In this order, so that nobody learns more than they may.
pub async fn lock_request(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: RequestId,
    act: Act,
    expected_version: Option<i32>,
) -> Result<(Request, Vec<Who>), AppError> {
    colleague.works_on_requests()?;
    let request = store::requests::lock(conn, id).await?.ok_or(AppError::NotFound("request"))?;
    if !colleague.visible_offices(conn).await?.contains(&request.office) {
        return Err(AppError::NotFound("request"));
    }
    let positions = colleague.positions(&request);
    if !positions.iter().any(|&who| act.allowed_to(who)) {
        return Err(refusal(conn, colleague, &request, act).await?);
    }
    if expected_version.is_some_and(|expected| expected != request.version) {
        return Err(AppError::Stale);
    }
    if let Err(not_possible) = request.state.permits(act) {
        return Err(lost(conn, &request, not_possible.act).await?);
    }
    Ok((request, positions))
}

/// Why a person who sees the request may not act: no decree, somebody else has it in hand, or no right at all.
async fn refusal(
    conn: &mut PgConnection,
    colleague: &Colleague,
    request: &Request,
    act: Act,
) -> Result<AppError, AppError> {
    let officers_act = act.allowed_to(Who::SpecialOfficer) || act.allowed_to(Who::AssignedOfficer);
    if !officers_act || !colleague.holds(Role::SpecialOfficer) {
        return Ok(AppError::Forbidden);
    }
    if colleague.special_officer().is_err() {
        return Ok(AppError::NoDecree);
    }
    lost(conn, request, act).await
}

/// Tells the loser of a race who has it now.
pub async fn lost(conn: &mut PgConnection, request: &Request, act: Act) -> Result<AppError, AppError> {
    let officer = match request.state.officer() {
        Some(id) => store::staff::find(conn, id).await?.map(|staff| staff.name),
        None => None,
    };
    Ok(AppError::NotPossible { act, state: request.state.name(), officer })
}

/// Reads a request that this person may see.
pub async fn visible_request(
    conn: &mut PgConnection,
    colleague: &Colleague,
    id: RequestId,
) -> Result<Request, AppError> {
    colleague.works_on_requests()?;
    let request = store::requests::find(conn, id).await?.ok_or(AppError::NotFound("request"))?;
    if colleague.visible_offices(conn).await?.contains(&request.office) {
        Ok(request)
    } else {
        Err(AppError::NotFound("request"))
    }
}
