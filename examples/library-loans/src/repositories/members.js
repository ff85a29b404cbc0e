const db = require('../db');

exports.findById = (id) => db.get('SELECT id, email, role FROM members WHERE id = ?', [id]);

exports.findByEmail = (email) => db.get('SELECT * FROM members WHERE email = ?', [email]);

exports.insert = ({ email, passwordHash }) =>
  db.get('INSERT INTO members (email, password_hash) VALUES (?, ?) RETURNING id, email, role', [email, passwordHash]);
