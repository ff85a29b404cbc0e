import { installed, isNative, packageName } from '../packages.js';
import type { Rule } from '../rule.js';

/** Where a package is not installed, these are known to be native. */
const known =
  /^(bcrypt|canvas|sharp|argon2|better-sqlite3|sqlite3|@prisma\/client|prisma|bufferutil|cpu-features|node-sass|zeromq|re2|libxmljs2?|couchbase|oracledb|serialport|@tensorflow\/tfjs-node)$/;

/** Threads of one process that load a native addon each. */
export const nativeAddons: Rule = {
  symptom: 19,
  find(suite) {
    const { settings } = suite;
    const pool =
      suite.runner === 'vitest'
        ? settings.value('pool')
        : settings.value('workerThreads') === true
          ? 'workerThreads'
          : undefined;
    const flag = settings.flag(/--pool[= ](vmT|t)hreads|--workerThreads/);
    if (pool !== 'threads' && pool !== 'vmThreads' && pool !== 'workerThreads' && !flag) return [];
    if (settings.serial && pool === 'workerThreads') return [];
    for (const test of suite.tests)
      for (const specifier of test.reach.packages) {
        const name = packageName(specifier);
        const found = installed(name, suite.root);
        if (
          !(found
            ? isNative(found) || (/prisma/.test(name) && known.test(name))
            : known.test(name) && name in suite.manifest.dependencies)
        )
          continue;
        const key = suite.runner === 'vitest' ? 'pool' : 'workerThreads';
        const place = settings.place(key) ?? { file: 'package.json', line: flag?.line ?? 1 };
        const node = settings.node(key)?.node;
        return [
          {
            title: `${name} is a native addon, and the tests load it in threads: segfaults, "Worker exited unexpectedly".`,
            ...place,
            evidence: `${place.file}:${String(place.line)} runs test files in threads; ${test.file} loads ${name}.`,
            fix: suite.runner === 'vitest' ? "Set pool: 'forks'." : 'Remove workerThreads.',
            certainty: 'certain',
            ...(node && settings.source && suite.runner === 'vitest'
              ? {
                  edits: [
                    {
                      file: settings.source.file,
                      start: node.getStart(settings.source.tree),
                      end: node.end,
                      text: "pool: 'forks'",
                    },
                  ],
                }
              : {}),
          },
        ];
      }
    return [];
  },
};
