-- Who has used tasks: one row an account. Every write takes the next number of last_change here, in its own
-- transaction; the row's lock puts an account's writes in a queue.
CREATE TABLE task_owners (
  owner_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  last_change BIGINT NOT NULL,
  inbox_id UUID NOT NULL
);

CREATE TABLE task_lists (
  owner_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id UUID NOT NULL,
  title TEXT NOT NULL,
  color TEXT NOT NULL,
  inbox BOOLEAN NOT NULL,
  -- A key among the lists, compared bytewise.
  position TEXT COLLATE "C" NOT NULL,
  -- The number of the write that made the row what it is.
  change BIGINT NOT NULL,
  create_time TIMESTAMPTZ NOT NULL,
  update_time TIMESTAMPTZ NOT NULL,
  delete_time TIMESTAMPTZ,
  PRIMARY KEY (owner_id, id)
);

CREATE UNIQUE INDEX task_lists_by_position ON task_lists (owner_id, position);

CREATE TABLE tasks (
  owner_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id UUID NOT NULL,
  task_list_id UUID NOT NULL,
  title TEXT NOT NULL,
  -- What titles are ordered by: without regard to case, compared bytewise.
  title_key TEXT COLLATE "C" NOT NULL,
  description TEXT NOT NULL,
  -- 1 open, 2 completed.
  state SMALLINT NOT NULL CHECK (state IN (1, 2)),
  -- 0 none, 1 low, 2 medium, 3 high.
  priority SMALLINT NOT NULL CHECK (priority BETWEEN 0 AND 3),
  -- The wall clock: 2026-12-24 or 2026-12-24T18:30, the latter with a zone.
  due_local TEXT COLLATE "C",
  due_zone TEXT,
  -- The number of the write that made the row what it is.
  change BIGINT NOT NULL,
  create_time TIMESTAMPTZ NOT NULL,
  update_time TIMESTAMPTZ NOT NULL,
  complete_time TIMESTAMPTZ,
  delete_time TIMESTAMPTZ,
  purge_time TIMESTAMPTZ,
  -- What went to the trash together has the same.
  delete_id UUID,
  -- Where it lies: 1 and 2 live, 3 and 4 in the trash; odd open, even completed. Leads the indexes, so that a page
  -- of one kind costs the same however many there are of the others.
  shelf SMALLINT NOT NULL GENERATED ALWAYS AS (state + CASE WHEN delete_time IS NULL THEN 0 ELSE 2 END) STORED,
  PRIMARY KEY (owner_id, id),
  FOREIGN KEY (owner_id, task_list_id) REFERENCES task_lists (owner_id, id),
  CHECK ((complete_time IS NULL) = (state = 1)),
  CHECK ((delete_time IS NULL) = (purge_time IS NULL) AND (delete_time IS NULL) = (delete_id IS NULL)),
  CHECK (due_zone IS NULL OR due_local IS NOT NULL)
);

CREATE INDEX tasks_by_create_time ON tasks (owner_id, shelf, create_time, id);
CREATE INDEX tasks_by_due ON tasks (owner_id, shelf, due_local, id);
CREATE INDEX tasks_by_title ON tasks (owner_id, shelf, title_key, id);
CREATE INDEX tasks_by_list ON tasks (owner_id, task_list_id);
CREATE INDEX tasks_by_purge_time ON tasks (purge_time) WHERE purge_time IS NOT NULL;

-- Writes that carried a request id, and the row that each answered with.
CREATE TABLE request_log (
  owner_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  request_id UUID NOT NULL,
  fingerprint BYTEA NOT NULL,
  answer TEXT NOT NULL,
  create_time TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (owner_id, request_id)
);

CREATE INDEX request_log_by_create_time ON request_log (create_time);

-- What all replicas of the task service share and nobody owns.
CREATE TABLE task_secrets (
  name TEXT PRIMARY KEY,
  secret BYTEA NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON task_owners, task_lists TO docket_task;
GRANT SELECT, INSERT, UPDATE, DELETE ON tasks, request_log TO docket_task;
GRANT SELECT, INSERT ON task_secrets TO docket_task;

-- Rows of the owner that is set, and none where none is set: reset settings read as empty text.
DO $$
DECLARE
  name TEXT;
BEGIN
  FOREACH name IN ARRAY ARRAY['task_owners', 'task_lists', 'tasks', 'request_log'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY owned ON %I USING (owner_id = NULLIF(current_setting(''docket.owner'', true), '''')::uuid)',
      name
    );
  END LOOP;
END
$$;

-- The clean-up belongs to no account. It runs as the owner of the tables, for whom these policies show what is of no use
-- to anybody any more, and nothing else. They are the owner's alone: a second policy for docket_task would join the
-- first with OR, and no index could be walked.
CREATE POLICY spent ON request_log TO CURRENT_USER USING (create_time < now() - INTERVAL '24 hours');
CREATE POLICY forgotten ON tasks TO CURRENT_USER USING (purge_time < now());

CREATE FUNCTION remove_spent_requests(before TIMESTAMPTZ, batch BIGINT) RETURNS BIGINT
LANGUAGE SQL
SECURITY DEFINER
BEGIN ATOMIC
  WITH removed AS (
    DELETE FROM request_log
    WHERE (owner_id, request_id) IN (
      SELECT owner_id, request_id
      FROM request_log
      WHERE create_time < LEAST(before, now() - INTERVAL '24 hours')
      ORDER BY create_time
      LIMIT batch
      FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
  )
  SELECT count(*) FROM removed;
END;

CREATE FUNCTION remove_forgotten_tasks(before TIMESTAMPTZ, batch BIGINT) RETURNS BIGINT
LANGUAGE SQL
SECURITY DEFINER
BEGIN ATOMIC
  WITH removed AS (
    DELETE FROM tasks
    WHERE (owner_id, id) IN (
      SELECT owner_id, id
      FROM tasks
      WHERE purge_time < LEAST(before, now())
      ORDER BY purge_time
      LIMIT batch
      FOR UPDATE SKIP LOCKED
    )
    RETURNING 1
  )
  SELECT count(*) FROM removed;
END;

REVOKE ALL ON FUNCTION remove_spent_requests, remove_forgotten_tasks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_spent_requests, remove_forgotten_tasks TO docket_task;
