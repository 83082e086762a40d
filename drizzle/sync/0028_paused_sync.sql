-- Whose syncs write nothing to DynamoDB, and since when: a project's, or everybody's. Changes stay in the outbox meanwhile.
CREATE TABLE document_sync.paused_sync (
    project_id integer, -- null: every project
    paused_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Two nulls would not meet in an index on the column itself.
CREATE UNIQUE INDEX paused_sync_project ON document_sync.paused_sync (coalesce(project_id, 0));
