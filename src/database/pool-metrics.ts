import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Gauge } from 'prom-client';
import { type DataSource } from 'typeorm';
import { MetricsRegistry } from '../metrics/metrics-registry.js';

/** mysql2's, as far as it is needed here. */
interface MysqlPool {
  readonly _allConnections: { readonly length: number };
  readonly _freeConnections: { readonly length: number };
  readonly _connectionQueue: { readonly length: number };
}

/** The connections of this process. SQLite has one, and nothing to tell of it. */
@Injectable()
export class PoolMetrics {
  constructor(
    private readonly registry: MetricsRegistry,
    @InjectDataSource() { driver, options }: DataSource,
  ) {
    if (options.type !== 'mysql') return;
    const { pool } = driver as unknown as { readonly pool: MysqlPool };
    const { _allConnections: all, _freeConnections: free, _connectionQueue: waiting } = pool;
    this.gauge('ciam_database_pool_connections', 'Database connections that are open', all);
    this.gauge('ciam_database_pool_free_connections', 'Open database connections that nobody uses', free);
    this.gauge('ciam_database_pool_waiting_requests', 'Requests for a connection that wait for one', waiting);
  }

  private gauge(name: string, help: string, queue: { readonly length: number }): void {
    const registers = [this.registry];
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(queue.length);
      },
    });
  }
}
