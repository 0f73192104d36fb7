//! The table `task_secrets`: what all replicas share and nobody owns.

use docket_identity::Random;
use docket_storage::{StoreError, on_database};

use super::Store;

impl Store {
    /// The 32 bytes that page tokens are sealed with, made by the first process that asks. They are stored in
    /// plain form: whoever reads the database has the tasks already, and a page token gives no access.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn page_token_secret(&self, random: &Random) -> Result<Vec<u8>, StoreError> {
        let secret = random.bytes::<32>();
        on_database!(self.db.write(), |pool| {
            sqlx::query(
                "INSERT INTO task_secrets (name, secret) VALUES ('page_token', $1) ON CONFLICT (name) DO NOTHING",
            )
            .bind(secret.as_slice())
            .execute(pool)
            .await?;
            let (secret,) =
                sqlx::query_as("SELECT secret FROM task_secrets WHERE name = 'page_token'").fetch_one(pool).await?;
            Ok(secret)
        })
    }
}
