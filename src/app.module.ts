import { Module } from '@nestjs/common';
import { ConfigModule } from './config/config.module.js';
import { ServiceModule } from './service.module.js';

/** The service as it runs by itself: configured by the environment. */
@Module({ imports: [ConfigModule, ServiceModule] })
export class AppModule {}
