import type { Blocks } from './test-blocks.js';
import { blocksOf } from './test-blocks.js';
import type { CallTargets, Reach, Resolve } from './reach.js';
import { reachOf } from './reach.js';
import type { Settings } from './settings.js';
import type { Source } from './source.js';

/** One test file of JavaScript or TypeScript and what runs with it. */
export class TestFile {
  private known: Reach | undefined;
  private parts: Blocks | undefined;

  constructor(
    readonly source: Source,
    readonly suite: NodeSuite,
  ) {}

  get file(): string {
    return this.source.file;
  }

  get blocks(): Blocks {
    return (this.parts ??= blocksOf(this.source));
  }

  get reach(): Reach {
    return (this.known ??= reachOf([this.source, ...this.suite.setup], this.suite.targets, this.suite.mockedPackages));
  }
}

/** The tests of a folder that one Node runner runs. */
export interface NodeSuite {
  root: string;
  runner: 'jest' | 'vitest' | 'node:test';
  settings: Settings;
  tests: TestFile[];
  /** Run before each test file, in its process. */
  setup: Source[];
  /** The part of `setup` that runs after the test framework is in place. */
  afterFramework: Source[];
  /** Run once for all files, in a process of their own. */
  globals: Source[];
  resolve: Resolve;
  targets: CallTargets;
  mockedPackages: Set<string>;
  manifest: { type?: string; dependencies: Record<string, string> };
  /** Variables that `.env` files of the folder set, by file. */
  envFiles: Map<string, Set<string>>;
}
