const bcrypt = require('bcryptjs');
const express = require('express');
const Joi = require('joi');
const asyncHandler = require('../middleware/async-handler');
const { requireMember } = require('../middleware/auth');
const validate = require('../middleware/validate');
const members = require('../repositories/members');
const { ApiError } = require('../services/errors');

const router = express.Router();

const credentials = Joi.object({
  email: Joi.string().email().required(),
  password: Joi.string().min(8).max(64).required(),
});

router.post(
  '/members',
  validate(credentials),
  asyncHandler(async (req, res) => {
    const { email, password } = req.body;
    if (members.findByEmail(email)) throw new ApiError(409, 'This email is already a member');
    const passwordHash = await bcrypt.hash(password, 4);
    const member = members.insert({ email, passwordHash });
    res.status(201).json(member);
  }),
);

router.post(
  '/login',
  validate(credentials),
  asyncHandler(async (req, res) => {
    const member = members.findByEmail(req.body.email);
    if (!member || !(await bcrypt.compare(req.body.password, member.password_hash))) {
      throw new ApiError(401, 'Wrong email or password');
    }
    req.session.memberId = member.id;
    res.json({ id: member.id, role: member.role });
  }),
);

router.post('/logout', requireMember, (req, res, next) => {
  req.session.destroy((error) => {
    if (error) return next(error);
    res.sendStatus(204);
  });
});

router.get('/me', requireMember, (req, res) => {
  res.json(req.member);
});

module.exports = router;
