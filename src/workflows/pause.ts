import { spokenMoment } from './spokenMoment.js';

/** An operator's word that nothing is to be written to DynamoDB by syncs, until further notice. */
export interface Pause {
  /** Null: of every project. */
  projectId: number | null;
  /** UTC text, microseconds. */
  since: string;
}

/** `project 7`, or all of them, in words. */
export const whosePause = ({ projectId }: Pick<Pause, 'projectId'>): string =>
  projectId === null ? 'everything' : `project ${projectId}`;

export const describePause = (pause: Pause): string =>
  `syncs of ${whosePause(pause)} are paused since ${spokenMoment(pause.since)}`;

/** What ends it. */
export const resumeCommand = ({ projectId }: Pick<Pause, 'projectId'>): string =>
  `envsync sync resume${projectId === null ? '' : ` --project ${projectId}`}`;
