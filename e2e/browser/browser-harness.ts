import { openProduct, until, type Product } from '../harness/product.ts';
import { openBrowser } from './browser.ts';
import { builtPages } from './pages.ts';
import { shoppingOn, type Person, type Shopping } from './shopping.ts';
import { visitorOf, type Visitor, type VisitorOptions } from './visitor.ts';

export type Shopper = Visitor & { shop: Shopping };

/** The running product with its pages, and people who visit it. */
export async function openBrowserHarness() {
  const folder = await builtPages();
  const product: Product = await openProduct('browser');
  // Visitors come from networks of their own, so that limits per network do not add up over the stories.
  const settings = { UI_DIR: folder, TEMPORAL_UI_URL: 'http://localhost:8233', TRUSTED_PROXIES: '127.0.0.1' };
  Object.assign(product.environment, settings);
  await Promise.all([product.startApi(), product.startWorker()]);
  const browser = await openBrowser();
  const visitors: Visitor[] = [];

  const visit = async (options?: VisitorOptions): Promise<Shopper> => {
    const visitor = await visitorOf(browser, product.api, options);
    visitors.push(visitor);
    return { ...visitor, shop: shoppingOn(visitor.page) };
  };
  /** The newest link to a page of ours in the mails to somebody. @param subject  part of the mail's */
  const linkTo = (page: 'panel-password' | 'account', { email }: Person, subject = ''): Promise<string> =>
    until(async () => {
      const mails = (await product.vendors.mails(email)).filter((mail) => mail.subject.includes(subject));
      const links = mails.map(({ text }) => new RegExp(`https?:\\S+/${page}/\\S+`).exec(text)?.[0]);
      return links.findLast((link) => link !== undefined);
    });

  return {
    product,
    /** All so far. */
    visitors,
    visit,
    /** Someone known signs in, orders Starter, and stands on the gateway's page. */
    async atGateway(person: Person, gateway: 'stripe' | 'paypal'): Promise<Shopper> {
      const shopper = await visit();
      await shopper.page.goto('/sign-in');
      await shopper.shop.signIn(person);
      await shopper.page.getByRole('heading', { name: 'Your orders' }).waitFor();
      await shopper.shop.choose('Starter', gateway);
      await shopper.shop.placeOrder(product.vendors[gateway].url);
      return shopper;
    },
    /** The link to set the panel's password, in the welcome mail. */
    linkInWelcome: (person: Person) => linkTo('panel-password', person),
    /** The newest link in a mail about an account. */
    accountLink: (person: Person, subject?: string) => linkTo('account', person, subject),
    async close() {
      await browser.close();
      await product.close();
    },
  };
}
export type BrowserHarness = Awaited<ReturnType<typeof openBrowserHarness>>;
