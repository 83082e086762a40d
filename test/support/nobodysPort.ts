/** A port of 127.0.0.1 where nobody answers, nor will while a test runs: who asks for a free one is not given it. */
export const NOBODYS_PORT = 1;
