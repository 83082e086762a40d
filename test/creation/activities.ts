import { type CreationActivities, createCreationActivities } from '../../src/activities/index.js';
import type { Database } from '../../src/db/connect.js';
import { mockActivity } from '../support/writer.js';

/** The creation activities, each called as a worker calls it, with chunks of two. */
export function callableActivities(db: Database): CreationActivities {
  const activities = createCreationActivities({ db, chunkSize: 2 });
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      (input: never) => mockActivity().run(activity, input),
    ]),
  ) as CreationActivities;
}
