import fp from 'fastify-plugin';

export interface Job {
  name: string;
  payload: Record<string, unknown>;
}

declare module 'fastify' {
  interface FastifyInstance {
    jobs: JobQueue;
  }
}

/** Hands jobs to a worker in this process, one after the other. */
class JobQueue {
  private readonly pending: Job[] = [];
  private running = false;

  constructor(private readonly work: (job: Job) => Promise<void>) {}

  async add(name: string, payload: Job['payload']): Promise<void> {
    this.pending.push({ name, payload });
    if (!this.running) void this.drain();
  }

  private async drain(): Promise<void> {
    this.running = true;
    for (let job = this.pending.shift(); job; job = this.pending.shift()) await this.work(job);
    this.running = false;
  }
}

export default fp(async (app) => {
  app.decorate('jobs', new JobQueue(async ({ name, payload }) => app.log.info({ payload }, `job ${name}`)));
}, { name: 'jobs' });
