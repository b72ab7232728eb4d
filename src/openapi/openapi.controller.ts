import { createHash } from 'node:crypto';
import { Controller, Get, Res } from '@nestjs/common';
import { type Response } from 'express';
import { HttpConfig } from '../config/http.config.js';
import { openApiDocument } from './openapi-document.js';

const MAX_AGE_S = 300;

/** The document for programs. It is the same whether the admin API is on or off. */
@Controller('openapi.json')
export class OpenapiController {
  private readonly bytes: Buffer;
  private readonly etag: string;

  constructor({ issuer }: HttpConfig) {
    this.bytes = Buffer.from(JSON.stringify(openApiDocument(issuer)));
    this.etag = `"${createHash('sha256').update(this.bytes).digest('base64url').slice(0, 22)}"`;
  }

  @Get()
  document(@Res() response: Response): void {
    response.set({ 'Cache-Control': `public, max-age=${MAX_AGE_S}`, ETag: this.etag });
    response.setHeader('Content-Type', 'application/json');
    // Express compares the ETag with If-None-Match.
    response.send(this.bytes);
  }
}
