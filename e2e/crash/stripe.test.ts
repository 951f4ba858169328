import { describeCrashes } from './crash.ts';

describeCrashes('stripe');
