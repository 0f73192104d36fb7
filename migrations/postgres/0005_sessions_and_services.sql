-- When the refresh token was last replaced, and the SHA-256 of the request id that replaced it.
ALTER TABLE sessions RENAME COLUMN step_time TO rotate_time;
ALTER TABLE sessions RENAME COLUMN step_request TO rotate_request;
