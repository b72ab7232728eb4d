import { Entity, PrimaryColumn } from 'typeorm';
import { TimestampColumn } from './columns.js';

/** Work that one instance has taken upon itself, until when. */
@Entity('leases')
export class Lease {
  @PrimaryColumn('varchar', { length: 64 })
  name: string;

  @TimestampColumn()
  expiresAt: Date;
}
