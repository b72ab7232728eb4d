import { Module } from '@nestjs/common';
import { ApplicationsModule } from '../applications/applications.module.js';
import { CrossOriginAccess } from './cross-origin-access.js';

/** What a module imports whose endpoints browser applications call. */
@Module({ imports: [ApplicationsModule], providers: [CrossOriginAccess], exports: [CrossOriginAccess] })
export class CorsModule {}
