import { Anchor, Button, Container, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { ask, client } from '../api.ts';
import { forgetPersonal, meQuery, signedOut } from '../queries.ts';

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

  const signOut = async () => {
    await ask(client['sign-out'].$post());
    await router.navigate({ to: '/' });
    signedOut();
    forgetPersonal();
  };

  return (
    <header className="site-header">
      <Container size="lg" py="sm">
        <Group justify="space-between" gap="sm">
          <Link to="/" className="brand">
            <img src="/favicon.svg" alt="" width={28} height={28} />
            Hostwright
          </Link>
          <Group component="nav" aria-label="Main" gap="md">
            <Anchor renderRoot={(props) => <Link to="/" {...props} />}>Plans</Anchor>
            {me?.kind === 'customer' && (
              <Anchor renderRoot={(props) => <Link to="/orders" {...props} />}>Your orders</Anchor>
            )}
            {me?.kind === 'staff' && <Anchor renderRoot={(props) => <Link to="/staff" {...props} />}>Staff</Anchor>}
            {me && (
              <>
                <Text size="sm" c="dimmed" visibleFrom="sm">
                  {me.name}
                </Text>
                <Button variant="default" size="xs" onClick={() => void signOut()}>
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
      </Container>
    </header>
  );
}
