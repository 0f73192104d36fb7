//! The check of the keys that sign tokens.

use auth_service::domain::KeyState;
use auth_service::{MasterKey, operator};
use docket_identity::Clock;
use docket_process::Fault;
use docket_storage::Db;

/// Checks that the master key decrypts every key, and that one key is active.
pub(super) async fn check(
    db: &Db,
    master_key: &MasterKey,
    config: &auth_service::Config,
    clock: &Clock,
) -> Result<String, Fault> {
    let access_token_life = config.tokens.access_token_life;
    let states: Vec<KeyState> =
        operator::list_keys(db, access_token_life, clock).await?.into_iter().map(|(_, state)| state).collect();
    if states.is_empty() {
        return Ok("there are none yet: the auth service creates the first when it starts".to_owned());
    }
    let opened = operator::open_keys(db, master_key, access_token_life, clock).await;
    opened.map_err(|error| Fault::new("use the master key with which they were encrypted", error))?;
    judge(&states)
}

/// Checks that exactly one key is active.
fn judge(states: &[KeyState]) -> Result<String, Fault> {
    match states.iter().filter(|state| **state == KeyState::Active).count() {
        1 => Ok(format!("the master key decrypts them, one of {} is active", states.len())),
        0 if states.contains(&KeyState::Pending) => {
            Err(Fault::text("none is active yet, so nobody can sign in: this machine's clock is behind; set it"))
        }
        0 => Err(Fault::text("none is active, so nobody can sign in: restart the auth service, which creates one")),
        several => Err(Fault::text(format!("{several} are active where one should be: restart the auth service"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_key_has_to_be_active() {
        use KeyState::{Active, Gone, Pending, Retiring};
        assert!(judge(&[Gone, Retiring, Active, Pending]).is_ok());
        for (states, advice) in [
            (&[Active, Active][..], "restart"),
            (&[Gone, Retiring], "restart"),
            (&[Pending], "clock is behind"),
            (&[Gone, Retiring, Pending], "clock is behind"),
        ] {
            let fault = judge(states).unwrap_err().to_string();
            assert!(fault.contains(advice), "{states:?}: {fault}");
        }
    }
}
