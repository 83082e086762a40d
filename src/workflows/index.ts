export { cloneEnvironment } from './cloneEnvironment.js';
export { createEnvironment } from './createEnvironment.js';
export { createFeature } from './createFeature.js';
export { environmentDocumentSync } from './environmentDocumentSync.js';
export { finishSeeding } from './finishSeeding.js';
export { rebuildEnvironmentDocument } from './rebuildEnvironmentDocument.js';
export { rebuildEnvironmentDocuments } from './rebuildEnvironmentDocuments.js';
export { verifyEnvironmentDocuments } from './verifyEnvironmentDocuments.js';
