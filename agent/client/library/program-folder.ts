import { join } from 'node:path';

/** Of agent.js and sockscope.js: above the folder of this library. */
export const programFolder = join(__dirname, '..');
