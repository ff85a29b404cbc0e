const members = require('../repositories/members');
const { ApiError } = require('../services/errors');

exports.requireMember = (req, res, next) => {
  if (!req.session.memberId) return next(new ApiError(401, 'Please sign in'));
  const member = members.findById(req.session.memberId);
  if (!member) return next(new ApiError(401, 'Please sign in'));
  req.member = member;
  next();
};

exports.requireLibrarian = (req, res, next) => {
  if (req.member.role !== 'librarian') return next(new ApiError(403, 'Librarians only'));
  next();
};
