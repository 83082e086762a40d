-- Up while our creation workflow seeds a feature's states. The default keeps Flagsmith's own inserts, which
-- do not know the column, working; a newer Flagsmith that brings the column itself keeps its own.
ALTER TABLE public.features_feature ADD COLUMN IF NOT EXISTS is_creating boolean NOT NULL DEFAULT false;
