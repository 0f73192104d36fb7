//! The signing keys of the deployment: made at the first start, shared by all replicas through the database.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{Algorithm, CLOCK_LEEWAY, Clock, Jwk, KeyRing, Random, new_uuid_v7};
use docket_storage::{StoreError, detached};
use uuid::Uuid;

use super::master_key::SealingKey;
use super::signing_key::SigningKey;
use crate::domain::{KeyRecord, KeyState};
use crate::store::{Announcer, Store};

/// How long a verifier may keep a list of keys.
pub(crate) const KEYS_MAX_AGE: Duration = Duration::from_secs(300);
/// How often each replica reads the keys anew.
pub(crate) const RELOAD_INTERVAL: Duration = Duration::from_secs(60);
/// No key signs before it was known for as long: by then every replica lists it, also one whose reading failed once, and
/// no list without it is kept any more.
const KNOWN_BEFORE_USE: Duration = KEYS_MAX_AGE.saturating_add(RELOAD_INTERVAL.saturating_mul(2));

/// How long a token may be good after it was signed, where access tokens live for `access_token_life`: leeway included.
pub(crate) fn token_life(access_token_life: Duration) -> TimeDelta {
    TimeDelta::from_std(access_token_life + CLOCK_LEEWAY).unwrap_or(TimeDelta::MAX)
}

/// The keys that are listed, opened.
#[derive(Debug)]
pub(crate) struct SigningKeys {
    store: Store,
    sealing: SealingKey,
    /// How long after its retirement a key's last token may be alive.
    token_life: TimeDelta,
    clock: Clock,
    listed: RwLock<Arc<[Listed]>>,
    ring: Arc<KeyRing>,
}

#[derive(Debug)]
struct Listed {
    record: KeyRecord,
    key: Arc<SigningKey>,
}

/// What became of a wish for another key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// This key was made.
    Made(KeyRecord),
    /// None was: those that are there do.
    Kept,
}

/// When keys are looked at, and for how long their tokens are good.
#[derive(Clone, Copy, Debug)]
struct Standing {
    now: DateTime<Utc>,
    token_life: TimeDelta,
}

impl Standing {
    fn of(self, key: &KeyRecord) -> KeyState {
        key.state(self.now, self.token_life)
    }

    fn is_in_use(self, key: &KeyRecord) -> bool {
        matches!(self.of(key), KeyState::Pending | KeyState::Active) && key.retire_time.is_none()
    }
}

/// Why the keys can't be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key was sealed under another master key.
    #[error("the signing key {id} does not open: this is not the master key that it was sealed with")]
    WrongMasterKey {
        /// Which key.
        id: Uuid,
    },
}

impl SigningKeys {
    /// Keys of `store`, none of them loaded yet. `token_life` is the longest life of a token, leeway included.
    pub(crate) fn new(store: Store, sealing: SealingKey, token_life: TimeDelta, clock: Clock) -> Self {
        Self { store, sealing, token_life, clock, listed: RwLock::new(Arc::new([])), ring: Arc::default() }
    }

    /// Makes a key of `algorithm` where none is in use or about to be. The very first one signs at once; a later one
    /// once every verifier must have heard of it, and the others then retire. Of several replicas that start together
    /// one makes it.
    ///
    /// # Errors
    /// Where the database fails.
    pub(crate) async fn ensure(
        &self,
        algorithm: Algorithm,
        announcer: impl Announcer + Send + 'static,
        random: &Random,
    ) -> Result<(), StoreError> {
        let is_missing = move |keys: &[KeyRecord], standing: Standing| {
            !keys.iter().any(|key| standing.is_in_use(key) && key.algorithm == algorithm)
        };
        self.add(algorithm, is_missing, announcer, random).await.map(drop)
    }

    /// Makes the next key of `algorithm`, unless there is one already that does not sign yet. Of several that rotate at
    /// once one makes it.
    ///
    /// # Errors
    /// Where the database fails.
    pub(crate) async fn rotate(
        &self,
        algorithm: Algorithm,
        announcer: impl Announcer + Send + 'static,
        random: &Random,
    ) -> Result<Rotated, StoreError> {
        let none_is_pending =
            |keys: &[KeyRecord], standing: Standing| !keys.iter().any(|key| standing.of(key) == KeyState::Pending);
        self.add(algorithm, none_is_pending, announcer, random).await
    }

    /// Makes the next key once the newest is older than `period`. Every replica may ask at any time: one makes it.
    ///
    /// # Errors
    /// Where the database fails.
    pub(crate) async fn rotate_when_due(
        &self,
        algorithm: Algorithm,
        period: TimeDelta,
        announcer: impl Announcer + Send + 'static,
        random: &Random,
    ) -> Result<(), StoreError> {
        let is_due = move |keys: &[KeyRecord], standing: Standing| {
            keys.iter().map(|key| key.create_time).max().is_none_or(|newest| newest + period <= standing.now)
        };
        // Those known here tell that for nothing.
        let known: Vec<_> = self.listed().iter().map(|listed| listed.record.clone()).collect();
        if !is_due(&known, self.standing()) {
            return Ok(());
        }
        if let Rotated::Made(key) = self.add(algorithm, is_due, announcer, random).await? {
            tracing::info!(kid = %key.id, signs_from = %key.activate_time, "the next signing key was made");
        }
        Ok(())
    }

