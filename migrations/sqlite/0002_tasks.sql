-- As in PostgreSQL, where the comments stand. Text is compared bytewise here by itself.
CREATE TABLE task_owners (
  owner_id BLOB PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  last_change INTEGER NOT NULL,
  inbox_id BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE task_lists (
  owner_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id BLOB NOT NULL,
  title TEXT NOT NULL,
  color TEXT NOT NULL,
  inbox BOOLEAN NOT NULL,
  position TEXT NOT NULL,
  change INTEGER NOT NULL,
  create_time TEXT NOT NULL,
  update_time TEXT NOT NULL,
  delete_time TEXT,
  PRIMARY KEY (owner_id, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX task_lists_by_position ON task_lists (owner_id, position);

CREATE TABLE tasks (
  owner_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id BLOB NOT NULL,
  task_list_id BLOB NOT NULL,
  title TEXT NOT NULL,
  title_key TEXT NOT NULL,
  description TEXT NOT NULL,
  state INTEGER NOT NULL CHECK (state IN (1, 2)),
  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
  due_local TEXT,
  due_zone TEXT,
  change INTEGER NOT NULL,
  create_time TEXT NOT NULL,
  update_time TEXT NOT NULL,
  complete_time TEXT,
  delete_time TEXT,
  purge_time TEXT,
  delete_id BLOB,
  shelf INTEGER NOT NULL GENERATED ALWAYS AS (state + CASE WHEN delete_time IS NULL THEN 0 ELSE 2 END) STORED,
  PRIMARY KEY (owner_id, id),
  FOREIGN KEY (owner_id, task_list_id) REFERENCES task_lists (owner_id, id),
  CHECK ((complete_time IS NULL) = (state = 1)),
  CHECK ((delete_time IS NULL) = (purge_time IS NULL) AND (delete_time IS NULL) = (delete_id IS NULL)),
  CHECK (due_zone IS NULL OR due_local IS NOT NULL)
) WITHOUT ROWID;

CREATE INDEX tasks_by_create_time ON tasks (owner_id, shelf, create_time, id);
CREATE INDEX tasks_by_due ON tasks (owner_id, shelf, due_local, id);
CREATE INDEX tasks_by_title ON tasks (owner_id, shelf, title_key, id);
CREATE INDEX tasks_by_list ON tasks (owner_id, task_list_id);
CREATE INDEX tasks_by_purge_time ON tasks (purge_time) WHERE purge_time IS NOT NULL;

CREATE TABLE request_log (
  owner_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  request_id BLOB NOT NULL,
  fingerprint BLOB NOT NULL,
  answer TEXT NOT NULL,
  create_time TEXT NOT NULL,
  PRIMARY KEY (owner_id, request_id)
) WITHOUT ROWID;

CREATE INDEX request_log_by_create_time ON request_log (create_time);

CREATE TABLE task_secrets (
  name TEXT PRIMARY KEY,
  secret BLOB NOT NULL
) WITHOUT ROWID;
