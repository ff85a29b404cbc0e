import { createApp } from './app.js';
import { config } from './config.js';
import { openDatabase } from './db.js';
import { JobQueue } from './jobs.js';
import { PaymentClient } from './payments.js';

const db = await openDatabase(config.DATABASE_URL);
const queue = new JobQueue();
queue.on('rental.confirmed', async ({ rentalId }) => console.log(`rental ${String(rentalId)} confirmed`));
queue.on('tool.inspect', async ({ toolId }) => console.log(`tool ${String(toolId)} is to be inspected`));

createApp({ db, queue, payments: new PaymentClient(config.PAYMENTS_URL) }).listen(config.PORT, () => {
  console.log(`listening on ${config.PORT}`);
});
