-- A cleared `is_creating` leaves no audit row, but the document may be written from now on: whoever waits
-- is told at once. Serves environments (their own document) and features (every document of the project).
CREATE FUNCTION document_sync.record_seeding_finished() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO document_sync.outbox (project_id, environment_id, source)
    SELECT DISTINCT
        (row_after ->> 'project_id')::integer,
        CASE WHEN TG_TABLE_NAME = 'environments_environment' THEN (row_after ->> 'id')::integer END,
        'seeding_finished'
    FROM (SELECT to_jsonb(before) AS row_before FROM before) AS old_rows
    JOIN (SELECT to_jsonb(after) AS row_after FROM after) AS new_rows ON row_before -> 'id' = row_after -> 'id'
    WHERE (row_before ->> 'is_creating')::boolean AND NOT (row_after ->> 'is_creating')::boolean;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'document_sync: the end of seeding was not recorded: % (%)', SQLERRM, SQLSTATE;
    RETURN NULL;
END
$$;
