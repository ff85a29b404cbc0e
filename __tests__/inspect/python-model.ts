import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect, prepare } from '../../src/inspect/index.js';
import type { Fact, ServiceModel, Triage } from '../../src/model/index.js';
import { temporaryFolder } from '../temporary-folder.js';

const fact = <T>(value: T): Fact<T> => ({ value, origin: 'flag', evidence: 'said by the test' });

/** Facts of a FastAPI service that begins at `entry`. */
const facts = (root: string, entry: string, version: string): Triage =>
  ({
    root,
    language: fact('python'),
    framework: fact('fastapi'),
    frameworkVersion: fact(version),
    entry: fact(entry),
  }) as Triage;

/** The model of a FastAPI service in a folder. */
export async function fastapiModel(root: string, entry: string, version = '0.125.0'): Promise<ServiceModel> {
  const triage = facts(root, entry, version);
  await prepare(triage);
  return inspect(triage);
}

/** The model of a FastAPI service that consists of these files; it begins at `main.py`. */
export async function modelOfFiles(files: Record<string, string>, version?: string): Promise<ServiceModel> {
  const root = temporaryFolder('fastapi');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return fastapiModel(root, 'main.py', version);
}
