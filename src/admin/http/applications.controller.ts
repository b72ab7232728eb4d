import { Delete, Get, Headers, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { type Response } from 'express';
import { ApplicationSettings } from '../../applications/application-settings.js';
import { ProvisioningConfig } from '../../config/provisioning.config.js';
import { ApplicationAdministration, type AdministratedApplication } from '../application-administration.js';
import { type Operator } from '../operator.js';
import { AdminBody } from './admin-body.js';
import { AdminController, NotStored } from './admin-controller.js';
import { AdminQuery, QueryType } from './admin-query.js';
import { PageQuery, pageAnswer, pageRequest } from '../page-query.js';
import { refusePlaceholder } from './placeholder-secret.js';
import { RequestOperator } from './request-operator.js';
import { answerResource, locate } from './resource-answer.js';

@AdminController('applications')
export class ApplicationsController {
  constructor(
    private readonly applications: ApplicationAdministration,
    private readonly config: ProvisioningConfig,
  ) {}

  @Get()
  @QueryType(PageQuery)
  @NotStored()
  async list(@AdminQuery() query: PageQuery) {
    return pageAnswer(await this.applications.list(pageRequest(query)));
  }

  @Post()
  async create(
    @AdminBody({ type: ApplicationSettings, nulls: 'refused' }) settings: ApplicationSettings,
    @RequestOperator() operator: Operator,
    @Res() response: Response,
  ): Promise<void> {
    refusePlaceholder(this.config, 'client_secret', settings.client_secret);
    const created = await this.applications.create(settings, operator);
    locate(response, 'applications', settings.client_id);
    answerApplication(response, 201, created);
  }

  @Get(':client_id')
  async read(@Param('client_id') clientId: string, @Res() response: Response): Promise<void> {
    answerApplication(response, 200, await this.applications.read(clientId));
  }

  @Patch(':client_id')
  async change(
    @AdminBody({ type: ApplicationSettings, nulls: 'refused', inPath: 'client_id' })
    settings: ApplicationSettings,
    @Headers('if-match') ifMatch: string | undefined,
    @RequestOperator() operator: Operator,
    @Res() response: Response,
  ): Promise<void> {
    refusePlaceholder(this.config, 'client_secret', settings.client_secret);
    answerApplication(response, 200, await this.applications.change(settings, ifMatch, operator));
  }

  @Delete(':client_id')
  @HttpCode(204)
  @NotStored()
  remove(
    @Param('client_id') clientId: string,
    @Headers('if-match') ifMatch: string | undefined,
    @RequestOperator() operator: Operator,
  ): Promise<void> {
    return this.applications.remove(clientId, ifMatch, operator);
  }

  @Post(':client_id/rotate-secret')
  async rotateSecret(
    @Param('client_id') clientId: string,
    @RequestOperator() operator: Operator,
    @Res() response: Response,
  ): Promise<void> {
    answerApplication(response, 200, await this.applications.rotateSecret(clientId, operator));
  }
}

/** A secret that was generated is shown here and never again. */
function answerApplication(
  response: Response,
  status: 200 | 201,
  { answer, etag, clientSecret }: AdministratedApplication,
): void {
  const shown = clientSecret === undefined ? answer : { ...answer, client_secret: clientSecret };
  answerResource(response, status, shown, etag);
}
