import { Delete, Get, Headers, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { type Response } from 'express';
import { AuthSourceSettings } from '../../auth-sources/auth-source-settings.js';
import { ProvisioningConfig } from '../../config/provisioning.config.js';
import { AuthSourceAdministration } from '../auth-source-administration.js';
import { MappingPreview, MappingPreviewRequest } from '../mapping-preview.js';
import { type Operator } from '../operator.js';
import { AdminBody } from './admin-body.js';
import { AdminController, NotStored } from './admin-controller.js';
import { AdminQuery, QueryType } from './admin-query.js';
import { PageQuery, pageAnswer, pageRequest } from '../page-query.js';
import { refusePlaceholder } from './placeholder-secret.js';
import { RequestOperator } from './request-operator.js';
import { answerResource, locate } from './resource-answer.js';

@AdminController('auth-sources')
export class AuthSourcesController {
  constructor(
    private readonly authSources: AuthSourceAdministration,
    private readonly mappingPreview: MappingPreview,
    private readonly config: ProvisioningConfig,
  ) {}

  @Get()
  @QueryType(PageQuery)
  @NotStored()
  async list(@AdminQuery() query: PageQuery) {
    return pageAnswer(await this.authSources.list(pageRequest(query)));
  }

  @Post()
  async create(
    @AdminBody({ type: AuthSourceSettings, nulls: 'refused' }) settings: AuthSourceSettings,
    @RequestOperator() operator: Operator,
    @Res() response: Response,
  ): Promise<void> {
    refusePlaceholder(this.config, 'app_secret', settings.app_secret);
    const { answer, etag } = await this.authSources.create(settings, operator);
    locate(response, 'auth-sources', settings.id);
    answerResource(response, 201, answer, etag);
  }

  @Get(':id')
  async read(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const { answer, etag } = await this.authSources.read(id);
    answerResource(response, 200, answer, etag);
  }

  @Patch(':id')
  async change(
    @AdminBody({ type: AuthSourceSettings, nulls: 'refused', inPath: 'id' }) settings: AuthSourceSettings,
    @Headers('if-match') ifMatch: string | undefined,
    @RequestOperator() operator: Operator,
    @Res() response: Response,
  ): Promise<void> {
    refusePlaceholder(this.config, 'app_secret', settings.app_secret);
    const { answer, etag } = await this.authSources.change(settings, ifMatch, operator);
    answerResource(response, 200, answer, etag);
  }

  @Delete(':id')
  @HttpCode(204)
  @NotStored()
  remove(
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @RequestOperator() operator: Operator,
  ): Promise<void> {
    return this.authSources.remove(id, ifMatch, operator);
  }

  /** What a login with such a profile would write, and why. Writes nothing. */
  @Post(':id/attribute-mapping/preview')
  @HttpCode(200)
  @NotStored()
  preview(
    @Param('id') id: string,
    @AdminBody({ type: MappingPreviewRequest, nulls: 'cleared' }) request: MappingPreviewRequest,
  ) {
    return this.mappingPreview.preview(id, request);
  }
}
