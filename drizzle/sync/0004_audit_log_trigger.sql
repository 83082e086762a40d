-- Flagsmith's own condition for writing documents, but for the part that needs its code: an audit row
-- counts unless it is about a change request, or skips the signal that sends documents to DynamoDB.
-- Columns are read through to_jsonb: a column named here would block Flagsmith's own ALTER of it.
CREATE FUNCTION document_sync.record_audit_log() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO document_sync.outbox (project_id, environment_id, source)
    SELECT DISTINCT (audit_log ->> 'project_id')::integer, (audit_log ->> 'environment_id')::integer, 'audit_log'
    FROM (SELECT to_jsonb(inserted) AS audit_log FROM inserted) AS rows
    WHERE audit_log ->> 'related_object_type' IS DISTINCT FROM 'CHANGE_REQUEST'
      AND 'send_environments_to_dynamodb' <> ALL (string_to_array(coalesce(audit_log ->> 'skip_signals', ''), ','))
      AND coalesce(audit_log ->> 'project_id', audit_log ->> 'environment_id') IS NOT NULL;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    -- Flagsmith's statement goes on whatever happens here; the next change or a verify heals the document.
    RAISE WARNING 'document_sync: an audit log row was not recorded: % (%)', SQLERRM, SQLSTATE;
    RETURN NULL;
END
$$;

CREATE TRIGGER document_sync_record_audit_log
    AFTER INSERT ON public.audit_auditlog
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION document_sync.record_audit_log();
