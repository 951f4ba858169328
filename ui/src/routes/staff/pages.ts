/** All pages of staff, loaded as one part. */
export { IncidentPage } from './incident.tsx';
export { StaffPage } from './index.tsx';
export { StaffSignInPage } from './sign-in.tsx';
