export type Progress = (line: string) => void;

const SPEAK_EVERY_MS = 5_000;

/** Says what is being done, and every few seconds that it still is: a long step is never silent. */
export async function narrated<T>(
  progress: Progress,
  what: string,
  step: Promise<T>,
  detail: () => string = () => '',
): Promise<T> {
  const begun = Date.now();
  progress(what);
  const timer = setInterval(() => {
    progress(`${what}: ${Math.round((Date.now() - begun) / 1_000)} s${detail()}`);
  }, SPEAK_EVERY_MS);
  try {
    return await step;
  } finally {
    clearInterval(timer);
  }
}
