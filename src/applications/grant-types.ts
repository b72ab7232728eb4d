import { Injectable } from '@nestjs/common';
import { type ApplicationType } from './application.entity.js';

/** A grant that the token endpoint knows. */
export interface KnownGrantType {
  readonly grantType: string;
  /** The types of application that may use it. */
  readonly applicationTypes: readonly ApplicationType[];
}

/** The grants that are registered: what applications may be given, and what discovery publishes. */
@Injectable()
export class GrantTypes {
  private readonly known = new Map<string, KnownGrantType>();

  add(grant: KnownGrantType): void {
    this.known.set(grant.grantType, grant);
  }

  get(grantType: string): KnownGrantType | undefined {
    return this.known.get(grantType);
  }

  /** Their names, in alphabetical order. */
  names(): string[] {
    return [...this.known.keys()].sort();
  }
}
