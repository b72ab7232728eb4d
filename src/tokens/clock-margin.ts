/**
 * So much later than a single clock would have it, in milliseconds: instances' clocks differ, and what one has written
 * another has not yet read.
 */
export const CLOCK_MARGIN_MS = 60_000;
