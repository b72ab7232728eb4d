import { describeConformance } from 'nest-ciam/conformance';
import { conformance } from './sms-otp.conformance.js';

describeConformance(conformance);
