/**
 * What end-to-end tests of grants, and of whoever signs in here, are made of.
 *
 * @packageDocumentation
 */
export {
  holdIntervals,
  letIntervalsPass,
  letTimePass,
  moveClock,
  resetClock,
  stopClock,
} from './testing/clock.js';
export {
  APP_ID,
  APP_SECRET,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  CODE_GRANT,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from './testing/factories.js';
export {
  ISSUER,
  startCiam,
  type CiamTestOptions,
  type IssuedTokens,
  type RunningCiam,
} from './testing/start-ciam.js';
export { startSimulator, type RunningSimulator, type SimulatorOptions } from './simulator/start-simulator.js';
