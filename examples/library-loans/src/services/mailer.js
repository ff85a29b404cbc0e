const nodemailer = require('nodemailer');
const config = require('../config');

const transport = nodemailer.createTransport(config.smtpUrl);

exports.sendLoanReceipt = (email, book, weeks) =>
  transport.sendMail({
    from: 'desk@library.example',
    to: email,
    subject: `You borrowed ${book.title}`,
    text: `Please bring it back within ${weeks} weeks.`,
  });
