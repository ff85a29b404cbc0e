import { at, isFixture, nameOf, type PyRule, sides, testsOf } from '../rule.js';
import { around, fieldOf, isInside, isTopLevel, type PyFunction, type PyNode, type PySource } from '../source.js';
import type { PytestSuite } from '../suite.js';
import type { Found } from '../../rule.js';

/** A client that starts nothing, and overrides that stay. */
export const fastapi: PyRule = {
  symptom: 14,
  find: (suite) => [...withoutLifespan(suite), ...overridesLeft(suite)],
};

function withoutLifespan(suite: PytestSuite): Found[] {
  return sides(suite).flatMap((source) =>
    source.calls
      .filter(({ name, node }) => name === 'TestClient' && !isEntered(node, source))
      .slice(0, 1)
      .flatMap(({ node }) => {
        const startup = [...suite.reach(source)].map(startupOf).find((one) => one !== undefined);
        if (!startup) return [];
        return [
          {
            title:
              'TestClient is used without "with": the lifespan of the app does not run, and what it makes is missing.',
            ...at(source, node),
            evidence: `${source.place(node)}: ${node.text}; ${startup} makes state when the app starts.`,
            fix: 'Make the client in a fixture: with TestClient(app) as client: yield client.',
            certainty: 'certain' as const,
          },
        ];
      }),
  );
}

/** `with TestClient(app) as c`, `enter_context(TestClient(app))`, or `with client:` later. */
function isEntered(node: PyNode, source: PySource): boolean {
  if (around(node, 'with_item') ?? around(node, 'with_clause')) return true;
  if (/enter_context\(/.test(node.parent?.parent?.text.slice(0, 60) ?? '')) return true;
  const assignment = node.parent?.type === 'assignment' ? fieldOf(node.parent, 'left')?.text : undefined;
  if (
    assignment !== undefined &&
    new RegExp(`with\\s+${assignment.replace('.', '\\.')}\\b|${assignment.replace('.', '\\.')}\\.__enter__`).test(
      source.text,
    )
  )
    return true;
  const holder = around(node, 'function_definition');
  const factory = holder && fieldOf(holder, 'name')?.text;
  return (
    node.parent?.type === 'return_statement' &&
    factory !== undefined &&
    new RegExp(`with\\s+${factory}\\(`).test(source.text)
  );
}

/** Where the app makes state when it starts. */
function startupOf(source: PySource): string | undefined {
  const keeps =
    /\bstate\.\w+\s*=|\bglobal\b|\w\]\s*=|\.(connect|create_all|init\w*|load\w*|start|setup\w*)\(|\binit\w*\(|\bcreate_\w+\(/;
  for (const { name, keywords, node } of source.calls) {
    if (name === 'FastAPI' || name === 'Starlette') {
      const lifespan = keywords.get('lifespan')?.text;
      const own = source.functions.find((one) => one.name === lifespan);
      const before = own?.body.text.split(/\byield\b/)[0];
      if (lifespan !== undefined && (before === undefined || keeps.test(before)))
        return source.place(own?.node ?? node);
    }
  }
  const hook = source.functions.find(
    ({ decorators, body }) => decorators.some((one) => /on_event\(\s*['"]startup/.test(one)) && keeps.test(body.text),
  );
  return hook && source.place(hook.node);
}

const restores =
  /dependency_overrides\s*(\.clear\(|\.pop\(|=\s*[\w{(])|del\s+[\w.]*dependency_overrides\[|dependency_overrides\.update\(/;

function overridesLeft(suite: PytestSuite): Found[] {
  const everywhere = suite.fixtures.some((source) =>
    source.functions.some(
      (one) =>
        isFixture(one) &&
        one.decorators.some((text) => /autouse\s*=\s*True/.test(text)) &&
        restores.test(one.body.text),
    ),
  );
  if (everywhere) return [];
  return sides(suite).flatMap((source) => {
    const found = assignments(source).find(({ node, holder }) => !isRestored(node, holder, source, suite));
    if (!found) return [];
    const { node, holder } = found;
    const test = holder && testsOf(source).find((one) => one === holder);
    return [
      {
        title: `dependency_overrides is set${holder ? ` in ${holder.name}` : ' for the whole run'} and never put back: later tests get the override too.`,
        ...at(source, node),
        evidence: `${source.place(node)}: ${node.text.split('\n')[0] ?? ''}; nothing restores it.`,
        fix: 'Set it in a fixture that yields, and put back what was there before.',
        certainty: 'certain' as const,
        ...(test ? { polluter: nameOf(source, test) } : {}),
      },
    ];
  });
}

function assignments(source: PySource): { node: PyNode; holder: PyFunction | undefined }[] {
  const found: { node: PyNode; holder: PyFunction | undefined }[] = [];
  const visit = (node: PyNode): void => {
    const left = node.type === 'assignment' ? fieldOf(node, 'left') : undefined;
    if (left?.type === 'subscript' && /dependency_overrides\[/.test(left.text))
      found.push({ node, holder: source.functions.findLast((one) => isInside(node, one.body)) });
    node.children.forEach(visit);
  };
  visit(source.root);
  return found;
}

function isRestored(node: PyNode, holder: PyFunction | undefined, source: PySource, suite: PytestSuite): boolean {
  // Set once for all tests, before any runs: the same for each.
  if (!holder)
    return !isTopLevel(node) || suite.fixtures.includes(source) || suite.tests.length < 2 || restores.test(source.text);
  const after = holder.body.text.slice(node.end - holder.body.start);
  if (restores.test(after)) return true;
  const teardown = source.functions.some(
    (one) => /^(teardown|tearDown)/.test(one.name) && restores.test(one.body.text),
  );
  const fixture = source.functions.some(
    (one) =>
      isFixture(one) &&
      one !== holder &&
      restores.test(one.body.text) &&
      (one.decorators.some((text) => text.includes('autouse')) || holder.parameters.includes(one.name)),
  );
  const shared = suite.fixtures.some((other) =>
    other.functions.some(
      (one) => isFixture(one) && holder.parameters.includes(one.name) && restores.test(one.body.text),
    ),
  );
  // A helper that is neither test nor fixture is restored by who calls it.
  return teardown || fixture || shared || (!isFixture(holder) && !holder.name.startsWith('test'));
}
