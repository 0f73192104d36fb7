//! The roles that services log in as on PostgreSQL.
//!
//! They own nothing and are members of nothing, so there is no way from them to more. `docket migrate` makes them.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

use crate::session::SESSION;
use crate::{Db, Role, StoreError};

/// As PostgreSQL itself does (`scram_iterations`).
const ITERATIONS: NonZeroU32 = NonZeroU32::new(4096).expect("not zero");
/// Least length: nobody types it.
const MIN_LENGTH: usize = 16;
const MAX_LENGTH: usize = 200;

/// The password of a service's role. It leaves this process as a SCRAM-SHA-256 verifier only.
#[derive(Debug)]
pub struct RolePassword(SecretString);

/// The text is no password for a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a password of 16 to 200 printable ASCII characters without spaces")]
pub struct BadPassword;

impl RolePassword {
    /// Takes a text of 16 to 200 printable ASCII characters, which SASLprep (RFC 4013) leaves as they are. White space
    /// around it does not count.
    ///
    /// # Errors
    /// Where it is another text.
    pub fn parse(text: &str) -> Result<Self, BadPassword> {
        let text = text.trim();
        let is_good =
            (MIN_LENGTH..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_good { Ok(Self(text.into())) } else { Err(BadPassword) }
    }

    /// What PostgreSQL stores: it can check the password by it, and nobody can log in with it (RFC 5803, RFC 5802).
    fn verifier(&self, salt: [u8; 16]) -> String {
        let mut salted = [0; digest::SHA256_OUTPUT_LEN];
        let password = self.0.expose_secret().as_bytes();
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password, &mut salted);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &salted);
        let stored_key = digest::digest(&digest::SHA256, hmac::sign(&key, b"Client Key").as_ref());
        let server_key = hmac::sign(&key, b"Server Key");
        format!(
            "SCRAM-SHA-256${ITERATIONS}:{}${}:{}",
            BASE64_STANDARD.encode(salt),
            BASE64_STANDARD.encode(stored_key),
            BASE64_STANDARD.encode(server_key)
        )
    }
}

/// Makes both roles as they should be, where they are not. The user of `connection` needs CREATEROLE.
pub(crate) async fn make_roles(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let settings: Vec<String> = SESSION.iter().map(|(name, value)| format!("'{name}={value}'")).collect();
    let statement = include_str!("roles.sql").replace("{settings}", &settings.join(", "));
    // The settings stand in the source.
    connection.execute(AssertSqlSafe(statement)).await.map(drop)
}

/// Lets `role`, one of the services', log in with `password` from now on. `salt` is random. Does nothing on SQLite.
///
/// # Errors
/// Where the database fails, or the user of `db` may not change the role.
pub async fn allow_login(db: &Db, role: Role, password: &RolePassword, salt: [u8; 16]) -> Result<(), StoreError> {
    let (Db::Postgres(pools), Some(name)) = (db, role.name()) else { return Ok(()) };
    // Base64 and names of ours hold no quote. Others may change the role at the same time: see roles.sql.
    let statement = format!(
        "DO $$
         BEGIN
           FOR round IN 1..100 LOOP
             BEGIN
               ALTER ROLE {name} LOGIN PASSWORD '{verifier}';
               RETURN;
             EXCEPTION
               WHEN internal_error THEN
                 IF round = 100 THEN
                   RAISE;
                 END IF;
             END;
           END LOOP;
         END
         $$",
        verifier = password.verifier(salt)
    );
    pools.pool.execute(AssertSqlSafe(statement)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_a_long_printable_text() {
        for good in ["0123456789abcdef", " 0123456789abcdef\n", "!\"#$%&'()*+,-./~~"] {
            assert!(RolePassword::parse(good).is_ok(), "{good}");
        }
        let long = "a".repeat(201);
        for bad in ["", "0123456789abcde", "0123456789 abcdef", "0123456789abcdeé", long.as_str()] {
            assert_eq!(RolePassword::parse(bad).unwrap_err(), BadPassword, "{bad}");
        }
    }

    /// Made by PostgreSQL 15: `SELECT rolpassword FROM pg_authid`.
    #[test]
    fn a_verifier_is_the_one_that_postgresql_makes() {
        let made = concat!(
            "SCRAM-SHA-256$4096:3vw8d6Bg1hfmA1gLfVpvOg==",
            "$fXeL8GcfLpscA/OSBSGo7VjurCs+QQueG85N7M3pxu8=:s/KaWU60SASs/fi3mTmMOA84tNWSFeJCoemnJabVLj4="
        );
        let salt = made.split(['$', ':']).nth(2).unwrap();
        let salt: [u8; 16] = BASE64_STANDARD.decode(salt).unwrap().try_into().unwrap();
        let password = RolePassword::parse("a-password-for-tests").unwrap();
        assert_eq!(password.verifier(salt), made);
        assert!(!format!("{password:?}").contains("a-password"));
    }
}
