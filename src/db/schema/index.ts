/**
 * Flagsmith's tables (release 2.265.0) under Flagsmith's own names, as far as a document or its creation needs them.
 * Columns and primary keys only: foreign keys and indexes are in `drizzle/baseline`, and Flagsmith's own migrations
 * make the tables everywhere but in the embedded database. No column has a default, so an insert names them all.
 */
export * from './organisations.js';
export * from './projects.js';
export * from './environments.js';
export * from './features.js';
export * from './multivariate.js';
export * from './segments.js';
export * from './versioning.js';
export * from './integrations.js';
export * from './audit.js';
export * from './others.js';
