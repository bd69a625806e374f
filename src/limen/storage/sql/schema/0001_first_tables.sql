-- Tables of the first release. A row is its record as JSON text beside the columns by which it is found.
-- Columns that single statements advance (generation, revoked_at ...) rule over the record's own members.
-- A comment that opens with a dialect's name is text for that dialect.

CREATE TABLE tenants (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL PRIMARY KEY,
  name TEXT /*postgres COLLATE "C"*/ NOT NULL UNIQUE,
  revision BIGINT NOT NULL,
  record TEXT NOT NULL
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE clients (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  client_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  revision BIGINT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant_id, client_id)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE people (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  sub TEXT /*postgres COLLATE "C"*/ NOT NULL,
  username_key TEXT /*postgres COLLATE "C"*/ NOT NULL,
  revision BIGINT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant_id, sub),
  UNIQUE (tenant_id, username_key)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE keys (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  kid TEXT /*postgres COLLATE "C"*/ NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant_id, kid)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE consents (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  sub TEXT /*postgres COLLATE "C"*/ NOT NULL,
  client_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  expires_at BIGINT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant_id, sub, client_id)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX consents_of_client ON consents (tenant_id, client_id);
CREATE INDEX consents_to_sweep ON consents (expires_at) WHERE expires_at > 0;

CREATE TABLE events (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  event_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant_id, event_id)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE sessions (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  session_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  digest TEXT /*postgres COLLATE "C"*/ NOT NULL,
  sub TEXT /*postgres COLLATE "C"*/ NOT NULL,
  expires_at BIGINT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant_id, session_id),
  UNIQUE (tenant_id, digest)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX sessions_of_person ON sessions (tenant_id, sub);
CREATE INDEX sessions_to_sweep ON sessions (expires_at) WHERE expires_at > 0;

CREATE TABLE grants (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  grant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  session_id TEXT /*postgres COLLATE "C"*/,
  client_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  sub TEXT /*postgres COLLATE "C"*/ NOT NULL,
  generation BIGINT NOT NULL,
  rotated_at BIGINT NOT NULL,
  refresh_expires_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL,
  revoked_by TEXT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant_id, grant_id)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX grants_of_session ON grants (tenant_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX grants_of_person ON grants (tenant_id, sub);
CREATE INDEX grants_of_client ON grants (tenant_id, client_id);
CREATE INDEX grants_to_sweep ON grants (expires_at) WHERE expires_at > 0;

-- found_by: a device code's user_code_digest, a back-channel request's sub
CREATE TABLE artifacts (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  kind TEXT /*postgres COLLATE "C"*/ NOT NULL,
  digest TEXT /*postgres COLLATE "C"*/ NOT NULL,
  client_id TEXT /*postgres COLLATE "C"*/,
  grant_id TEXT /*postgres COLLATE "C"*/,
  found_by TEXT /*postgres COLLATE "C"*/,
  expires_at BIGINT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant_id, kind, digest)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX artifacts_found ON artifacts (tenant_id, kind, found_by) WHERE found_by IS NOT NULL;
CREATE INDEX artifacts_of_client ON artifacts (tenant_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX artifacts_of_grant ON artifacts (tenant_id, grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX artifacts_to_sweep ON artifacts (expires_at) WHERE expires_at > 0;

CREATE TABLE marks (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  purpose TEXT /*postgres COLLATE "C"*/ NOT NULL,
  digest TEXT /*postgres COLLATE "C"*/ NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, purpose, digest)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX marks_to_sweep ON marks (expires_at) WHERE expires_at > 0;

CREATE TABLE denied (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  jti TEXT /*postgres COLLATE "C"*/ NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, jti)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX denied_to_sweep ON denied (expires_at) WHERE expires_at > 0;

CREATE TABLE throttles (
  tenant_id TEXT /*postgres COLLATE "C"*/ NOT NULL,
  bucket TEXT /*postgres COLLATE "C"*/ NOT NULL,
  failures BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, bucket)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX throttles_to_sweep ON throttles (expires_at) WHERE expires_at > 0;

-- What other processes must hear of. Numbers come from the single row of feed_head, whose lock makes them
-- become visible in their order.
CREATE TABLE feed (
  seq BIGINT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  topic TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  key TEXT NOT NULL,
  until BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;
CREATE TABLE feed_head (seq BIGINT NOT NULL);
INSERT INTO feed_head (seq) VALUES (0);

-- Written to learn whether, and how fast, the database can be written.
CREATE TABLE pulse (beats BIGINT NOT NULL);
INSERT INTO pulse (beats) VALUES (0);
