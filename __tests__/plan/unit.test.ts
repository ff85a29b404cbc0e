import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { NodeModules } from '../../src/inspect/typescript/modules.js';
import { Types } from '../../src/inspect/typescript/types.js';
import { UnitReader } from '../../src/inspect/unit/index.js';
import { planUnit } from '../../src/plan/index.js';
import type { Gap, Subject, UnitPlan } from '../../src/model/index.js';
import { families, triage } from '../../src/triage/index.js';

function subject(fixture: string, target: string): Subject | Gap {
  const root = path.resolve('__tests__/fixtures', fixture);
  const [file = '', name = ''] = target.split('#');
  const found = new UnitReader(new NodeModules(root), families).subject(name, file, new Types(root));
  if (!found) throw new Error(`${target} was not found`);
  return found;
}

function planned(fixture: string, target: string): UnitPlan {
  const found = subject(fixture, target);
  if (!('evaluate' in found)) throw new Error(found.reason);
  return planUnit(found, triage(path.resolve('__tests__/fixtures/toll-bridge')));
}

const titles = (fixture: string, target: string): string[] => planned(fixture, target).cases.map(({ title }) => title);

describe('cases follow from the code of the unit', () => {
  test('each side of each comparison, each way of each condition, each error by class and message', () => {
    expect(titles('parcel-depot', 'src/pricing.ts#postage')).toEqual([
      'gives 1180 as a rule',
      'throws RangeError "a parcel weighs something" when grams is -1',
      'throws RangeError "a parcel weighs something" when grams is 0',
      'gives 1180 when grams is 1',
      'gives 1180 when grams is 1999',
      'gives 1180 when grams is 2000',
      'gives 1980 when grams is 2001',
      'gives 590 when express is false',
    ]);
  });

  test('a pattern is met and missed; fields of an error are known', () => {
    const { cases } = planned('toll-bridge', 'src/toll.js#lane');

    expect(cases.map(({ title }) => title)).toContain('gives "fast" when plate is "AA444"');
    expect(cases.find(({ expect: { outcome } }) => outcome === 'throws')?.expect).toMatchObject({
      error: { className: 'BridgeClosed', message: 'closed: storm', fields: { status: { kind: 'json', value: 503 } } },
    });
  });

  test('what is handed in is a stub whose calls are expected', () => {
    const { cases, subject: unit } = planned('parcel-depot', 'src/desk.ts#Desk.handOver');

    expect(unit.collaborators).toEqual([
      { name: 'parcels', place: 'constructor', type: 'ParcelRepository', file: 'src/store.ts' },
    ]);
    expect(cases[0]?.calls).toEqual([
      { collaborator: 'parcels', method: 'markDelivered', isAsync: true, args: [{ kind: 'json', value: 7 }] },
    ]);
  });

  test('without types, code says by its use what a parameter is', () => {
    expect(planned('toll-bridge', 'src/toll.js#toll').inputs.map(({ schema }) => schema)).toEqual([
      {
        type: 'object',
        properties: { axles: { type: 'number' }, tag: { type: 'boolean' } },
        required: ['axles', 'tag'],
      },
    ]);
  });

  test('the same unit gives the same plan', () => {
    expect(planned('toll-bridge', 'src/toll.js#toll').cases).toEqual(planned('toll-bridge', 'src/toll.js#toll').cases);
  });
});

describe('what cannot be called from a test is a gap', () => {
  test('a function that is not exported', () => {
    expect(subject('parcel-depot', 'src/clock.ts#midnight')).toMatchObject({
      reason: expect.stringContaining('not exported'),
    });
  });

  test('what depends on the clock', () => {
    const { cases, gaps } = planned('parcel-depot', 'src/clock.ts#isLate');

    expect(cases).toEqual([]);
    expect(gaps).toHaveLength(1);
  });
});
