export { preflight } from './preflight.js';
export { settle, settleUnits, type Settlement } from './settle.js';
export { settleLockedUnit, settleRegression } from './settle-locked.js';
export { verify, type VerifyInput, type VerifyProgress } from './verify.js';
