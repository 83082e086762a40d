import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** What is used of playwright-core, which is there only where somebody installed it. */
export interface Page {
  goto(url: string): Promise<unknown>;
  getByText(text: string): Locator;
  getByRole(role: 'link', options: { name: string }): Locator;
  screenshot(options: { path: string }): Promise<unknown>;
  innerText(selector: string): Promise<string>;
  /** The page itself, and what it shows in frames: Markdown is in one of its own. */
  frames(): { innerText(selector: string): Promise<string> }[];
}
interface Locator {
  first(): Locator;
  click(): Promise<void>;
  waitFor(options: { timeout: number }): Promise<void>;
}
export interface Browser {
  newPage(options: { viewport: { width: number; height: number } }): Promise<Page>;
  close(): Promise<void>;
}
interface PlaywrightCore {
  chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> };
}

/** A constant of its own: the compiler is not to look for what need not be there. */
const PACKAGE: string = 'playwright-core';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A headless Chromium driven by playwright-core; or which of the two is missing. */
export async function openBrowser(): Promise<Browser | { missing: string }> {
  const playwright = await import(PACKAGE).then(
    (module) => module as PlaywrightCore,
    () => undefined,
  );
  if (!playwright) return { missing: 'playwright-core is not installed' };
  const executablePath = findChromium();
  if (executablePath === undefined) return { missing: 'no Chromium on PATH' };
  // Chromium refuses its sandbox to root, as whom containers run tests.
  return await playwright.chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
