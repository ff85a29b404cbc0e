const express = require('express');
const Joi = require('joi');
const asyncHandler = require('../middleware/async-handler');
const { requireMember } = require('../middleware/auth');
const validate = require('../middleware/validate');
const books = require('../repositories/books');
const loans = require('../repositories/loans');
const { ApiError } = require('../services/errors');
const mailer = require('../services/mailer');

const router = express.Router();

const loanInput = Joi.object({
  bookId: Joi.number().integer().positive().required(),
  weeks: Joi.number().integer().min(1).max(6).required(),
});

router.use(requireMember);

router.get('/', (req, res) => {
  res.json({ loans: loans.listOf(req.member.id) });
});

router.post(
  '/',
  validate(loanInput),
  asyncHandler(async (req, res) => {
    const book = books.findById(req.body.bookId);
    if (!book) throw new ApiError(404, 'No such book');
    if (loans.findOpenOfBook(book.id)) throw new ApiError(409, 'This book is on loan');
    const loan = loans.insert({ bookId: book.id, memberId: req.member.id, weeks: req.body.weeks });
    await mailer.sendLoanReceipt(req.member.email, book, loan.weeks);
    res.status(201).json(loan);
  }),
);

function ownLoan(req) {
  const loan = loans.findById(Number(req.params.id));
  if (!loan) throw new ApiError(404, 'No such loan');
  if (loan.member_id !== req.member.id && req.member.role !== 'librarian') throw new ApiError(403, 'Not your loan');
  return loan;
}

router.get('/:id', (req, res) => {
  res.json(ownLoan(req));
});

router.post('/:id/return', (req, res) => {
  const loan = ownLoan(req);
  if (loan.status !== 'open') throw new ApiError(409, 'Returned already');
  loans.close(loan.id);
  res.json({ ...loan, status: 'returned' });
});

module.exports = router;
