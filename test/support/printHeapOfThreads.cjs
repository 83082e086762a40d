// Preloaded into a worker: each of its threads says what its heap may grow to.
const { writeSync } = require('node:fs');
const { getHeapStatistics } = require('node:v8');
const { isMainThread } = require('node:worker_threads');

if (!isMainThread) writeSync(2, `heap of a thread: ${getHeapStatistics().heap_size_limit / 2 ** 20} MiB\n`);
