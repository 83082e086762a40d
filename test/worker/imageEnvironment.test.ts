import assert from 'node:assert/strict';
import { imageEnvironment } from '../../bench/frame/imageEnvironment.js';

describe('imageEnvironment', () => {
  it('has what the image sets, without what only a build argument gives', () => {
    assert.deepEqual(imageEnvironment(), {
      NODE_ENV: 'production',
      TEMPORAL_WORKER_BUILD_ID: '',
      NODE_OPTIONS: '--max-semi-space-size=8',
      MALLOC_TRIM_THRESHOLD_: '131072',
    });
  });
});
