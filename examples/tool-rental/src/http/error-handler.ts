import type { ErrorRequestHandler } from 'express';
import { ZodError } from 'zod';
import { HttpError } from './errors.js';

export const errorHandler: ErrorRequestHandler = (error, _request, response, _next) => {
  if (error instanceof HttpError) {
    response.status(error.status).json({ error: error.code });
    return;
  }
  if (error instanceof ZodError) {
    response.status(422).json({ error: 'invalid_input', fields: error.issues.map((issue) => issue.path.join('.')) });
    return;
  }
  if (error instanceof SyntaxError && 'body' in error) {
    response.status(400).json({ error: 'malformed_json' });
    return;
  }
  response.status(500).json({ error: 'internal' });
};
