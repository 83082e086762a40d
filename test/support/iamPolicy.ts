import assert from 'node:assert/strict';
import * as dynamodb from '@aws-sdk/client-dynamodb';

/** A policy of IAM, in the form that `envsync grants` prints. */
export interface IamPolicy {
  Version: string;
  Statement: { Sid: string; Effect: 'Allow'; Action: string[]; Resource: string[] }[];
}

const RESOURCE =
  /^arn:aws:dynamodb:([a-z0-9-]+|\*):(\d{12}|\*):table\/[\w.-]{3,255}(\/index\/[\w.-]{3,255})?$/;

/** Reads it as IAM does; fails where IAM would refuse it, or where it names what DynamoDB does not have. */
export function parsePolicy(text: string): IamPolicy {
  const policy = JSON.parse(text) as IamPolicy;
  assert.deepEqual(Object.keys(policy), ['Version', 'Statement']);
  assert.equal(policy.Version, '2012-10-17');
  assert.ok(policy.Statement.length > 0);
  const sids = policy.Statement.map(({ Sid }) => Sid);
  assert.equal(new Set(sids).size, sids.length);
  for (const statement of policy.Statement) {
    assert.deepEqual(Object.keys(statement).sort(), ['Action', 'Effect', 'Resource', 'Sid']);
    assert.match(statement.Sid, /^[A-Za-z0-9]+$/);
    assert.equal(statement.Effect, 'Allow');
    assert.ok(statement.Action.length > 0 && statement.Resource.length > 0);
    for (const action of statement.Action) {
      const [service, operation] = action.split(':');
      assert.equal(service, 'dynamodb');
      assert.ok(`${operation}Command` in dynamodb, action);
    }
    for (const resource of statement.Resource) assert.match(resource, RESOURCE);
  }
  return policy;
}

/** An action on a resource. */
export interface Access {
  action: string;
  resource: string;
}

export const textOf = ({ action, resource }: Access): string => `${action} on ${resource}`;

/** All that it allows, one by one. */
export const accessesOf = ({ Statement }: IamPolicy): Access[] =>
  Statement.flatMap(({ Action, Resource }) =>
    Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))),
  );

export const isAllowed = (policy: IamPolicy, { action, resource }: Access): boolean =>
  accessesOf(policy).some(
    (allowed) => allowed.action === action && isMatch(allowed.resource.split(':'), resource.split(':')),
  );

const isMatch = (pattern: string[], parts: string[]) =>
  pattern.length === parts.length && pattern.every((part, i) => part === '*' || part === parts[i]);

/** The policy without the action, on whatever resource. */
export const withoutAction = (policy: IamPolicy, action: string): IamPolicy => ({
  ...policy,
  Statement: policy.Statement.map((statement) => ({
    ...statement,
    Action: statement.Action.filter((allowed) => allowed !== action),
  })),
});
