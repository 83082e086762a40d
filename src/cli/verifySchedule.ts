import type { SweepSettings } from '../sweeps/startSweep.js';
import {
  createVerifySchedule,
  deletedByHand,
  deleteVerifySchedule,
  describeVerifySchedule,
  verifyScheduleByHand,
  verifyScheduleId,
} from '../sweeps/verifySchedule.js';
import { inNamedTemporal, type NamedTemporal, type Told } from './namedTemporal.js';

/** For `migrate`: creates the schedule, where Temporal's address is set and there is none. Never fails. */
export const scheduleVerification = (settings: SweepSettings): Promise<Told | undefined> =>
  inNamedTemporal(
    async (client, temporal) => {
      const done = await createVerifySchedule(client, settings);
      return {
        lines: [`${done === 'created' ? 'created' : 'already there'}: ${nameOf(settings, temporal)}.`],
      };
    },
    (reason, temporal) => ({
      lines: [`The ${nameOf(settings, temporal)} is not created.`],
      warning:
        `${reason}. Nothing checks by itself what DynamoDB holds until then. Run migrate again, or create it by hand:\n` +
        `  ${verifyScheduleByHand(settings, temporal.namespace)}`,
    }),
  );

/** For `migrate --dry-run`: whether it would be created. Changes nothing, and never fails. */
export const foretellVerification = (settings: SweepSettings): Promise<Told | undefined> =>
  inNamedTemporal(
    async (client, temporal) => {
      const found = await describeVerifySchedule(client, settings.instanceName);
      return told(`${found ? 'already there' : 'would be created'}: ${nameOf(settings, temporal)}.`);
    },
    (reason, temporal) =>
      told(`would be created, if it is not there: ${nameOf(settings, temporal)}. ${reason}`),
  );

/** For `uninstall`: deletes the schedule, or only says that it would. Never fails. */
export const unscheduleVerification = (
  settings: SweepSettings,
  { yes }: { yes: boolean },
): Promise<Told | undefined> =>
  inNamedTemporal(
    async (client, temporal) => {
      if (!(await describeVerifySchedule(client, settings.instanceName))) return { lines: [] };
      if (yes) await deleteVerifySchedule(client, settings.instanceName);
      return { lines: [`${yes ? 'removed' : 'would remove'}: ${nameOf(settings, temporal)}`] };
    },
    (reason, temporal) => ({
      lines: [],
      warning: `the ${nameOf(settings, temporal)} could not be looked for: ${reason}. By hand:\n  ${deletedByHand(settings.instanceName)}`,
    }),
  );

/** Standard output is the script's. */
const told = (warning: string): Told => ({ lines: [], warning });

const nameOf = ({ instanceName }: SweepSettings, { where }: NamedTemporal) =>
  `schedule ${verifyScheduleId(instanceName)} ${where}`;
