import type { Factory, TestPlan } from '../../model/index.js';

const capital = (name: string): string => `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;

/** `POST /auth/login` is an action: `login()`; `POST /orders` makes a thing: `createOrder()`. */
export function requestName(factory: Factory): string {
  const segments = factory.template
    .split('/')
    .filter((segment) => segment && !segment.startsWith('{') && !/^(api|rest|v\d+)$/i.test(segment));
  const isAction = segments.length > 1 && !factory.template.endsWith('}') && !/s$/.test(segments.at(-1) ?? '');
  return isAction ? factory.name : `create${capital(factory.name)}`;
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
