export { cloneEnvironment } from './cloneEnvironment.js';
export { createEnvironment } from './createEnvironment.js';
export { createFeature } from './createFeature.js';
export { environmentDocumentSync } from './environmentDocumentSync.js';
export { rebuildEnvironmentDocument } from './rebuildEnvironmentDocument.js';
