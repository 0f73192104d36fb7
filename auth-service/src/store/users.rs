//! The table `users`: one row an account.

use chrono::{DateTime, Utc};
use docket_identity::UserId;
use docket_storage::{CorruptValue, OnDatabase, StoreError, on_database};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Store, Transaction};
use crate::domain::{Account, Credentials, DisplayName, Email};

#[derive(FromRow)]
struct AccountRow {
    id: Uuid,
    email: String,
    display_name: String,
    email_verified: bool,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
}

#[derive(FromRow)]
struct CredentialsRow {
    #[sqlx(flatten, try_from = "AccountRow")]
    account: Account,
    password_hash: String,
    suspend_time: Option<DateTime<Utc>>,
}

impl TryFrom<AccountRow> for Account {
    type Error = CorruptValue;

    fn try_from(row: AccountRow) -> Result<Self, CorruptValue> {
        Ok(Self {
            id: row.id.into(),
            email: Email::parse(&row.email).map_err(CorruptValue::at("users", "email"))?,
            display_name: DisplayName::parse(&row.display_name).map_err(CorruptValue::at("users", "display_name"))?,
            email_verified: row.email_verified,
            create_time: row.create_time,
            update_time: row.update_time,
        })
    }
}

impl From<CredentialsRow> for Credentials {
    fn from(row: CredentialsRow) -> Self {
        let CredentialsRow { account, password_hash, suspend_time } = row;
        Self { account, password_hash, suspend_time }
    }
}

/// The account as one row, by whatever stands before.
#[derive(FromRow)]
struct OneAccount {
    #[sqlx(flatten, try_from = "AccountRow")]
    account: Account,
}

impl Store {
    /// The account `id`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn account(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        let row: Option<OneAccount> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(
                "SELECT id, email, display_name, email_verified, create_time, update_time
                 FROM users
                 WHERE id = $1",
            )
            .bind(id.as_uuid())
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(|row| row.account))
    }

    /// What decides whether somebody may sign in to the account with this address.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn credentials_by_email(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        let row: Option<CredentialsRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(
                "SELECT id, email, display_name, email_verified, create_time, update_time, password_hash, suspend_time
                 FROM users
                 WHERE email = $1",
            )
            .bind(email.as_str())
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(Into::into))
    }

    /// The same of the account `id`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn credentials(&self, id: UserId) -> Result<Option<Credentials>, StoreError> {
        let row: Option<CredentialsRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(
                "SELECT id, email, display_name, email_verified, create_time, update_time, password_hash, suspend_time
                 FROM users
                 WHERE id = $1",
            )
            .bind(id.as_uuid())
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(Into::into))
    }

    /// The next `limit` accounts after `after`, oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn accounts(&self, after: Option<UserId>, limit: i64) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<OneAccount> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(
                "SELECT id, email, display_name, email_verified, create_time, update_time
                 FROM users
                 WHERE id > $1
                 ORDER BY id
                 LIMIT $2",
            )
            .bind(after.map_or(Uuid::nil(), UserId::as_uuid))
            .bind(limit)
            .fetch_all(pool)
            .await?
        });
        Ok(rows.into_iter().map(|row| row.account).collect())
    }

    /// Gives the account another name. `None` where there is no such account.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn rename(
        &self,
        id: UserId,
        name: &DisplayName,
        now: DateTime<Utc>,
    ) -> Result<Option<Account>, StoreError> {
        let row: Option<OneAccount> = on_database!(self.db.write(), |pool| {
            sqlx::query_as(
                "UPDATE users
                 SET display_name = $2, update_time = $3
                 WHERE id = $1
                 RETURNING id, email, display_name, email_verified, create_time, update_time",
            )
            .bind(id.as_uuid())
            .bind(name.as_str())
            .bind(now)
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(|row| row.account))
    }
}

impl Transaction {
    /// Adds an account.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] where the address has an account; else where the database fails.
    pub async fn insert_account(&mut self, account: &Account, password_hash: &str) -> Result<(), StoreError> {
        on_database!(self.connection(), |connection| {
            sqlx::query(
                "INSERT INTO users (id, email, display_name, password_hash, email_verified, create_time, update_time)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(account.id.as_uuid())
            .bind(account.email.as_str())
            .bind(account.display_name.as_str())
            .bind(password_hash)
            .bind(account.email_verified)
            .bind(account.create_time)
            .bind(account.update_time)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Whether the account is there, not suspended, and has `password_hash` still. Where it is so, it stays so until
    /// this transaction ends: nobody signs in with a password that is being changed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn hold_account(&mut self, id: UserId, password_hash: &str) -> Result<bool, StoreError> {
        macro_rules! still_there {
            ($lock:literal) => {
                concat!(
                    "SELECT 1
                     FROM users
                     WHERE id = $1 AND password_hash = $2 AND suspend_time IS NULL ",
                    $lock
                )
            };
        }
        let (id, hash) = (id.as_uuid(), password_hash);
        Ok(match self.connection() {
            OnDatabase::Postgres(connection) => {
                let query = sqlx::query(still_there!("FOR NO KEY UPDATE")).bind(id).bind(hash);
                query.fetch_optional(connection).await?.is_some()
            }
            // The whole file is this transaction's already.
            OnDatabase::Sqlite(connection) => {
                let query = sqlx::query(still_there!("")).bind(id).bind(hash);
                query.fetch_optional(connection).await?.is_some()
            }
        })
    }

    /// Stores the hash of another password.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_password_hash(&mut self, id: UserId, hash: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        on_database!(self.connection(), |connection| {
            sqlx::query(
                "UPDATE users
                 SET password_hash = $2, update_time = $3
                 WHERE id = $1",
            )
            .bind(id.as_uuid())
            .bind(hash)
            .bind(now)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Stores another hash of the same password: nothing of the account changes that anybody sees.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn renew_password_hash(&mut self, id: UserId, hash: &str) -> Result<(), StoreError> {
        on_database!(self.connection(), |connection| {
            sqlx::query(
                "UPDATE users
                 SET password_hash = $2
                 WHERE id = $1",
            )
            .bind(id.as_uuid())
            .bind(hash)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Erases the account with all that is its: sessions, tasks, record.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn delete_account(&mut self, id: UserId) -> Result<(), StoreError> {
        on_database!(self.connection(), |connection| {
            sqlx::query(
                "DELETE FROM users
                 WHERE id = $1",
            )
            .bind(id.as_uuid())
            .execute(connection)
            .await?;
        });
        Ok(())
    }
}
