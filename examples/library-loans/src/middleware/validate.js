const { ApiError } = require('../services/errors');

module.exports = (schema) => (req, res, next) => {
  const { error, value } = schema.validate(req.body, { abortEarly: false, convert: false });
  if (error) return next(new ApiError(400, 'Invalid input'));
  req.body = value;
  next();
};
