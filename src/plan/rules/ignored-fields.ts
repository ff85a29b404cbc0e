import type { Expectation, Expr, Matcher } from '../../model/index.js';
import { effectOf, literal } from '../context.js';
import { effectExpectations } from '../effects.js';
import { storedColumn } from '../matchers.js';
import { draft, type Rule, succeeding } from '../rule.js';
import { untaken } from '../untaken.js';

/** As many as a reader takes in at a glance. */
const mostFields = 4;

/** Columns that callers may not set by adding them to the body (mass assignment): taken without, stored without. */
export const ignoredFields: Rule = {
  name: 'ignored-fields',
  kind: 'side-effect',
  summary: 'Columns that the body has no field for, sent all the same: the row is as if they had not been.',
  cases(operation, context) {
    const schema = operation.requestBody?.schema;
    const found = succeeding(context, operation);
    if (!found || !schema?.properties || schema.additionalProperties === false) return [];
    const { response, scene } = found;
    const request = scene.request();
    if (request.body?.kind !== 'sample') return [];
    const extra: Record<string, Expr> = {};
    const matches = new Map<string, Record<string, Matcher>>();
    for (const { entity: name, column, value } of untaken(operation, context)) {
      const entity = context.entity(name);
      const effect = response.effects.map((id) => effectOf(operation, id)).find((one) => one?.target === name);
      if (!entity || !effect || !context.readable(name) || Object.keys(extra).length === mostFields) continue;
      const written = storedColumn(scene, effect, entity, column);
      if (written.kind !== 'equals' || JSON.stringify(written.value) === JSON.stringify(literal(value))) continue;
      extra[column] = literal(value);
      matches.set(name, { ...matches.get(name), [column]: written });
    }
    const names = Object.keys(extra);
    const rows = effectExpectations(scene).flatMap((one): Expectation[] => {
      if (one.kind !== 'row' && one.kind !== 'added') return [];
      const fields = matches.get(one.entity);
      return fields ? [{ ...one, matches: { kind: 'object', exact: false, fields } }] : [];
    });
    if (!names.length || !rows.length) return [];
    const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}` : (names[0] ?? '');
    return [
      draft({
        rule: ignoredFields,
        operation,
        point: 'columns',
        title: `ignores ${list} in the body`,
        source: operation.requestBody?.source ?? response.source,
        scene,
        act: { ...request, body: { ...request.body, overrides: { ...request.body.overrides, ...extra } } },
        expect: [{ kind: 'status', equals: response.status }, ...rows],
      }),
    ];
  },
};
