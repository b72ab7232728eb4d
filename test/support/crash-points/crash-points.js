import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { Server } from 'node:http';
import { MysqlQueryRunner } from 'typeorm/driver/mysql/MysqlQueryRunner.js';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';

/**
 * Preloaded into an instrumented copy of the service, it knows which points each request passes, and what the request
 * has sent out by then: statements that may change something, calls to WeChat, its answer. A request says by its
 * headers what for: `x-crash-at: NAME n` kills the process when the request passes that point for the n-th time;
 * `x-record-points: 1` prints the points that it has passed as a line of the log.
 */
const requests = new AsyncLocalStorage();
const STOPPED_AT = performance.now();

const { emit } = Server.prototype;
Server.prototype.emit = function (event, ...rest) {
  if (event !== 'request') return emit.call(this, event, ...rest);
  const [request, response] = rest;
  // Whether a cache is fresh must not depend on how busy the machine is.
  performance.now = () => STOPPED_AT;
  const [crashAt, time] = (request.headers['x-crash-at'] ?? '').split(' ');
  const state = { crashAt, time: Number(time), times: new Map(), passed: [], sent: [] };
  response.once('finish', () => state.sent.push('answer'));
  if (request.headers['x-record-points']) response.once('close', () => print(state.passed));
  return requests.run(state, () => emit.call(this, event, ...rest));
};

for (const { prototype } of [MysqlQueryRunner, BetterSqlite3QueryRunner]) {
  const { query } = prototype;
  prototype.query = function (statement, ...rest) {
    if (!/^SELECT\b/i.test(statement)) send(statement.split(/\W+/, 3).join(' '));
    return query.call(this, statement, ...rest);
  };
}

subscribe('undici:request:create', ({ request }) => send(`call of ${request.path.split('?')[0]}`));

function send(what) {
  requests.getStore()?.sent.push(what);
}

function pass(name) {
  const request = requests.getStore();
  if (!request) return;
  const time = (request.times.get(name) ?? 0) + 1;
  request.times.set(name, time);
  request.passed.push({ name, time, sent: [...request.sent] });
  if (name === request.crashAt && time === request.time) process.kill(process.pid, 'SIGKILL');
}

function print(passed) {
  process.stdout.write(`${JSON.stringify({ msg: 'Points passed', passed })}\n`);
}

/** What `withAwaitPoints` puts into the code. */
globalThis.crashPoints = {
  before: (name) => pass(`${name}:before`),
  after: (name, value) => {
    pass(`${name}:after`);
    return value;
  },
};
