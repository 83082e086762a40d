// A worker as it is built, in two steps: all is loaded at once, and it starts when it is told to. What has to be put
// between it and its libraries, modules named by PROOF_PRELOADS, is there before it.
import process from 'node:process';

for (const preload of (process.env.PROOF_PRELOADS ?? '').split(' ').filter(Boolean)) await import(preload);
await import('../../dist/cli/worker.js');
process.once('disconnect', () => process.exit(1));
process.on('message', (message) => {
  if (message.start) void start();
});
process.send({ loaded: true });

function start() {
  process.argv = [process.argv[0], 'envsync', 'worker'];
  return import('../../dist/cli/main.js');
}
