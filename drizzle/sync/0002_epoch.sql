-- Crash recovery can hand out transaction ids a second time, so a version made of them can fall. It also
-- empties UNLOGGED tables: an empty `alive` says that the next epoch is due before anything is written.
CREATE TABLE document_sync.epoch (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch integer NOT NULL
);
INSERT INTO document_sync.epoch (epoch) VALUES (0);

CREATE UNLOGGED TABLE document_sync.alive (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch integer NOT NULL
);
