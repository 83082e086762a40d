import assert from 'node:assert/strict';
import { type Trouble, troubleOf } from '../../src/syncs/trouble.js';

const SCHEDULED = 1;
const STARTED = 2;
const secondsAgo = (seconds: number) => ({ seconds: Math.floor(Date.now() / 1_000) - seconds, nanos: 0 });
const told = (description: object): Trouble | undefined => troubleOf(description);

const activity = (fields: object) => ({
  pendingActivities: [
    { activityId: '1', activityType: { name: 'writeDocument' }, attempt: 1, state: STARTED, ...fields },
  ],
});
const task = (fields: object) => ({ pendingWorkflowTask: { attempt: 1, state: SCHEDULED, ...fields } });

describe('the trouble of a running sync', () => {
  it('is none while everything goes its way', () => {
    assert.equal(told({}), undefined);
    assert.equal(told(activity({ scheduledTime: secondsAgo(60) })), undefined);
    assert.equal(told(activity({ attempt: 2, lastFailure: { message: 'once' } })), undefined);
    assert.equal(told(activity({ state: SCHEDULED, scheduledTime: secondsAgo(1) })), undefined);
    assert.equal(told(task({ scheduledTime: secondsAgo(1) })), undefined);
    assert.equal(told(task({ state: STARTED, scheduledTime: secondsAgo(60) })), undefined);
  });

  it('is an activity that failed twice and goes on failing, by the message at the bottom', () => {
    const lastFailure = { message: 'Activity failed', cause: { message: 'no such table' } };
    const trouble = told(activity({ attempt: 3, lastFailure }));
    assert.equal(trouble?.reason, 'writeDocument keeps failing: no such table');
    assert.deepEqual([trouble.attempts, trouble.state, trouble.activityId], [3, 'writing', '1']);
  });

  it('is an activity or a next step that no worker takes', () => {
    const scheduledTime = secondsAgo(40);
    const left = told(activity({ state: SCHEDULED, scheduledTime }));
    assert.equal(left?.reason, 'no worker takes writeDocument');
    assert.equal(left.sinceMs, scheduledTime.seconds * 1_000);
    assert.equal(told(task({ scheduledTime }))?.reason, 'no worker takes its next step');
  });

  it('is a workflow task that keeps failing', () => {
    assert.match(told(task({ attempt: 3, state: STARTED }))?.reason ?? '', /workflow task keeps failing/);
  });
});