    /// Makes a key where `is_wanted` says so of those that are there. Nobody else makes one meanwhile.
    async fn add(
        &self,
        algorithm: Algorithm,
        is_wanted: impl Fn(&[KeyRecord], Standing) -> bool + Send + 'static,
        announcer: impl Announcer + Send + 'static,
        random: &Random,
    ) -> Result<Rotated, StoreError> {
        let standing = self.standing();
        let now = standing.now;
        let id = new_uuid_v7(now, random);
        let sealed_secret = self.sealing.seal(&SigningKey::new_secret(algorithm, random), id.as_bytes(), random);
        let store = self.store.clone();
        detached(async move {
            let mut transaction = store.begin().await?;
            let keys = transaction.hold_signing_keys().await?;
            if !is_wanted(&keys, standing) {
                return Ok(Rotated::Kept);
            }
            let first = !keys.iter().any(|key| standing.of(key) == KeyState::Active);
            // The first must not keep a replica from starting whose clock is a little behind.
            let activate_time = if first { now - CLOCK_LEEWAY } else { now + KNOWN_BEFORE_USE };
            let key = KeyRecord {
                id,
                algorithm,
                sealed_secret,
                create_time: now,
                activate_time,
                retire_time: None,
                revoke_time: None,
            };
            transaction.insert_signing_key(&key).await?;
            transaction.retire_signing_keys_before(id, activate_time.max(now)).await?;
            transaction.commit(&announcer).await?;
            Ok(Rotated::Made(key))
        })
        .await
    }

    fn standing(&self) -> Standing {
        Standing { now: self.clock.now(), token_life: self.token_life }
    }

    /// Reads the keys anew: another replica may have made or retired one.
    ///
    /// # Errors
    /// See [`KeysError`]. The keys known before stay in use.
    pub(crate) async fn reload(&self) -> Result<(), KeysError> {
        let now = self.clock.now();
        let records = self.store.signing_keys().await?.into_iter();
        let listed: Arc<[Listed]> = records
            .filter(|record| record.state(now, self.token_life).is_listed())
            .map(|record| self.open(record))
            .collect::<Result<_, _>>()?;
        let public: Vec<Jwk> = listed.iter().map(|listed| listed.key.public().clone()).collect();
        *self.listed.write().unwrap_or_else(PoisonError::into_inner) = listed;
        for (id, fault) in self.ring.replace(&public, KEYS_MAX_AGE, now) {
            tracing::error!(id, %fault, "a signing key is not usable");
        }
        Ok(())
    }

    fn open(&self, record: KeyRecord) -> Result<Listed, KeysError> {
        let KeyRecord { id, algorithm, sealed_secret, .. } = &record;
        let secret = self.sealing.open(sealed_secret, id.as_bytes());
        let key = secret.and_then(|secret| SigningKey::new(*id, *algorithm, &secret).ok());
        let key = Arc::new(key.ok_or(KeysError::WrongMasterKey { id: *id })?);
        Ok(Listed { record, key })
    }

    /// The key to sign with at `now`: of those that may, the one that came last.
    pub(crate) fn signing(&self, now: DateTime<Utc>) -> Option<Arc<SigningKey>> {
        let listed = self.listed();
        let active = listed.iter().filter(|listed| listed.record.state(now, self.token_life) == KeyState::Active);
        active.max_by_key(|listed| listed.record.activate_time).map(|listed| Arc::clone(&listed.key))
    }

    /// Whether there is none to sign with at `now` but there will be: the clock is behind the one that the key was made
    /// by.
    pub(crate) fn waits_for_its_first(&self, now: DateTime<Utc>) -> bool {
        let listed = self.listed();
        let is_pending = |listed: &Listed| listed.record.state(now, self.token_life) == KeyState::Pending;
        self.signing(now).is_none() && listed.iter().any(is_pending)
    }

    /// The public halves of all that verifiers are to know now.
    pub(crate) fn public(&self) -> Vec<Jwk> {
        let now = self.clock.now();
        let listed = self.listed();
        let known = listed.iter().filter(|listed| listed.record.state(now, self.token_life).is_listed());
        known.map(|listed| listed.key.public().clone()).collect()
    }

    /// The same keys for this process's own verifier.
    pub(crate) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring)
    }

    fn listed(&self) -> Arc<[Listed]> {
        Arc::clone(&self.listed.read().unwrap_or_else(PoisonError::into_inner))
    }
}
