import { Module } from '@nestjs/common';
import { UnknownEndpointController } from './unknown-endpoint.controller.js';

/** A module of its own, because it must come after every module with a path under `/oauth2`. */
@Module({ controllers: [UnknownEndpointController] })
export class UnknownEndpointModule {}
