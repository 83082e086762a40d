-- Remembers the keys that environments had before the statement and have no longer: those of deleted environments, by
-- `deleted_at` or with their row, and those that were changed. EXCEPT takes one pass over each side, however many rows
-- there are. Columns are read through to_jsonb: a column named here would block Flagsmith's own ALTER of it.
CREATE FUNCTION document_sync.record_retired_key() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO document_sync.retired_key (environment_id, api_key)
        SELECT (row_before ->> 'id')::integer, row_before ->> 'api_key'
        FROM (SELECT to_jsonb(before) AS row_before FROM before) AS old_rows
        WHERE row_before ->> 'deleted_at' IS NULL;
    ELSE
        INSERT INTO document_sync.retired_key (environment_id, api_key)
        SELECT (row_before ->> 'id')::integer, row_before ->> 'api_key'
        FROM (SELECT to_jsonb(before) AS row_before FROM before) AS old_rows
        WHERE row_before ->> 'deleted_at' IS NULL
        EXCEPT
        SELECT (row_after ->> 'id')::integer, row_after ->> 'api_key'
        FROM (SELECT to_jsonb(after) AS row_after FROM after) AS new_rows
        WHERE row_after ->> 'deleted_at' IS NULL;
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'document_sync: a retired key was not recorded: % (%)', SQLERRM, SQLSTATE;
    RETURN NULL;
END
$$;
