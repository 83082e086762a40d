import { register } from 'node:module';

const { argv } = process;
/** Of the control, where a part of workflow code is replaced too. */
const arm = argv.includes('--arm') ? argv[argv.indexOf('--arm') + 1] : undefined;
register('./hooks.mjs', import.meta.url, { data: { arm } });
