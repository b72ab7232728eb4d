import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ResourceServerModule } from './resource-server.module.js';

const {
  ISSUER = 'http://127.0.0.1:3000',
  AUDIENCE = 'WECHAT_MINI_PROGRAM_CLIENT_ID',
  PORT = '4000',
} = process.env;

const module = ResourceServerModule.forRoot({ issuer: ISSUER, audience: AUDIENCE.split(',') });
const app = await NestFactory.create(module);
await app.listen(Number(PORT), '127.0.0.1');
