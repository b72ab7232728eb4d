/** The names of a grant that is generated, in the forms that its files use. */
export class GrantName {
  private static readonly VALID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
  /** As long as a type of an auth source or an identity may be: `TYPE_NAME`. */
  private static readonly LONGEST = 32;

  private constructor(
    /** As it was given: lower case, words joined by hyphens. */
    readonly kebab: string,
  ) {}

  /** @returns nothing when it is no such name */
  static parse(name: string): GrantName | undefined {
    return name.length <= this.LONGEST && this.VALID.test(name) ? new GrantName(name) : undefined;
  }

  /** For classes. */
  get pascal(): string {
    return this.kebab.replace(/(^|-)(\w)/g, (_, _hyphen, letter: string) => letter.toUpperCase());
  }

  /** For wire names: parameters, types of auth source and identity. */
  get snake(): string {
    return this.kebab.replaceAll('-', '_');
  }
}
