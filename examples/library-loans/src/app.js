const express = require('express');
const session = require('express-session');
const config = require('./config');
const bookRoutes = require('./routes/books');
const loanRoutes = require('./routes/loans');
const sessionRoutes = require('./routes/session');

const app = express();

app.use(express.json());
app.use(
  session({ secret: config.sessionSecret, resave: false, saveUninitialized: false, cookie: { httpOnly: true } }),
);
app.use('/', sessionRoutes);
app.use('/books', bookRoutes);
app.use('/loans', loanRoutes);

app.use((error, req, res, next) => {
  if (res.headersSent) return next(error);
  const status = error.status || 500;
  res.status(status).json({ message: status === 500 ? 'Something went wrong' : error.message });
});

module.exports = app;
