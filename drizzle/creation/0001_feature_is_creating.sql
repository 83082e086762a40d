-- Up while our creation workflow seeds a feature's states. The default keeps Flagsmith's own inserts, which
-- do not know the column, working; a newer Flagsmith that brings the column itself keeps its own. The comment
-- tells ours from Flagsmith's when it is taken away again, and goes with the column.
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = 'public.features_feature'::regclass AND attname = 'is_creating' AND NOT attisdropped
    ) THEN
        ALTER TABLE public.features_feature ADD COLUMN is_creating boolean NOT NULL DEFAULT false;
        COMMENT ON COLUMN public.features_feature.is_creating IS 'environment-document-sync';
    END IF;
END
$$;
