-- The language that mails to the account are written in: ISO 639-1.
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT 'en';

-- Mails that wait to be sent. A row goes when its mail was sent, was refused for good, or is a day old.
CREATE TABLE mails (
  -- The id of the event that the mail tells of.
  id UUID PRIMARY KEY,
  -- The mails of an account go with it.
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  recipient_name TEXT NOT NULL,
  language TEXT NOT NULL,
  event_time TIMESTAMPTZ NOT NULL,
  ip_address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  -- Nobody else tries to send it before.
  next_attempt_time TIMESTAMPTZ NOT NULL
);

CREATE INDEX mails_by_next_attempt_time ON mails (next_attempt_time);
CREATE INDEX mails_by_user_id ON mails (user_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON mails TO docket_auth;
