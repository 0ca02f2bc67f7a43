//! Makes calls meet at one lock, in a known order: a race that comes out the same each time.

use futures_util::future::BoxFuture;

use super::TestApp;
use crate::smtp_peer::DEADLINE;

/// A call that has not been made yet.
pub type Call<T> = BoxFuture<'static, T>;

impl TestApp {
    /// Holds `lock`, starts the calls one after the other, each when the ones before it wait for a lock, then lets go.
    /// Returns their answers in the same order.
    pub async fn queue_up<T: Send + 'static>(&self, lock: &'static str, calls: Vec<Call<T>>) -> Vec<T> {
        let mut holder = self.pool.begin().await.unwrap();
        sqlx::query(lock).execute(&mut *holder).await.unwrap();
        let mut running = Vec::new();
        for (before, call) in calls.into_iter().enumerate() {
            running.push(tokio::spawn(call));
            self.wait_until(WAITING, before + 1).await;
        }
        holder.rollback().await.unwrap();
        let mut answers = Vec::new();
        for call in running {
            answers.push(call.await.unwrap());
        }
        answers
    }

    /// Returns when this query counts at least `n`; fails the test when it does not come to that.
    pub async fn wait_until(&self, count: &'static str, n: usize) {
        let reached = async {
            while usize::try_from(self.count(count).await).unwrap() < n {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(DEADLINE, reached).await.is_ok(), "not {n}: {count}");
    }
}

/// Connections of this database that wait for a lock.
const WAITING: &str =
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
