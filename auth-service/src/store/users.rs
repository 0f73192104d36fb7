//! The table `users`: one row an account.

use chrono::{DateTime, Utc};
use docket_identity::{RevocationTarget, UserId};
use docket_storage::{CorruptValue, OnDatabase, StoreError, on_database};
use sqlx::{FromRow, QueryBuilder};
use tracing::instrument;
use uuid::Uuid;

use super::row::row;
use super::{Store, Transaction};
use crate::domain::{Account, Credentials, DisplayName, Email, Language, SessionScope};

row! {
    struct AccountRow, account_columns! {
        id: Uuid,
        email: String,
        display_name: String,
        email_verified: bool,
        language: String,
        create_time: DateTime<Utc>,
        update_time: DateTime<Utc>,
    }
}

#[derive(FromRow)]
struct CredentialsRow {
    #[sqlx(flatten)]
    account: AccountRow,
    password_hash: String,
    suspend_time: Option<DateTime<Utc>>,
}

impl TryFrom<AccountRow> for Account {
    type Error = CorruptValue;

    fn try_from(row: AccountRow) -> Result<Self, CorruptValue> {
        Ok(Self {
            id: row.id.into(),
            email: Email::parse(&row.email).map_err(CorruptValue::at("users", "email"))?,
            display_name: DisplayName::stored(&row.display_name).map_err(CorruptValue::at("users", "display_name"))?,
            email_verified: row.email_verified,
            language: language(&row.language, "users")?,
            create_time: row.create_time,
            update_time: row.update_time,
        })
    }
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.as_uuid(),
            email: account.email.to_string(),
            display_name: account.display_name.to_string(),
            email_verified: account.email_verified,
            language: account.language.code().to_owned(),
            create_time: account.create_time,
            update_time: account.update_time,
        }
    }
}

impl TryFrom<CredentialsRow> for Credentials {
    type Error = CorruptValue;

    fn try_from(row: CredentialsRow) -> Result<Self, CorruptValue> {
        let CredentialsRow { account, password_hash, suspend_time } = row;
        Ok(Self { account: account.try_into()?, password_hash, suspend_time })
    }
}

/// Reads a language that is stored in `table`.
pub(super) fn language(code: &str, table: &'static str) -> Result<Language, CorruptValue> {
    Language::from_code(code).ok_or("not a language").map_err(CorruptValue::at(table, "language"))
}

/// A query for credentials, which ends with the condition on the account.
macro_rules! select_credentials {
    ($condition:literal) => {
        concat!("SELECT ", account_columns!(), ", password_hash, suspend_time FROM users WHERE ", $condition)
    };
}

impl Store {
    /// The account `id`.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn account(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(concat!(
                "SELECT ",
                account_columns!(),
                "
                 FROM users
                 WHERE id = $1",
            ))
            .bind(id.as_uuid())
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(Account::try_from).transpose()?)
    }

    /// The credentials of the account with this address.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn credentials_by_email(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        let row: Option<CredentialsRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(select_credentials!("email = $1")).bind(email.as_str()).fetch_optional(pool).await?
        });
        Ok(row.map(Credentials::try_from).transpose()?)
    }

    /// The credentials of the account `id`.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn credentials(&self, id: UserId) -> Result<Option<Credentials>, StoreError> {
        let row: Option<CredentialsRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(select_credentials!("id = $1")).bind(id.as_uuid()).fetch_optional(pool).await?
        });
        Ok(row.map(Credentials::try_from).transpose()?)
    }

    /// The next `limit` accounts after `after`, oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn accounts(&self, after: Option<UserId>, limit: i64) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<AccountRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(concat!(
                "SELECT ",
                account_columns!(),
                "
                 FROM users
                 WHERE id > $1
                 ORDER BY id
                 LIMIT $2",
            ))
            .bind(after.map_or(Uuid::nil(), UserId::as_uuid))
            .bind(limit)
            .fetch_all(pool)
            .await?
        });
        Ok(rows.into_iter().map(Account::try_from).collect::<Result<_, _>>()?)
    }

    /// Gives the account another name. `None` where there is no such account.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn rename(
        &self,
        id: UserId,
        name: &DisplayName,
        now: DateTime<Utc>,
    ) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> = on_database!(self.db.write(), |pool| {
            sqlx::query_as(concat!(
                "UPDATE users
                 SET display_name = $2, update_time = $3
                 WHERE id = $1
                 RETURNING ",
                account_columns!(),
            ))
            .bind(id.as_uuid())
            .bind(name.as_str())
            .bind(now)
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(Account::try_from).transpose()?)
    }
}

impl Transaction {
    /// Adds an account.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] where the address has an account; else where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn insert_account(&mut self, account: &Account, password_hash: &str) -> Result<(), StoreError> {
        on_database!(self.connection(), |connection| {
            let mut insert = QueryBuilder::new(concat!("INSERT INTO users (", account_columns!(), ", password_hash) "));
            insert.push_values([AccountRow::from(account)], |mut values, row| {
                row.push_to(&mut values);
                values.push_bind(password_hash);
            });
            insert.build().execute(connection).await?;
        });
        Ok(())
    }

    /// Whether the account is there, not suspended, and has `password_hash` still. Where it is so, it stays so until
    /// this transaction ends: nobody signs in with a password that is being changed.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
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
    #[instrument(level = "debug", skip_all)]
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
    #[instrument(level = "debug", skip_all)]
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

    /// Erases the account with all that is its (sessions, tasks, record), and revokes its tokens.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn delete_account(&mut self, id: UserId, now: DateTime<Utc>) -> Result<(), StoreError> {
        // Each session as well: a refresh in flight may make a token later than the account's own revocation.
        self.delete_sessions(id, SessionScope::All, now).await?;
        self.revoke(RevocationTarget::Subject(id));
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
