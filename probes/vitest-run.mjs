// Runs Vitest through its API, because a fixed order of files cannot be asked for on its command line.
// argv: JSON { root, config?, files, order, names?, seed?, serial, clearMocks, outputFile }
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const call = JSON.parse(process.argv[2]);
const require = createRequire(`${call.root}/package.json`);
const { startVitest } = await import(pathToFileURL(require.resolve('vitest/node')).href);

class Ordered {
  shard(specs) {
    return specs;
  }
  sort(specs) {
    const rank = (spec) => call.order.indexOf(spec.moduleId ?? spec[1]);
    return [...specs].sort((left, right) => rank(left) - rank(right));
  }
}

const vitest = await startVitest('test', call.files, {
  root: call.root,
  watch: false,
  run: true,
  ...(call.config ? { config: call.config } : {}),
  reporters: ['default', 'json'],
  outputFile: { json: call.outputFile },
  coverage: { enabled: false },
  ...(call.names ? { testNamePattern: call.names } : {}),
  ...(call.clearMocks
    ? { clearMocks: true, mockReset: false, restoreMocks: true, unstubEnvs: true, unstubGlobals: true }
    : {}),
  ...(call.serial ? { fileParallelism: false } : {}),
  sequence: {
    ...(call.order.length ? { sequencer: Ordered } : {}),
    ...(call.seed === undefined ? {} : { shuffle: { tests: true, files: false }, seed: call.seed }),
  },
});
await vitest?.close();
