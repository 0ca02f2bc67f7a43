use crate::{
    app::{AppError, Office, desk::Desk},
    store::open_jobs::{self, JobState, OpenJob},
};

/// Most rows of one look.
const MOST: i64 = 1_000;

/// What a look narrows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    pub state: Option<JobState>,
    pub after: Option<i64>,
    /// `None`: as many as one look shows at most.
    pub limit: Option<i64>,
}

/// Jobs of the desk's scope that are not done, oldest first.
pub async fn list(office: &Office, desk: Desk, wanted: Wanted) -> Result<Vec<OpenJob>, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let scope = desk.keeper(&mut tx, now).await?.office;
    let limit = wanted.limit.unwrap_or(MOST).min(MOST);
    let narrowed = open_jobs::Wanted { office: scope, state: wanted.state, after: wanted.after, limit };
    Ok(open_jobs::list(&mut tx, &narrowed, now).await?)
}

/// One job that is not done.
pub async fn find(office: &Office, desk: Desk, id: i64) -> Result<OpenJob, AppError> {
    let now = office.now();
    let mut tx = office.begin().await?;
    let keeper = desk.keeper(&mut tx, now).await?;
    open_jobs::find(&mut tx, id, now)
        .await?
        .filter(|job| keeper.looks_after(job.office))
        .ok_or(AppError::NotFound("job"))
}
