import type { LayerChoice, SourceRef } from '../model/index.js';
import { Page, type PageStyle } from './page.js';
import { placeText } from './place.js';

/** The document of `backend-test layer --json`. */
export interface LayerDocument {
  unit: string;
  kind: LayerChoice['kind'];
  layer: LayerChoice['layer'];
  /** Each with its place: `db.get reaches the database (pg) (src/orders.ts:12)`. */
  why: string[];
  refused: string;
  /** Of a file or a folder: each of its units. */
  units?: LayerDocument[];
}

export function layerJson(lead: LayerChoice, choices: LayerChoice[]): LayerDocument {
  return choices.length === 1 ? documentOf(lead) : { ...documentOf(lead), units: choices.map(documentOf) };
}

const documentOf = ({ unit, kind, layer, why, refused }: LayerChoice): LayerDocument => ({
  unit,
  kind,
  layer,
  why: why.map(reason),
  refused,
});

const reason = ({ text, source }: { text: string; source?: SourceRef }): string =>
  source === undefined ? text : `${text} (${placeText(source)})`;

const article = (layer: LayerChoice['layer']): string => (layer === 'unit' ? 'a unit' : `an ${layer}`);

/** Three sentences for each unit: what it is, why, and which layer was refused. */
export function layerText(choices: LayerChoice[], style: PageStyle): string {
  const page = new Page(style);
  for (const { unit, kind, layer, why, refused } of choices) {
    page.section(unit, `${kind}: ${article(layer)} test`);
    page.line(`${why.map(reason).join('; ')}.`);
    page.line(refused);
  }
  return page.toString();
}

/** The same for the head of an outcome: what it is, and why. */
export const layerLines = ({ unit, kind, layer, why, refused }: LayerChoice): string[] => [
  `${unit}: ${kind}, proven by ${article(layer)} test. ${why.slice(0, 2).map(reason).join('; ')}. ${refused}`,
];
