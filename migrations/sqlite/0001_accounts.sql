CREATE TABLE users (
  id BLOB PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  email_verified BOOLEAN NOT NULL,
  suspend_time TEXT,
  create_time TEXT NOT NULL,
  update_time TEXT NOT NULL
) WITHOUT ROWID;

-- One row a signed-in device. It holds no token: the newest refresh token is computed from its id and counter.
CREATE TABLE sessions (
  id BLOB PRIMARY KEY,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  counter INTEGER NOT NULL,
  -- When the counter last stepped, and the SHA-256 of the request id that stepped it.
  step_time TEXT NOT NULL,
  step_request BLOB,
  device_name TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  ip_address TEXT NOT NULL,
  create_time TEXT NOT NULL,
  last_use_time TEXT NOT NULL,
  -- When it ends unless it is refreshed; never after absolute_expire_time.
  expire_time TEXT NOT NULL,
  absolute_expire_time TEXT NOT NULL,
  -- Found to be past its end: a clock that is set back must not revive it.
  expired BOOLEAN NOT NULL DEFAULT FALSE
) WITHOUT ROWID;

CREATE INDEX sessions_user_id ON sessions (user_id, id);
CREATE INDEX sessions_expire_time ON sessions (expire_time);

CREATE TABLE signing_keys (
  id BLOB PRIMARY KEY,
  algorithm TEXT NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256')),
  -- AES-256-GCM under a key derived from the master key, with the id as associated data.
  sealed_secret BLOB NOT NULL,
  create_time TEXT NOT NULL,
  -- It signs from the first time until the second.
  activate_time TEXT NOT NULL,
  retire_time TEXT,
  revoke_time TEXT
) WITHOUT ROWID;

-- No reference to what was revoked: a revocation outlives it.
CREATE TABLE revocations (
  id BLOB PRIMARY KEY,
  session_id BLOB,
  subject BLOB,
  key_id BLOB,
  revoke_time TEXT NOT NULL,
  expire_time TEXT NOT NULL,
  CHECK ((session_id IS NOT NULL) + (subject IS NOT NULL) + (key_id IS NOT NULL) = 1)
) WITHOUT ROWID;

CREATE INDEX revocations_revoke_time ON revocations (revoke_time);

CREATE TABLE security_events (
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id BLOB NOT NULL,
  kind TEXT NOT NULL,
  event_time TEXT NOT NULL,
  ip_address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  session_id BLOB,
  PRIMARY KEY (user_id, id)
) WITHOUT ROWID;

-- The public halves of the credentials that Docket's own services show.
CREATE TABLE service_credentials (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  public_key BLOB NOT NULL,
  create_time TEXT NOT NULL
) WITHOUT ROWID;
