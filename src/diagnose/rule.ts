import type { Certainty, Edit, Finding } from '../model/index.js';
import type { Source } from './suite/source.js';
import type { NodeSuite } from './suite/suite.js';
import type { ts } from 'ts-morph';

/** Detects one symptom in what the text of a suite says. */
export interface Rule {
  symptom: number;
  find(suite: NodeSuite): Found[];
}

/** What a rule sees; the registry adds number and reference. */
export interface Found {
  /** Instead of the rule's own: the same cause shows itself differently here. */
  symptom?: number;
  title: string;
  file: string;
  line: number;
  evidence: string;
  fix: string;
  certainty: Certainty;
  polluter?: string;
  victim?: string;
  edits?: Edit[];
}

export const at = (source: Source, node: ts.Node): Pick<Finding, 'file' | 'line'> => ({
  file: source.file,
  line: source.line(node),
});
