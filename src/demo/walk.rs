use crate::admin::Failure;

pub async fn run() -> Result<(), Failure> {
    Ok(())
}
