'use strict';
const { reporters } = require('mocha');

/** Mocha's own report, and as the very last line the counts in a form that any build reads. */
module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const { stats } = this;
    process.once('exit', () => {
      const skipped = stats.pending > 0 ? `, ${stats.pending} skipped` : '';
      process.stdout.write(`${stats.passes} passed, ${stats.failures} failed${skipped}\n`);
    });
  }
};
