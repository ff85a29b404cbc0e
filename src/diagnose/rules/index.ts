import type { Finding } from '../../model/index.js';
import type { Rule } from '../rule.js';
import { asFinding } from '../symptoms.js';
import type { NodeSuite } from '../suite/suite.js';
import { esm } from './esm.js';
import { fakeTimers } from './fake-timers.js';
import { leaks } from './leaks.js';
import { masked } from './masked.js';
import { mocks } from './mocks.js';
import { mongoose } from './mongoose.js';
import { nativeAddons } from './native-addons.js';
import { network } from './network.js';
import { notAwaited } from './not-awaited.js';
import { order } from './order.js';
import { ports } from './ports.js';
import { rateLimit } from './rate-limit.js';
import { sharedDatabase } from './shared-database.js';
import { tooManyClients } from './too-many-clients.js';
import { wrongDatabase } from './wrong-database.js';

/** For suites of Node. What keeps others from being seen stands first. */
export const nodeRules: Rule[] = [
  esm,
  masked,
  tooManyClients,
  ports,
  leaks,
  wrongDatabase,
  sharedDatabase,
  fakeTimers,
  notAwaited,
  network,
  mongoose,
  rateLimit,
  nativeAddons,
  order,
  mocks,
];

export function nodeFindings(suite: NodeSuite): Finding[] {
  return nodeRules.flatMap((rule) => rule.find(suite).map((found) => asFinding(found, rule.symptom)));
}
