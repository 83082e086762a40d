-- The PostgreSQL clusters that this database has lived on, by system identifier; the one accepted last is where it
-- lives. Items written from the others may be overwritten once it is here that `migrate` was told so: a copy that
-- nobody meant to write from has another identifier than the last one here, and touches none of them.
CREATE TABLE document_sync.accepted_source (
    source text PRIMARY KEY,
    accepted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
