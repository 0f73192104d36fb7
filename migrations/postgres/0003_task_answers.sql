-- What an account can make the server keep for repeated requests is bounded.
--
-- Answers take places on a scale of bytes, one account's behind each other. What was kept before this migration takes
-- none: it is forgotten first.
ALTER TABLE request_log ADD COLUMN end_byte BIGINT NOT NULL DEFAULT 0;
-- SHA-256 of the text that is kept apart.
ALTER TABLE request_log ADD COLUMN text_digest BYTEA;

CREATE INDEX request_log_by_end_byte ON request_log (owner_id, end_byte);

-- Long texts, each once for all answers of an account that have it, and for as long as the newest of them.
CREATE TABLE answer_texts (
  owner_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  digest BYTEA NOT NULL,
  last_use_time TIMESTAMPTZ NOT NULL,
  -- Where the newest answer ends.
  end_byte BIGINT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (owner_id, digest)
);

CREATE INDEX answer_texts_by_end_byte ON answer_texts (owner_id, end_byte);
CREATE INDEX answer_texts_by_last_use_time ON answer_texts (last_use_time);

GRANT SELECT, INSERT, UPDATE, DELETE ON answer_texts TO docket_task;

ALTER TABLE answer_texts ENABLE ROW LEVEL SECURITY;
ALTER TABLE answer_texts FORCE ROW LEVEL SECURITY;
CREATE POLICY owned ON answer_texts USING (owner_id = NULLIF(current_setting('docket.owner', true), '')::uuid);
CREATE POLICY spent ON answer_texts TO CURRENT_USER USING (last_use_time < now() - INTERVAL '24 hours');

CREATE FUNCTION remove_spent_texts(before TIMESTAMPTZ, batch BIGINT) RETURNS BIGINT
LANGUAGE SQL
SECURITY DEFINER
BEGIN ATOMIC
  WITH removed AS (
    DELETE FROM answer_texts
    WHERE (owner_id, digest) IN (
      SELECT owner_id, digest
      FROM answer_texts
      WHERE last_use_time < LEAST(before, now() - INTERVAL '24 hours')
      ORDER BY last_use_time
      LIMIT batch
      FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
  )
  SELECT count(*) FROM removed;
END;

REVOKE ALL ON FUNCTION remove_spent_texts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_spent_texts TO docket_task;

-- Which pages a task is on: 1 and 2 live, 3 and 4 in the trash; odd open, even completed.
ALTER TABLE tasks RENAME COLUMN shelf TO page_bucket;

-- A page of one list, and the reference to it.
CREATE INDEX tasks_by_list_and_create_time ON tasks (owner_id, task_list_id, page_bucket, create_time, id);
DROP INDEX tasks_by_list;
