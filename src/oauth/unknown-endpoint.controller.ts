import { All, Controller, UseFilters } from '@nestjs/common';
import { OAuthExceptionFilter } from './oauth-exception.filter.js';
import { UnknownEndpoint } from './oauth.errors.js';

/** Answers every other path under `/oauth2` in the shape of an OAuth error; registered last. */
@Controller('oauth2')
@UseFilters(OAuthExceptionFilter)
export class UnknownEndpointController {
  @All(['', '*path'])
  unknown(): never {
    throw new UnknownEndpoint();
  }
}
