import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatabaseConfig } from '../config/database.config.js';
import { connect } from './connect.js';
import { dataSourceOptions } from './data-source-options.js';
import { Lease } from './lease.entity.js';
import { Leases } from './leases.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { migrate } from './migrate.js';
import { PoolMetrics } from './pool-metrics.js';
import { Revision } from './revision.entity.js';
import { Schema } from './schema.js';
import { SecretCipher } from './secret-cipher.js';
import { Snapshots } from './snapshots.js';
import { UnitOfWork } from './unit-of-work.js';

@Global()
@Module({
  imports: [
    MetricsModule,
    TypeOrmModule.forRootAsync({
      inject: [DatabaseConfig],
      useFactory: (config: DatabaseConfig) => ({
        ...dataSourceOptions(config),
        autoLoadEntities: true,
        migrationsRun: config.migrationsRun,
        // `connect` is patient by itself and knows which errors are worth it.
        toRetry: () => false,
      }),
      dataSourceFactory: async (options) => {
        const dataSource = await connect({ ...options!, migrationsRun: false });
        if (options!.migrationsRun) await migrate(dataSource);
        return dataSource;
      },
    }),
    TypeOrmModule.forFeature([Lease, Revision]),
  ],
  providers: [PoolMetrics, UnitOfWork, Schema, SecretCipher, Leases, Snapshots],
  exports: [UnitOfWork, Schema, SecretCipher, Leases, Snapshots],
})
export class DatabaseModule {}
