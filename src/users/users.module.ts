import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ExternalIdentity } from './external-identity.entity.js';
import { UserDirectory } from './user-directory.js';
import { User } from './user.entity.js';
import { UserLookUps } from './user-look-ups.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([User, ExternalIdentity])],
  providers: [UsersService, UserLookUps, UserDirectory],
  exports: [UsersService, UserDirectory],
})
export class UsersModule {}
