import { successOf } from '../context.js';
import { Scene } from '../scene.js';
import { answerExpectations, draft, type Rule } from '../rule.js';

/** A valid request by a caller who may is answered as the code says. */
export const success: Rule = {
  name: 'success',
  kind: 'success',
  summary: 'A valid request by a caller who may: status and body.',
  cases(operation, context) {
    const response = successOf(operation);
    if (!response) {
      context.gap('no-success', operation, 'No way to a successful answer was found in the code that could be read.');
      return [];
    }
    const scene = new Scene(context, operation, response).arrange();
    if (scene.problem) {
      context.gap('not-arranged', operation, `${scene.problem}.`, response.source);
      return [];
    }
    const title = `answers ${response.status}${operation.requestBody ? ' to a valid request' : ''}`;
    return [
      draft({
        rule: success,
        operation,
        point: 'valid',
        title,
        source: response.source,
        scene,
        expect: answerExpectations(scene, response),
      }),
    ];
  },
};
