const config = require('../config');
const { ApiError } = require('./errors');

/** Asks the national catalogue whether a book is known there. */
exports.lookUp = async (isbn) => {
  const response = await fetch(`${config.catalogueUrl}/lookup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ isbn }),
  });
  const entry = await response.json();
  if (entry.known !== true) throw new ApiError(422, 'ISBN is not known to the catalogue');
  return entry;
};
