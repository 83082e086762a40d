import type { DynamoTimes } from '../dynamo/tables.js';
import type { PostgresTimes } from '../postgres/session.js';
import type { Random } from '../random.js';

/** How rough a run is. */
export interface Weather {
  /** The part of messages that is late: by a second, or by many. */
  late: number;
  /** The part of requests that fails. */
  failing: number;
}

/** What a put that was given up may still be late by: less than the time to the second deletion, as the product demands. */
const LONGEST_PUT_MS = 45_000;

/** Mostly milliseconds, now and then a second, seldom many. */
export function delayMs(random: Random, { late }: Weather, longestMs = 15_000): number {
  const luck = random.fraction();
  if (luck >= late) return random.between(1, 12);
  if (luck >= late / 3) return random.between(10, 1_500);
  return random.between(500, longestMs);
}

export const postgresTimes = (random: Random, weather: Weather): PostgresTimes => ({
  statementMs: () => delayMs(random, weather),
  commitMs: () => delayMs(random, weather),
  breaks: () => random.happens(weather.failing / 4),
  arrivesAllTheSame: () => random.happens(0.5),
});

export const dynamoTimes = (random: Random, weather: Weather): DynamoTimes => ({
  requestMs: () => delayMs(random, weather, LONGEST_PUT_MS),
  answerMs: () => delayMs(random, weather),
  throttles: () => random.happens(weather.failing),
  repeatsAfterMs: () => (random.happens(weather.failing) ? random.between(20, LONGEST_PUT_MS) : undefined),
});
