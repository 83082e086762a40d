-- Keys of environments under which DynamoDB may still hold an item: of a deleted environment, or left behind by a
-- changed key. They are kept here because they may not enter histories, and forgotten after the second deletion.
-- No unique constraint: an insert that meets another one would make Flagsmith's statement wait, or fail.
CREATE TABLE document_sync.retired_key (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    environment_id integer NOT NULL,
    api_key text NOT NULL,
    retired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    items_deleted_at timestamptz -- the first time; null: not yet
);
CREATE INDEX retired_key_environment_id ON document_sync.retired_key (environment_id);
