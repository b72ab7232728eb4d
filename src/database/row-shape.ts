import { type DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { type ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/** A statement with a value for each of its question marks. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** For a list of so many values. */
export function placeholders(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}

/** As a database answers it. */
export type Row = Readonly<Record<string, unknown>>;

/** A table in a `SELECT`. */
export interface Alias<Entity> {
  /** All its columns. */
  readonly selection: string;
  /** The object that a row has of it. */
  read(row: Row): Entity;
}

type Shapes = Map<EntityTarget<ObjectLiteral>, RowShape<ObjectLiteral>>;

const known = new WeakMap<DataSource, Shapes>();

/**
 * How the objects of an entity are stored, read off its metadata once: for the few statements of every login, which a
 * query builder would compose anew each time.
 */
export class RowShape<Entity extends ObjectLiteral> {
  /** How many tables its foreign keys go through, one after the other: rows of a lower depth are inserted first. */
  readonly depth: number;
  private readonly columns: readonly ColumnMetadata[];
  private readonly insertion: string;
  private readonly placeholders: string;

  private constructor(
    private readonly dataSource: DataSource,
    private readonly target: EntityTarget<Entity>,
  ) {
    const { columns, foreignKeys, tableName } = dataSource.getMetadata(target);
    const depths = foreignKeys.map(({ referencedEntityMetadata }) => referencedEntityMetadata.target);
    this.depth = Math.max(0, ...depths.map((referenced) => RowShape.of(dataSource, referenced).depth + 1));
    this.columns = columns;
    const names = columns.map(({ databaseName }) => this.escape(databaseName));
    this.insertion = `INSERT INTO ${this.escape(tableName)}(${names.join(', ')}) VALUES `;
    this.placeholders = `(${placeholders(columns.length)})`;
  }

  static of<Entity extends ObjectLiteral>(
    dataSource: DataSource,
    target: EntityTarget<Entity>,
  ): RowShape<Entity> {
    const shapes: Shapes = known.get(dataSource) ?? new Map<EntityTarget<ObjectLiteral>, never>();
    known.set(dataSource, shapes);
    const shape = shapes.get(target) ?? new RowShape<ObjectLiteral>(dataSource, target);
    shapes.set(target, shape);
    return shape as RowShape<Entity>;
  }

  /** Inserts the objects, which have a value for every column, in their order. */
  insert(objects: readonly ObjectLiteral[]): Statement {
    const { driver } = this.dataSource;
    return {
      sql: this.insertion + objects.map(() => this.placeholders).join(', '),
      parameters: objects.flatMap((object) =>
        this.columns.map(
          (column): unknown => driver.preparePersistentValue(object[column.propertyName], column) ?? null,
        ),
      ),
    };
  }

  /** The table under a name of its own in a `SELECT`. */
  as(alias: string): Alias<Entity> {
    const { driver } = this.dataSource;
    const columns = this.columns.map((column) => ({ column, name: `${alias}_${column.databaseName}` }));
    const selected = columns.map(
      ({ column, name }) => `${alias}.${this.escape(column.databaseName)} AS ${this.escape(name)}`,
    );
    return {
      selection: selected.join(', '),
      read: (row) => {
        const object = new (this.target as new () => Record<string, unknown>)();
        for (const { column, name } of columns) {
          object[column.propertyName] = driver.prepareHydratedValue(row[name], column);
        }
        return object as Entity;
      },
    };
  }

  private escape(name: string): string {
    return this.dataSource.driver.escape(name);
  }
}
