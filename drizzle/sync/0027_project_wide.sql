-- What concerns a whole project is handed over at a pace of its own: the project's row, and those of its environments
-- that are put in its place.
ALTER TABLE document_sync.outbox
    ADD COLUMN expanded boolean NOT NULL DEFAULT false,
    ADD COLUMN project_wide boolean NOT NULL GENERATED ALWAYS AS (expanded OR environment_id IS NULL) STORED;

-- However many of one kind wait, a look at the other does not pass them.
CREATE INDEX outbox_project_wide_due_at ON document_sync.outbox (project_wide, due_at);
DROP INDEX document_sync.outbox_due_at;
