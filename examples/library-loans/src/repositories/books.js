const db = require('../db');

exports.list = () => db.all('SELECT * FROM books ORDER BY title');

exports.findById = (id) => db.get('SELECT * FROM books WHERE id = ?', [id]);

exports.findByIsbn = (isbn) => db.get('SELECT * FROM books WHERE isbn = ?', [isbn]);

exports.insert = ({ isbn, title, shelf, copies }) =>
  db.get('INSERT INTO books (isbn, title, shelf, copies) VALUES (?, ?, ?, ?) RETURNING *', [isbn, title, shelf, copies]);

exports.move = (id, shelf) => db.run('UPDATE books SET shelf = ? WHERE id = ?', [shelf, id]);

exports.remove = (id) => db.run('DELETE FROM books WHERE id = ?', [id]);
