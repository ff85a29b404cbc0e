import type { Operation, Response, ServiceModel } from '../model/index.js';
import { counted, Page, type PageStyle } from './page.js';
import { placeText } from './place.js';
import { remarks } from './remarks.js';

/** What inspection found, for a terminal: one block per operation. */
export function inspectText(model: ServiceModel, style: PageStyle = { colour: false, width: 100 }): string {
  const page = new Page(style);
  page.section('Operations', `${String(model.operations.length)} in ${counted(model.files.length, 'file')}`);
  for (const operation of model.operations) describe(page, operation);
  remarks(page, model.gaps, model.diagnostics);
  return page.toString();
}

function describe(page: Page, operation: Operation): void {
  page.section(operation.id, placeText(operation.source));
  const callers = operation.security.map(({ scheme, roles, optional, ownership }) => {
    const who = [
      scheme,
      roles.length > 0 ? `(${roles.join(', ')})` : '',
      ownership === undefined ? '' : `owner by ${ownership.field}`,
    ];
    return who.filter((part) => part !== '').join(' ') + (optional ? ', or nobody' : '');
  });
  page.line(`who      ${callers.length === 0 ? 'anybody' : callers.join(' or ')}`);
  const inputs = operation.parameters.map(
    (parameter) => `${parameter.name}${parameter.required ? '' : '?'} (${parameter.in})`,
  );
  const fields = Object.keys(operation.requestBody?.schema.properties ?? {});
  const required = new Set(operation.requestBody?.schema.required);
  const body = fields.map((field) => `${field}${required.has(field) ? '' : '?'} (body)`);
  if (inputs.length + body.length > 0) page.line(`takes    ${[...inputs, ...body].join(', ')}`);
  for (const response of operation.responses) page.line(`answers  ${answerOf(response)}`);
  for (const { kind, verb, target, source } of operation.effects)
    page.line(`does     ${kind}: ${verb} ${target}  (${placeText(source)})`);
}

function answerOf({ status, when, source }: Response): string {
  return `${String(status)}  ${when}  (${placeText(source)})`;
}
