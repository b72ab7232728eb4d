/** How much is measured. Every number is a count of work, so that each run does the same. */
export interface Effort {
  readonly rounds: number;
  /** Requests of one scenario in one round, of those that sign. */
  readonly logins: number;
  /** Of the same on SQLite, which writes to the disk for each. */
  readonly sqliteLogins: number;
  /** Of those that do not. */
  readonly reads: number;
  /** Logins that a process has answered before it is measured alone. */
  readonly warmUp: number;
  readonly boots: number;
  /** Rounds of what is measured beside the table. */
  readonly sideRounds: number;
  /** How long the memory is watched, in milliseconds. */
  readonly loadMs: number;
  /** How many people a large installation has. */
  readonly manyPeople: number;
  /** What commands are counted in. */
  readonly counted: number;
}

export const FULL: Effort = {
  rounds: 5,
  logins: 800,
  sqliteLogins: 250,
  reads: 3000,
  warmUp: 2500,
  boots: 3,
  sideRounds: 3,
  loadMs: 60_000,
  manyPeople: 1_000_000,
  counted: 200,
};

/** While something is being built: the same things, too little of each to go by. */
export const QUICK: Effort = {
  rounds: 1,
  logins: 400,
  sqliteLogins: 100,
  reads: 1000,
  warmUp: 500,
  boots: 1,
  sideRounds: 1,
  loadMs: 0,
  manyPeople: 0,
  counted: 50,
};

/** Of the table, and wherever nothing else is said. */
export const CONNECTIONS = 32;
/** Who has signed in before. */
export const PEOPLE = 1000;
