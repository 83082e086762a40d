-- A change waiting to be handed to its environment's workflow. Written in the transaction of the change
-- itself, deleted once Temporal has accepted the signal. No foreign keys: they would lock Flagsmith's rows.
CREATE TABLE document_sync.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id integer,
    environment_id integer, -- null: every environment of the project
    source text NOT NULL,   -- audit_log | seeding_finished
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    CHECK (project_id IS NOT NULL OR environment_id IS NOT NULL)
) WITH (
    -- Rows live for milliseconds: without an eager vacuum each poll would walk over the dead ones.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 5000
);
CREATE INDEX outbox_due_at ON document_sync.outbox (due_at);
