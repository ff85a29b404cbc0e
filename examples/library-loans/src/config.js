module.exports = {
  port: Number(process.env.PORT || 3000),
  databaseFile: process.env.DATABASE_FILE || ':memory:',
  sessionSecret: process.env.SESSION_SECRET || 'only-for-development',
  catalogueUrl: process.env.CATALOGUE_URL || 'https://catalogue.example',
  smtpUrl: process.env.SMTP_URL || 'smtp://localhost:1025',
};
