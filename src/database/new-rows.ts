import { type DataSource, type EntityManager, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { type QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { RowShape, type Statement } from './row-shape.js';

/**
 * Takes rows that are to be inserted: an `EntityManager` does so at once.
 *
 * @publicApi
 */
export interface RowWriter {
  insert<Entity extends ObjectLiteral>(
    target: EntityTarget<Entity>,
    row: QueryDeepPartialEntity<Entity>,
  ): Promise<unknown>;
}

/** Rows that are inserted later, all of a table by one statement. Each has a value for every column. */
export class NewRows implements RowWriter {
  private readonly rows = new Map<EntityTarget<ObjectLiteral>, ObjectLiteral[]>();

  /** The rows of all of them. */
  static together(all: readonly NewRows[]): NewRows {
    const together = new NewRows();
    for (const { rows } of all) {
      for (const [target, objects] of rows) together.of(target).push(...objects);
    }
    return together;
  }

  insert<Entity extends ObjectLiteral>(
    target: EntityTarget<Entity>,
    row: QueryDeepPartialEntity<Entity>,
  ): Promise<void> {
    this.of(target).push(row);
    return Promise.resolve();
  }

  /** What inserts them: rows that others refer to first. */
  statements(dataSource: DataSource): Statement[] {
    return [...this.rows]
      .map(([target, objects]) => ({ shape: RowShape.of(dataSource, target), objects }))
      .sort((one, other) => one.shape.depth - other.shape.depth)
      .map(({ shape, objects }) => shape.insert(objects));
  }

  /** @param manager of a unit of work */
  async insertBy(manager: EntityManager): Promise<void> {
    for (const { sql, parameters } of this.statements(manager.connection)) {
      await manager.query(sql, [...parameters]);
    }
  }

  private of(target: EntityTarget<ObjectLiteral>): ObjectLiteral[] {
    const objects = this.rows.get(target) ?? [];
    this.rows.set(target, objects);
    return objects;
  }
}
