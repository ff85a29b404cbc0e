const express = require('express');
const Joi = require('joi');
const asyncHandler = require('../middleware/async-handler');
const { requireLibrarian, requireMember } = require('../middleware/auth');
const validate = require('../middleware/validate');
const books = require('../repositories/books');
const loans = require('../repositories/loans');
const catalogue = require('../services/catalogue');
const { ApiError } = require('../services/errors');

const router = express.Router();

const shelves = ['fiction', 'science', 'history', 'children'];
const bookInput = Joi.object({
  isbn: Joi.string()
    .pattern(/^97[89]-\d{10}$/)
    .required(),
  title: Joi.string().min(1).max(120).required(),
  shelf: Joi.string()
    .valid(...shelves)
    .required(),
  copies: Joi.number().integer().min(1).max(20).required(),
});
const moveInput = Joi.object({ shelf: Joi.string().valid(...shelves).required() });

router.get('/', (req, res) => {
  res.json(books.list());
});

router.get('/:id', (req, res, next) => {
  const book = books.findById(Number(req.params.id));
  if (!book) return next(new ApiError(404, 'No such book'));
  res.json(book);
});

router.use(requireMember, requireLibrarian);

router.post(
  '/',
  validate(bookInput),
  asyncHandler(async (req, res) => {
    if (books.findByIsbn(req.body.isbn)) throw new ApiError(409, 'This ISBN is in the catalogue already');
    await catalogue.lookUp(req.body.isbn);
    res.status(201).json(books.insert(req.body));
  }),
);

router.put('/:id/shelf', validate(moveInput), (req, res, next) => {
  const book = books.findById(Number(req.params.id));
  if (!book) return next(new ApiError(404, 'No such book'));
  books.move(book.id, req.body.shelf);
  res.json({ ...book, shelf: req.body.shelf });
});

router.delete('/:id', (req, res, next) => {
  const book = books.findById(Number(req.params.id));
  if (!book) return next(new ApiError(404, 'No such book'));
  if (loans.findOpenOfBook(book.id)) return next(new ApiError(409, 'This book is on loan'));
  books.remove(book.id);
  res.sendStatus(204);
});

module.exports = router;
