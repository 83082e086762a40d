/** `2026-12-01T08:00:00.123456` as people write it, to the second. */
export const spokenMoment = (utc: string): string => `${utc.slice(0, 19).replace('T', ' ')} UTC`;
