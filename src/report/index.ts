export { diagnosisJson, diagnosisText, type DiagnosisDocument } from './diagnosis.js';
export { inspectJson, type InspectDocument } from './inspect-json.js';
export { inspectText } from './inspect-text.js';
export { json, type OutcomeDocument } from './json.js';
export { openapi } from './openapi.js';
export type { PageStyle } from './page.js';
export { termSchema } from './term-schema.js';
export { text } from './text.js';
export { layerJson, layerLines, type LayerDocument, layerText } from './layer.js';
