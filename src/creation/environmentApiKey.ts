import { randomInt } from 'node:crypto';

/** The alphabet and length of Flagsmith's own environment keys: no character is mistaken for another. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const LENGTH = 22;

/** A new environment's key. Made where it is inserted: it is a secret, and must not enter a history. */
export const newEnvironmentApiKey = (): string =>
  Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
