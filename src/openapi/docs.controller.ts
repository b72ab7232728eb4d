import { Controller, Get, HttpException, Param, Res } from '@nestjs/common';
import { type Response } from 'express';
import {
  CONTENT_SECURITY_POLICY,
  DOCS_PAGE,
  INITIALIZER,
  INITIALIZER_FILE,
  SWAGGER_UI,
  SWAGGER_UI_FILES,
  SWAGGER_UI_VERSION,
} from './docs-page.js';

/** The document for people: Swagger UI, which reads `/openapi.json`. */
@Controller('docs')
export class DocsController {
  @Get()
  page(@Res() response: Response): void {
    response
      .set({ 'Cache-Control': 'no-cache', 'Content-Security-Policy': CONTENT_SECURITY_POLICY })
      .type('html')
      .send(DOCS_PAGE);
  }

  /** @throws HttpException when the page has no such file */
  @Get(':file')
  file(@Param('file') file: string, @Res() response: Response): void {
    response.set({ 'Cache-Control': 'no-cache' });
    if (file === INITIALIZER_FILE) {
      response.type('js').send(INITIALIZER);
      return;
    }
    if (!SWAGGER_UI_FILES.includes(file)) throw new HttpException('Not found', 404);
    // The times of files from a package say nothing.
    response.set('ETag', `"${SWAGGER_UI_VERSION}"`);
    response.sendFile(file, { root: SWAGGER_UI, lastModified: false, cacheControl: false });
  }
}
