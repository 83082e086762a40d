import { type CreationActivities, createCreationActivities } from '../../src/activities/index.js';
import type { Database } from '../../src/db/connect.js';
import { mockActivity } from '../support/writer.js';

/** The creation activities, each called as a worker calls it, with chunks of two unless told otherwise. */
export function callableActivities(db: Database, chunkSize = 2): CreationActivities {
  const activities = createCreationActivities({ db, chunkSize });
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      (input: never) => mockActivity().run(activity, input),
    ]),
  ) as CreationActivities;
}
