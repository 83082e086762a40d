'use strict';

process.env.DYNAMODB_SERVER = 'dynamodb-local';

/** The tests that read, write, query, scan or delete items, with Amazon's own server for development. */
module.exports = {
  ...require('../../.mocharc.json'),
  spec: [
    'test/dynamodbLocal/amazonsServer.ts',
    'test/activities/*.test.ts',
    'test/compare/compareEnvironments.test.ts',
    'test/compare/shadowWorker.test.ts',
    'test/embedded/environmentTables.test.ts',
    'test/explain/explainEnvironment.test.ts',
    'test/races/*.test.ts',
    'test/sweeps/{readTogether,rebuildSweep,verifyPage,verifySweep}.test.ts',
    'test/verify/verify*.test.ts',
  ],
};
