-- Both sides of an update in one pass, grouped by row: the plan is kept for the session, and a join whose plan was made
-- for one row would take a statement on many thousands quadratic time.
CREATE OR REPLACE FUNCTION document_sync.record_seeding_finished() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO document_sync.outbox (project_id, environment_id, source)
    SELECT DISTINCT
        (max(source_row ->> 'project_id') FILTER (WHERE is_after))::integer,
        CASE WHEN TG_TABLE_NAME = 'environments_environment' THEN (source_row ->> 'id')::integer END,
        'seeding_finished'
    FROM (
        SELECT to_jsonb(before) AS source_row, false AS is_after FROM before
        UNION ALL
        SELECT to_jsonb(after), true FROM after
        OFFSET 0
    ) AS both_sides
    GROUP BY source_row ->> 'id'
    HAVING bool_or((source_row ->> 'is_creating')::boolean AND NOT is_after)
       AND bool_or(NOT (source_row ->> 'is_creating')::boolean AND is_after);
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'document_sync: the end of seeding was not recorded: % (%)', SQLERRM, SQLSTATE;
    RETURN NULL;
END
$$;
