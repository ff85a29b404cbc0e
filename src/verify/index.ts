export { preflight } from './preflight.js';
export { settle, settleUnits, type Settlement } from './settle.js';
export { verify, type VerifyInput, type VerifyProgress } from './verify.js';
