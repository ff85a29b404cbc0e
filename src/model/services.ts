/** A server that the tests need beside the service: a database, a cache. */
export interface NeededServer {
  id: 'postgres' | 'mysql' | 'mongodb' | 'redis' | 'rabbitmq';
  /** As people call it. */
  name: string;
  host: string;
  port: number;
  /** Environment variable that says where it is, and its test value. */
  variable: string;
  url: string;
  /** What starts one for tests, on a machine with Docker. */
  start: string;
}
