-- When the refresh token was last replaced, and the SHA-256 of the request id that replaced it.
ALTER TABLE sessions RENAME COLUMN step_time TO rotate_time;
ALTER TABLE sessions RENAME COLUMN step_request TO rotate_request;

-- A name is one credential. Of those that shared a name, the newest keeps it.
UPDATE service_credentials
SET name = name || '-' || lower(hex(id))
WHERE EXISTS (
  SELECT 1
  FROM service_credentials AS newer
  WHERE newer.name = service_credentials.name AND newer.id > service_credentials.id
);

CREATE UNIQUE INDEX service_credentials_by_name ON service_credentials (name);
