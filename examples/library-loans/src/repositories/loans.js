const db = require('../db');

exports.listOf = (memberId) => db.all('SELECT * FROM loans WHERE member_id = ?', [memberId]);

exports.findById = (id) => db.get('SELECT * FROM loans WHERE id = ?', [id]);

exports.findOpenOfBook = (bookId) =>
  db.get("SELECT * FROM loans WHERE book_id = ? AND status = 'open' LIMIT 1", [bookId]);

exports.insert = ({ bookId, memberId, weeks }) =>
  db.get('INSERT INTO loans (book_id, member_id, weeks) VALUES (?, ?, ?) RETURNING *', [bookId, memberId, weeks]);

exports.close = (id) => db.run("UPDATE loans SET status = 'returned' WHERE id = ?", [id]);
