-- Roles that own nothing. They belong to the whole cluster, so another database may have made them already.
DO $$
DECLARE
  name TEXT;
BEGIN
  FOREACH name IN ARRAY ARRAY['docket_auth', 'docket_task'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
    -- A superuser is a member of every role already.
    IF NOT pg_has_role(current_user, name, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO %I', name, current_user);
    END IF;
  END LOOP;
END
$$;

GRANT SELECT ON _sqlx_migrations TO docket_auth, docket_task;

CREATE TABLE users (
  id UUID PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  email_verified BOOLEAN NOT NULL,
  suspend_time TIMESTAMPTZ,
  create_time TIMESTAMPTZ NOT NULL,
  update_time TIMESTAMPTZ NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON users TO docket_auth;

-- One row a signed-in device. It holds no token: the newest refresh token is computed from its id and counter.
CREATE TABLE sessions (
  id UUID PRIMARY KEY,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  counter BIGINT NOT NULL,
  -- When the counter last stepped, and the SHA-256 of the request id that stepped it.
  step_time TIMESTAMPTZ NOT NULL,
  step_request BYTEA,
  device_name TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  ip_address TEXT NOT NULL,
  create_time TIMESTAMPTZ NOT NULL,
  last_use_time TIMESTAMPTZ NOT NULL,
  -- When it ends unless it is refreshed; never after absolute_expire_time.
  expire_time TIMESTAMPTZ NOT NULL,
  absolute_expire_time TIMESTAMPTZ NOT NULL,
  -- Found to be past its end: a clock that is set back must not revive it.
  expired BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE INDEX sessions_user_id ON sessions (user_id, id);
CREATE INDEX sessions_expire_time ON sessions (expire_time);

CREATE TABLE signing_keys (
  id UUID PRIMARY KEY,
  algorithm TEXT NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256')),
  -- AES-256-GCM under a key derived from the master key, with the id as associated data.
  sealed_secret BYTEA NOT NULL,
  create_time TIMESTAMPTZ NOT NULL,
  -- It signs from the first time until the second.
  activate_time TIMESTAMPTZ NOT NULL,
  retire_time TIMESTAMPTZ,
  revoke_time TIMESTAMPTZ
);

-- No reference to what was revoked: a revocation outlives it.
CREATE TABLE revocations (
  id UUID PRIMARY KEY,
  session_id UUID,
  subject UUID,
  key_id UUID,
  revoke_time TIMESTAMPTZ NOT NULL,
  expire_time TIMESTAMPTZ NOT NULL,
  CHECK (num_nonnulls(session_id, subject, key_id) = 1)
);

CREATE INDEX revocations_revoke_time ON revocations (revoke_time);

CREATE TABLE security_events (
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  event_time TIMESTAMPTZ NOT NULL,
  ip_address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  session_id UUID,
  PRIMARY KEY (user_id, id)
);

-- The public halves of the credentials that Docket's own services show.
CREATE TABLE service_credentials (
  id UUID PRIMARY KEY,
  name TEXT NOT NULL,
  public_key BYTEA NOT NULL,
  create_time TIMESTAMPTZ NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE
  ON sessions, signing_keys, revocations, security_events, service_credentials
  TO docket_auth;
