-- Which installation this database belongs to: a worker of another name refuses to start, so that two
-- installations that share a Temporal namespace never answer for each other's environments.
CREATE TABLE document_sync.instance (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    name text NOT NULL
);
