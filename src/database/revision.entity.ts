import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How often something has been changed that every process keeps in memory. */
@Entity('revisions')
export class Revision {
  @PrimaryColumn('varchar', { length: 64 })
  name: string;

  @Column('int')
  value: number;
}
