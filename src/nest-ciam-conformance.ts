/**
 * What every grant must do, to be tried on one.
 *
 * @packageDocumentation
 */
export { checkConformance, describeConformance, type CheckResult } from './conformance/conformance.js';
export {
  ConformanceFailure,
  type ClientUnderTest,
  type GrantUnderTest,
} from './conformance/grant-under-test.js';
