export { applyChanges } from './apply-changes.js';
export { isAddedTo, planChanges, readMemory } from './plan-changes.js';
export { WriteRefused, type RefusalCode } from './refusal.js';
export { unifiedDiff } from './unified-diff.js';
