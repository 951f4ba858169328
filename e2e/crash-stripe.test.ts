import { describeCrashes } from './crash/crash.ts';

describeCrashes('stripe');
