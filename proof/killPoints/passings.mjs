// Put between a worker and its libraries: names what the worker comes by, and ends the process, without its leave, at the
// passing that it was told. The worker's own code is as it is built.
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { WorkflowClient } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import pg from 'pg';
import { markOf } from './statements.mjs';

const { native } = createRequire(import.meta.resolve('@temporalio/worker'))('@temporalio/core-bridge');

/** The point, and how many passings of it are left. */
let armed;
process.on('message', ({ arm }) => {
  if (!arm) return;
  armed = arm;
  process.send({ armed: true });
});

function pass(point) {
  if (armed?.point !== point || --armed.passings > 0) return;
  // At once, and where nothing of the process is needed to bring it away.
  writeSync(1, `${JSON.stringify({ killedAt: point })}\n`);
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Passes before the call, and again when its promise resolves. */
const around = (object, name, pointOf) => {
  const original = object[name];
  object[name] = function (...args) {
    const point = pointOf(...args);
    if (!point) return original.apply(this, args);
    pass(`${point}/before`);
    return original.apply(this, args).then((result) => {
      pass(`${point}/after`);
      return result;
    });
  };
};

// Statements: what a transaction is for is known by one of them, and its commit is named by that.
const transactions = new WeakMap();
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (config, ...rest) {
  const text = typeof config === 'string' ? config : config?.text;
  const point = typeof text === 'string' ? pointOf(this, text) : undefined;
  if (!point) return query.call(this, config, ...rest);
  pass(`${point}/before`);
  const callback = rest.at(-1);
  if (typeof callback === 'function')
    return query.call(this, config, ...rest.slice(0, -1), (error, result) => {
      if (!error) pass(`${point}/after`);
      callback(error, result);
    });
  return query.call(this, config, ...rest).then((result) => {
    pass(`${point}/after`);
    return result;
  });
};

function pointOf(client, text) {
  if (text.startsWith('BEGIN')) {
    transactions.set(client, text.includes('READ ONLY') ? 'snapshot' : undefined);
    return undefined;
  }
  if (text === 'COMMIT') {
    const transaction = transactions.get(client);
    return transaction && `${transaction}.commit`;
  }
  const { point, transaction } = markOf(text);
  if (transaction) transactions.set(client, transaction);
  return point;
}

around(WorkflowClient.prototype, 'signalWithStart', () => 'signal');

const WRITES = { PutItemCommand: 'put', DeleteItemCommand: 'delete' };
const TABLES = {
  [process.env.ENVIRONMENTS_TABLE_NAME_DYNAMO]: 'v1',
  [process.env.ENVIRONMENTS_V2_TABLE_NAME_DYNAMO]: 'v2',
};
around(DynamoDBClient.prototype, 'send', (command) => {
  const write = WRITES[command.constructor.name];
  return write && `${write}.${TABLES[command.input.TableName]}`;
});

around(native, 'workerCompleteWorkflowActivation', () => 'workflowTask.completion');
around(native, 'workerCompleteActivityTask', () => 'activityTask.completion');

const execution = ({ info: { activityType } }) => ({
  inbound: {
    async execute(input, next) {
      pass(`activity.${activityType}/before`);
      const result = await next(input);
      pass(`activity.${activityType}/after`);
      return result;
    },
  },
});
const { create } = Worker;
Worker.create = (options) => create.call(Worker, { ...options, interceptors: { activity: [execution] } });
