import { Anchor, Button, Container, Group } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { ask, client, Refused } from '../api.ts';
import { Problem } from './problem.tsx';
import { forgetPersonal, meQuery, signedOut } from '../queries/people.ts';

/** What surrounds every page. */
export function Layout() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    // Without a page load nobody tells a screen reader that the page is another one.
    if (shown.current !== pathname) main.current?.focus();
    shown.current = pathname;
  }, [pathname]);

  return (
    <>
      <a href="#main" className="skip-link">
        Skip to the content
      </a>
      <Header />
      <main id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}

const NAV = { size: 'sm', underline: 'hover' } as const;

function Header() {
  const router = useRouter();
  const { data: me } = useQuery(meQuery);
  const who = me?.id;
  const asked = useRef(who);
  useEffect(() => {
    // Somebody else, or nobody: the page asks again whether it may be shown.
    if (asked.current !== undefined && asked.current !== who) void router.invalidate();
    asked.current = who;
  }, [who, router]);

  const signOut = useMutation({
    mutationFn: async () => {
      await ask(client['sign-out'].$post()).catch((error: unknown) => {
        if (!(error instanceof Refused && error.status === 401)) throw error;
      });
      await router.navigate({ to: '/' });
      signedOut();
      forgetPersonal();
    },
  });

  return (
    <header className="site-header">
      <Container size="lg" py="sm">
        <Group justify="space-between" gap="sm">
          <Link to="/" className="brand">
            <img src="/favicon.svg" alt="" width={28} height={28} />
            Hostwright
          </Link>
          <Group component="nav" aria-label="Main" gap="sm">
            <Anchor {...NAV} renderRoot={(props) => <Link to="/" activeOptions={{ exact: true }} {...props} />}>
              Plans
            </Anchor>
            {me?.kind === 'customer' && (
              <Anchor {...NAV} renderRoot={(props) => <Link to="/orders" {...props} />}>
                Your orders
              </Anchor>
            )}
            {me?.kind === 'staff' && (
              <Anchor {...NAV} renderRoot={(props) => <Link to="/staff" {...props} />}>
                Staff
              </Anchor>
            )}
            {me && (
              <>
                <Anchor {...NAV} visibleFrom="sm" renderRoot={(props) => <Link to="/security" {...props} />}>
                  {me.name}
                </Anchor>
                <Button variant="default" size="xs" loading={signOut.isPending} onClick={() => signOut.mutate()}>
                  Sign out
                </Button>
              </>
            )}
            {me === null && (
              <Button size="xs" variant="default" renderRoot={(props) => <Link to="/sign-in" {...props} />}>
                Sign in
              </Button>
            )}
          </Group>
        </Group>
        <Problem error={signOut.error} />
      </Container>
    </header>
  );
}
