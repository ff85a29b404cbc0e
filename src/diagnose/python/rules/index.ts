import type { Finding } from '../../../model/index.js';
import { asFinding } from '../../symptoms.js';
import type { PyRule } from '../rule.js';
import type { PytestSuite } from '../suite.js';
import { eventLoop } from './event-loop.js';
import { fastapi } from './fastapi.js';
import { lateEnvironment, pythonNetwork, pythonNotAwaited, pythonRateLimit } from './outside.js';
import { sqlite } from './sqlite.js';
import { pythonMocks, state } from './state.js';

/** For suites of pytest. */
const pythonRules: PyRule[] = [
  eventLoop,
  sqlite,
  fastapi,
  lateEnvironment,
  pythonNotAwaited,
  pythonNetwork,
  pythonRateLimit,
  state,
  pythonMocks,
];

export function pythonFindings(suite: PytestSuite): Finding[] {
  return pythonRules.flatMap((rule) => rule.find(suite).map((found) => asFinding(found, rule.symptom)));
}
