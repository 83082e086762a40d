-- What changes a document without leaving an audit row is recorded by triggers on the tables themselves. They share
-- one function and say with their arguments what is special about their table; the files that follow add them.

-- What a row puts into a document, by the trigger's arguments: nothing where it is in none.
CREATE FUNCTION document_sync.part_in_document(source_row jsonb, arguments text[])
    RETURNS TABLE (key text, counting text[]) LANGUAGE sql IMMUTABLE
AS $$
    SELECT
        -- In place of a column that no longer exists its name: no id, so that it is told of in a warning.
        (
            SELECT string_agg(CASE WHEN source_row ? name THEN coalesce(source_row ->> name, '') ELSE name END, ',')
            FROM unnest(string_to_array(arguments[2], ',')) AS name
        ),
        ARRAY(
            SELECT CASE
                WHEN name LIKE '%?' THEN (source_row ->> rtrim(name, '?') IS NOT NULL)::text
                ELSE source_row ->> name
            END
            FROM unnest(arguments[4:]) AS name
        )
    WHERE jsonb_path_match(source_row, arguments[3]::jsonpath) IS NOT FALSE
$$;

-- record_change(delay, documents_of, key, in_document, column …), on a statement:
--   delay         how long after the statement the change is due
--   documents_of  the function that gives the documents which rows are part of
--   key           the columns it is told of each row, with commas between them
--   in_document   which rows are part of a document at all, as a jsonpath. With `strict` a column that no longer
--                 exists answers "unknown", and the row counts.
--   column        what counts of a row, its id with it. `name?` counts only by whether the column is set.
-- Columns are read through to_jsonb: one named in the trigger would block Flagsmith's own ALTER of it.
CREATE FUNCTION document_sync.record_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    due_at timestamptz := clock_timestamp() + TG_ARGV[0]::interval;
    changed text[];
BEGIN
    -- Statements without EXECUTE, once for each kind: their plans are kept. OFFSET 0 makes each jsonb once.
    IF TG_OP = 'INSERT' THEN
        changed := ARRAY(
            SELECT DISTINCT part.key
            FROM (SELECT to_jsonb(after) AS source_row FROM after OFFSET 0) AS rows_after,
                document_sync.part_in_document(source_row, TG_ARGV) AS part
        );
    ELSIF TG_OP = 'DELETE' THEN
        changed := ARRAY(
            SELECT DISTINCT part.key
            FROM (SELECT to_jsonb(before) AS source_row FROM before OFFSET 0) AS rows_before,
                document_sync.part_in_document(source_row, TG_ARGV) AS part
        );
    ELSE
        -- What counts of a row is there twice unless it changed. Grouping finds that out in one pass; a join of the
        -- two sides can get a quadratic plan.
        changed := ARRAY(
            SELECT DISTINCT part.key
            FROM (
                SELECT to_jsonb(before) AS source_row FROM before
                UNION ALL
                SELECT to_jsonb(after) FROM after
                OFFSET 0
            ) AS both_sides,
                document_sync.part_in_document(source_row, TG_ARGV) AS part
            GROUP BY part.key, part.counting
            HAVING count(*) = 1
        );
    END IF;
    IF changed <> '{}' THEN
        EXECUTE format(
            'INSERT INTO document_sync.outbox (project_id, environment_id, source, due_at) '
            'SELECT DISTINCT project_id, environment_id, $1, $2 FROM document_sync.%I($3)',
            TG_ARGV[1]
        ) USING TG_TABLE_NAME::text, due_at, changed;
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    -- Flagsmith's statement goes on whatever happens here; the next change or a verify heals the document.
    RAISE WARNING 'document_sync: a change of % was not recorded: % (%)', TG_TABLE_NAME, SQLERRM, SQLSTATE;
    RETURN NULL;
END
$$;

-- Whose documents, by keys: environment_id null stands for every environment of the project, as in the outbox.

CREATE FUNCTION document_sync.documents_of_organisations(ids text[])
    RETURNS TABLE (project_id integer, environment_id integer) LANGUAGE sql STABLE
AS $$
    SELECT project.id, NULL::integer FROM public.projects_project AS project
    WHERE project.organisation_id = ANY (ids::integer[])
$$;

CREATE FUNCTION document_sync.documents_of_projects(ids text[])
    RETURNS TABLE (project_id integer, environment_id integer) LANGUAGE sql STABLE
AS $$
    SELECT id::integer, NULL::integer FROM unnest(ids) AS id
$$;

-- For environments' own rows, which may be gone by now: by project and environment, and nothing is looked up.
CREATE FUNCTION document_sync.documents_of_environment_rows(keys text[])
    RETURNS TABLE (project_id integer, environment_id integer) LANGUAGE sql STABLE
AS $$
    SELECT split_part(key, ',', 1)::integer, split_part(key, ',', 2)::integer FROM unnest(keys) AS key
$$;

CREATE FUNCTION document_sync.documents_of_environments(ids text[])
    RETURNS TABLE (project_id integer, environment_id integer) LANGUAGE sql STABLE
AS $$
    SELECT environment.project_id, environment.id FROM public.environments_environment AS environment
    WHERE environment.id = ANY (ids::integer[]) AND environment.deleted_at IS NULL
$$;

-- Versions are nothing to a document before the environment uses them.
CREATE FUNCTION document_sync.documents_of_versioned_environments(ids text[])
    RETURNS TABLE (project_id integer, environment_id integer) LANGUAGE sql STABLE
AS $$
    SELECT environment.project_id, environment.id FROM public.environments_environment AS environment
    WHERE environment.id = ANY (ids::integer[])
      AND environment.deleted_at IS NULL AND environment.use_v2_feature_versioning
$$;

COMMENT ON COLUMN document_sync.outbox.source IS
    'audit_log, seeding_finished, sync_request, or the table whose trigger recorded the change';
