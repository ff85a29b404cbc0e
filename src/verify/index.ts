export { preflight } from './preflight.js';
export { settle, settleRegression, settleUnits, type Settlement } from './settle.js';
export { verify, type VerifyInput, type VerifyProgress } from './verify.js';
