export interface Job {
  name: string;
  payload: Record<string, unknown>;
}

/** Hands jobs to a worker in this process, one after the other. */
export class JobQueue {
  private readonly pending: Job[] = [];
  private readonly handlers = new Map<string, (payload: Job['payload']) => Promise<void>>();
  private running = false;

  on(name: string, handler: (payload: Job['payload']) => Promise<void>): void {
    this.handlers.set(name, handler);
  }

  async add(name: string, payload: Job['payload']): Promise<void> {
    this.pending.push({ name, payload });
    if (!this.running) void this.drain();
  }

  private async drain(): Promise<void> {
    this.running = true;
    for (let job = this.pending.shift(); job; job = this.pending.shift()) {
      await this.handlers.get(job.name)?.(job.payload);
    }
    this.running = false;
  }
}
