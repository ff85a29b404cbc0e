import type { Factory, TestPlan } from '../../model/index.js';

const capital = (name: string): string => `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;

/** `POST /auth/login` is an action: `login()`; `POST /orders` makes a thing: `createOrder()`, as does what tests call what it made. */
export function requestName(factory: Factory, plan: TestPlan): string {
  const segments = factory.template
    .split('/')
    .filter((segment) => segment && !segment.startsWith('{') && !/^(api|rest|v\d+)$/i.test(segment));
  const isAction = segments.length > 1 && !factory.template.endsWith('}') && !/s$/.test(segments.at(-1) ?? '');
  return isAction && !boundIn(plan).has(factory.name) ? factory.name : `create${capital(factory.name)}`;
}

const bound = new WeakMap<TestPlan, Set<string>>();

/** Names that tests give to what they have arranged. */
function boundIn(plan: TestPlan): Set<string> {
  let names = bound.get(plan);
  if (!names) {
    const steps = plan.cases.flatMap(({ arrange }) => arrange);
    names = new Set(steps.flatMap((step) => ('bind' in step && step.bind !== undefined ? [step.bind] : [])));
    bound.set(plan, names);
  }
  return names;
}

export const inputName = (name: string): string => (name.endsWith('Input') ? name : `${name}Input`);

export const factoryOf = (plan: TestPlan, name: string): Factory | undefined =>
  plan.factories.find((factory) => factory.name === name);

/** What a sink is called in tests: `payments` for `PAYMENTS_URL`. */
export function sinkName(name: string): string {
  const plain = name
    .replace(/^https?:\/\//, '')
    .replace(/_?(URL|URI|HOST|BASE|ENDPOINT)$/i, '')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim();
  const words = (plain || name).split(' ');
  const first = words[0] ?? 'sink';
  const head =
    first === first.toUpperCase() ? first.toLowerCase() : `${first[0]?.toLowerCase() ?? ''}${first.slice(1)}`;
  return (
    head +
    words
      .slice(1)
      .map((word) => capital(word.toLowerCase()))
      .join('')
  );
}
