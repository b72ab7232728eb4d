import { createHash } from 'node:crypto';
import { Controller, Get, Res } from '@nestjs/common';
import { type Response } from 'express';
import { HttpConfig } from '../config/http.config.js';

const MAX_AGE_S = 300;

interface Encoded {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** The document for programs. It is the same whether the admin API is on or off. */
@Controller('openapi.json')
export class OpenapiController {
  private encoded: Promise<Encoded> | undefined;

  constructor(private readonly http: HttpConfig) {}

  @Get()
  async document(@Res() response: Response): Promise<void> {
    const { bytes, etag } = await (this.encoded ??= encode(this.http.issuer));
    response.set({ 'Cache-Control': `public, max-age=${MAX_AGE_S}`, ETag: etag });
    response.setHeader('Content-Type', 'application/json');
    // Express compares the ETag with If-None-Match.
    response.send(bytes);
  }
}

/** Made when somebody asks for it: most processes are never asked, and their start does not wait for it. */
async function encode(issuer: string): Promise<Encoded> {
  const { openApiDocument } = await import('./openapi-document.js');
  const bytes = Buffer.from(JSON.stringify(openApiDocument(issuer)));
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { bytes, etag };
}
