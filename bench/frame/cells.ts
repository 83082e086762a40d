import { median, quantile, type Samples, spread } from './samples.js';

/** Samples and figures of them as a table shows them. */

export const p50AndP99 = (samples: Samples, digits = 1): [string, string] => [
  median(samples).toFixed(digits),
  quantile(samples, 0.99).toFixed(digits),
];

export const p50InBlocks = (samples: Samples, digits = 1): string =>
  range(
    spread([samples], (block = []) => median(block)),
    digits,
  );

export const range = ([lowest, highest]: [number, number], digits = 2): string =>
  `${lowest.toFixed(digits)} – ${highest.toFixed(digits)}`;
