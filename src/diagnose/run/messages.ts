/** What runners and libraries say when a symptom shows. */
export interface Saying {
  symptom: number;
  pattern: RegExp;
  title: string;
  fix: string;
}

export const sayings: Saying[] = [
  {
    symptom: 13,
    pattern: /Must use import to load ES Module|Cannot use import statement outside a module|Unexpected token 'export'/,
    title: 'Jest requires an ES module.',
    fix: 'Transform it (@swc/jest and transformIgnorePatterns), start Jest with --experimental-vm-modules, or use Vitest.',
  },
  {
    symptom: 6,
    pattern: /EADDRINUSE[^\n]*/,
    title: 'Two processes listen on one port.',
    fix: 'Listen on port 0, or hand the app to the client without listening.',
  },
  {
    symptom: 17,
    pattern: /buffering timed out after \d+ms/,
    title: 'Mongoose queries before it is connected.',
    fix: 'await mongoose.connect(uri) in beforeAll; where mongodb-memory-server cannot download its binary, name one with MONGOMS_SYSTEM_BINARY.',
  },
  {
    symptom: 20,
    pattern: /too many clients already|remaining connection slots are reserved|Too many connections/,
    title: 'The database has no connection left.',
    fix: 'Share one small pool for each file and close it.',
  },
  {
    symptom: 19,
    pattern: /Segmentation fault|SIGSEGV|Worker exited unexpectedly|Channel closed/,
    title: 'A worker crashed.',
    fix: "Run test files in processes, not in threads: pool: 'forks'.",
  },
  {
    symptom: 11,
    pattern: /Nock: Disallowed net connect for "(127\.0\.0\.1|localhost)[^"]*"/,
    title: 'nock refuses the tests their own server.',
    fix: "Follow disableNetConnect() with enableNetConnect('127.0.0.1').",
  },
  {
    symptom: 12,
    pattern:
      /Cannot log after tests are done|You are trying to `import` a file after the Jest environment has been torn down|Test ended asynchronously|asynchronous activity after the test ended|Unhandled Rejection/,
    title: 'Something goes on after its test has ended.',
    fix: 'Await or return each request and each assertion on a promise.',
  },
  {
    symptom: 15,
    pattern:
      /Event loop is closed|attached to a different loop|got Future .* attached to a different loop|async def functions are not natively supported/,
    title: 'Async tests and what they use live in different event loops, or in none.',
    fix: 'Give fixtures and tests the same loop scope; make engines in the lifespan or with NullPool; set asyncio_mode = "auto".',
  },
  {
    symptom: 16,
    pattern: /no such table: \w+/,
    title: 'Each connection to sqlite in memory has a database of its own.',
    fix: 'create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}).',
  },
  {
    symptom: 18,
    pattern: /(?:Expected|expected|Received|received)[^\n]*\b429\b|429 (?:Too Many|"Too Many)|== 429|429 ==/,
    title: 'The rate limiter answers 429.',
    fix: 'Make the app anew for each test, or raise the limit for tests.',
  },
  {
    symptom: 3,
    pattern: /A worker process has failed to exit gracefully/,
    title: 'Workers had to be killed: something stays open.',
    fix: 'Close it in afterAll, in the file that opens it.',
  },
  {
    symptom: 1,
    pattern: /Jest did not exit one second after the test run has completed/,
    title: 'The run does not exit by itself: something stays open.',
    fix: 'Close it in afterAll, in the file that opens it.',
  },
];

const ports: Record<string, string> = {
  5432: 'Postgres',
  6379: 'Redis',
  27017: 'MongoDB',
  3306: 'MySQL',
  5672: 'RabbitMQ',
  9092: 'Kafka',
  11211: 'memcached',
  1433: 'SQL Server',
  9200: 'Elasticsearch',
  4222: 'NATS',
  25: 'a mail server',
  587: 'a mail server',
  1025: 'a mail server',
  2379: 'etcd',
  8500: 'Consul',
  443: 'HTTPS',
  80: 'HTTP',
};

/** `Redis on 127.0.0.1:6379`. */
export function serviceAt(target: string): string {
  const known = ports[target.split(':').at(-1) ?? ''];
  return known === undefined ? target : `${known} on ${target}`;
}
