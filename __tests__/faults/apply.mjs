// Plants one fault in a copy of its example: node __tests__/faults/apply.mjs <example> <fault id> <folder of the copy>
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const [example, id, copy] = process.argv.slice(2);
if (!example || !id || !copy) throw new Error('usage: node apply.mjs <example> <fault id> <folder of the copy>');

const faults = JSON.parse(readFileSync(path.join(here, `${example}.json`), 'utf8'));
const fault = faults.find((one) => one.id === id);
if (!fault) throw new Error(`${example} has no fault ${id}; it has ${faults.map((one) => one.id).join(', ')}`);

const examples = path.resolve(here, '../../examples');
const inside = path.relative(examples, path.resolve(copy));
if (!inside.startsWith('..') && !path.isAbsolute(inside))
  throw new Error(`${copy} is the example itself, not a copy of it`);

const file = path.join(copy, fault.file);
const before = readFileSync(file, 'utf8');
const found = before.split(fault.find).length - 1;
if (found !== 1) throw new Error(`${id}: the text to replace occurs ${found} times in ${fault.file}, not once`);
writeFileSync(
  file,
  before.replace(fault.find, () => fault.replace),
);
console.log(`${fault.class} ${id}: ${fault.note}`);
