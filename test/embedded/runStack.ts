// A process that runs a stack until it is told to stop; see stackProcess.ts.

import { startStack } from '../../src/embedded/stack.js';

// The terminal's Ctrl-C, handled by doing nothing: what ends then ended by itself.
process.on('SIGINT', () => undefined);

const stack = await startStack({
  progress: (line) => {
    console.log(line);
  },
});
process.on('message', () => {
  void stack.stop().then(() => {
    process.disconnect();
  });
});
process.send?.(stack);
