import { readFileSync } from 'node:fs';

const DOCKERFILE = new URL('../../Dockerfile', import.meta.url);

/** The variables that the image sets; what it takes from the build is empty, as without build arguments. */
export function imageEnvironment(): Record<string, string> {
  const settings = [...readFileSync(DOCKERFILE, 'utf8').matchAll(/^ENV (.+)$/gm)].flatMap(([, text = '']) =>
    text.replaceAll(/\$\{\w+\}/g, '').split(/\s+/),
  );
  return Object.fromEntries(settings.map((setting) => setting.split(/=(.*)/, 2) as [string, string]));
}
