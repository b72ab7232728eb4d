import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';

/**
 * The metrics of this application. Whoever measures something registers it here, beside the code that it measures; no
 * label may have values without bound.
 */
@Injectable()
export class MetricsRegistry extends Registry {}
