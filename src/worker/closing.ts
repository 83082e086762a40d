/** How what was opened so far is closed. */
export type Closing = (() => Promise<void> | void)[];

/** In reverse order, each whatever becomes of the others. */
export async function closeAll(closing: Closing): Promise<void> {
  for (const close of closing.reverse()) {
    try {
      await close();
    } catch {
      // What does not close properly is gone with the process.
    }
  }
}
