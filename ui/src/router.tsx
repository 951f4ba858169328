import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type ParsedLocation,
} from '@tanstack/react-router';
import type { QueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { Currency, Cycle } from '#api/contracts/catalog.ts';
import { PlaceOrder } from '#api/contracts/orders.ts';
import { Layout } from './components/layout.tsx';
import { NotThere, Waiting, WentWrong } from './components/states.tsx';
import { queries } from './queries/client.ts';
import { meQuery } from './queries/people.ts';
import { AccountLinkPage } from './routes/account-link.tsx';
import { ForgotPasswordPage } from './routes/forgot-password.tsx';
import { OrderPage } from './routes/order/plan.tsx';
import { OrderProgressPage } from './routes/orders/order.tsx';
import { OrdersPage } from './routes/orders/index.tsx';
import { PanelPasswordPage } from './routes/panel-password.tsx';
import { PlansPage } from './routes/index.tsx';
import { SignInPage } from './routes/sign-in.tsx';
import { SignUpPage } from './routes/sign-up.tsx';

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Layout, notFoundComponent: NotThere });

/** Asks who is there before a personal page is shown, and sends strangers to sign in and back. */
async function signedInOnly({ location }: { location: ParsedLocation }): Promise<void> {
  if (await queries.ensureQueryData(meQuery)) return;
  throw redirect({ to: '/sign-in', search: { next: location.href } });
}

async function staffOnly({ location }: { location: ParsedLocation }): Promise<void> {
  const me = await queries.ensureQueryData(meQuery);
  if (me?.second_factor === 'required') throw redirect({ to: '/security', search: { next: location.href } });
  if (me?.kind === 'staff') return;
  throw redirect({ to: '/staff/sign-in', search: { next: location.href } });
}

/** What an address says badly counts as not said. */
const lenient = <S extends z.ZodType>(schema: S) => schema.optional().catch(undefined);
const Next = z.object({ next: lenient(z.string()) });
const Offer = z.object({ cycle: lenient(Cycle), currency: lenient(Currency) });

const plans = createRoute({ getParentRoute: () => root, path: '/', validateSearch: Offer, component: PlansPage });
const order = createRoute({
  getParentRoute: () => root,
  path: '/order/$plan',
  validateSearch: Offer.extend({ gateway: lenient(PlaceOrder.shape.gateway) }),
  component: OrderPage,
});
const orders = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  beforeLoad: signedInOnly,
  component: OrdersPage,
});
const progress = createRoute({
  getParentRoute: () => root,
  path: '/orders/$id',
  // `go`: on to the payment page as soon as it is there. `from`: where the gateway sent the browser back from.
  validateSearch: z.object({ go: lenient(z.literal('pay')), from: lenient(z.enum(['checkout', 'cancel'])) }),
  beforeLoad: signedInOnly,
  component: OrderProgressPage,
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: Next,
  component: SignInPage,
});
const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  validateSearch: Next,
  component: SignUpPage,
});
const forgotPassword = createRoute({
  getParentRoute: () => root,
  path: '/forgot-password',
  validateSearch: z.object({ as: lenient(z.literal('staff')) }),
  component: ForgotPasswordPage,
});
const accountLink = createRoute({
  getParentRoute: () => root,
  path: '/account/$token',
  validateSearch: Next,
  component: AccountLinkPage,
});
const security = createRoute({
  getParentRoute: () => root,
  path: '/security',
  validateSearch: Next,
  beforeLoad: signedInOnly,
  component: lazyRouteComponent(() => import('./routes/security.tsx'), 'SecurityPage'),
});
const reference = createRoute({
  getParentRoute: () => root,
  path: '/reference',
  component: lazyRouteComponent(() => import('./routes/reference.tsx'), 'ReferencePage'),
});
const panelPassword = createRoute({
  getParentRoute: () => root,
  path: '/panel-password/$token',
  component: PanelPasswordPage,
});

// Staff pages come in a part of their own, so that customers do not load them.
const staffSignIn = createRoute({
  getParentRoute: () => root,
  path: '/staff/sign-in',
  validateSearch: Next,
  component: lazyRouteComponent(() => import('./routes/staff/pages.ts'), 'StaffSignInPage'),
});
const staff = createRoute({
  getParentRoute: () => root,
  path: '/staff',
  validateSearch: z.object({ q: lenient(z.coerce.string()) }),
  beforeLoad: staffOnly,
  component: lazyRouteComponent(() => import('./routes/staff/pages.ts'), 'StaffPage'),
});
const incident = createRoute({
  getParentRoute: () => root,
  path: '/staff/incidents/$id',
  beforeLoad: staffOnly,
  component: lazyRouteComponent(() => import('./routes/staff/pages.ts'), 'IncidentPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    plans,
    order,
    orders,
    progress,
    signIn,
    signUp,
    forgotPassword,
    accountLink,
    security,
    panelPassword,
    reference,
    staffSignIn,
    staff,
    incident,
  ]),
  context: { queries },
  defaultPreload: 'intent',
  defaultPendingComponent: Waiting,
  defaultErrorComponent: WentWrong,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
