import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { temporalServer } from '../support/servers.js';
import { findChromium, openBrowser } from './browser.js';
import { queryFor } from './savedQueries.js';
import { useSituations } from './situations.js';

const VIEWPORT = { width: 1440, height: 900 };
const SHOWN_WITHIN = { timeout: 30_000 };
/** `WEB_UI_PICTURES=docs/images` takes the pictures of docs/web-ui.md anew. */
const PICTURES = process.env['WEB_UI_PICTURES'];

const chromium = findChromium();

if (chromium === undefined) describe.skip('the web UI, in a browser: Chromium is not installed', showSyncs);
else describe('the web UI, in a browser', showSyncs);

function showSyncs() {
  const situations = useSituations();
  let browser: Browser;
  before(async () => {
    browser = await openBrowser(chromium!);
  });
  after(() => browser.close());

  const listUrl = async (query: string) =>
    `${(await temporalServer()).webUiUrl}/namespaces/default/workflows?query=${encodeURIComponent(query)}`;
  const workflowIdOf = (environmentId: number) => situations.system.syncOf(environmentId).workflowId;

  it('finds a stuck sync by its query, and its page says what it waits for and until when', async () => {
    const page = await browser.newPage({ viewport: VIEWPORT });
    const stuck = workflowIdOf(situations.environments.stuck);
    // Other tests' syncs are in the list too, and may fill its first page.
    const query = `${queryFor('Stuck now', situations)} AND WorkflowId STARTS_WITH '${workflowIdOf(0).slice(0, -1)}'`;
    await page.goto(await listUrl(query));
    await page.getByText(stuck).first().waitFor(SHOWN_WITHIN);
    assert.doesNotMatch(
      await page.innerText('body'),
      new RegExp(`${workflowIdOf(situations.environments.well)}\\b`),
    );
    await takePicture(page, 'web-ui-stuck');

    await page.getByRole('link', { name: stuck }).first().click();
    await page.getByText('User Metadata').first().click();
    await shown(page, /Waiting for seeding since .*the environment is being seeded \(is_creating is up\)/s);
    await shown(page, /Look 1 of 4 .*next check at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/s);
    await takePicture(page, 'web-ui-details');
  });

  it('shows of a sync that gave up what to do', async () => {
    const page = await browser.newPage({ viewport: VIEWPORT });
    const gaveUp = workflowIdOf(situations.environments.gaveUp);
    await page.goto(await listUrl(`${queryFor('Gave up today', situations)} AND WorkflowId = '${gaveUp}'`));
    await page.getByRole('link', { name: gaveUp }).first().click();
    await shown(page, /envsync finish-seeding environment \d+/);
  });
}

/** Anywhere on the page, also in its frames, within half a minute. */
async function shown(page: Page, text: RegExp): Promise<void> {
  const until = Date.now() + SHOWN_WITHIN.timeout;
  let texts: string[] = [];
  while (Date.now() < until) {
    texts = await Promise.all(page.frames().map((frame) => frame.innerText('body').catch(() => '')));
    if (texts.some((one) => text.test(one))) return;
    await delay(100);
  }
  assert.match(texts.join('\n'), text);
}

async function takePicture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png` });
}
