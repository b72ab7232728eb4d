import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { type Response } from 'express';
import { Readiness, type Hindrance } from './readiness.js';

interface Health {
  readonly status: 'ok' | 'unavailable';
  readonly reason?: Hindrance;
}

/** What an orchestrator asks: may this process live, and may it be sent requests. */
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): Health {
    return { status: 'ok' };
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: Response): Promise<Health> {
    const reason = await this.readiness.hindrance();
    if (reason === undefined) return { status: 'ok' };
    response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: 'unavailable', reason };
  }
}
