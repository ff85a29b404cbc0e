import type { Diagnostic, Operation } from '../../model/index.js';

const mutating = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** Findings about the user's source that the model shows. */
export function diagnose(operations: Operation[]): Diagnostic[] {
  return [...unguarded(operations), ...serverErrors(operations)];
}

/** A mutating operation that anybody may call, among siblings that all ask for a credential. */
function unguarded(operations: Operation[]): Diagnostic[] {
  return operations
    .filter(
      (operation) =>
        mutating.includes(operation.method) &&
        operation.security.length === 0 &&
        operation.effects.some((effect) => effect.kind.startsWith('db')),
    )
    .filter((operation) => {
      const siblings = operations.filter(
        (other) => other !== operation && other.resource === operation.resource && mutating.includes(other.method),
      );
      return (
        siblings.length > 0 && siblings.every((other) => other.security.some((requirement) => !requirement.optional))
      );
    })
    .map((operation) => ({
      code: 'unguarded-mutation',
      severity: 'warning',
      message: `${operation.id} changes ${operation.effects[0]?.target ?? 'state'} without asking who calls; its siblings do.`,
      operation: operation.id,
      source: operation.source,
    }));
}

/** A request can end in a 500 that the code itself answers. */
function serverErrors(operations: Operation[]): Diagnostic[] {
  return operations.flatMap((operation) =>
    operation.responses
      .filter((response) => response.status === 500 && response.when !== 'upstream-failure')
      .map((response) => ({
        code: 'answers-500',
        severity: 'info' as const,
        message: `${operation.id} can answer 500; no case expects it.`,
        operation: operation.id,
        source: response.source,
      })),
  );
}
