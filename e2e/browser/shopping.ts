import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';

/** What a customer does on our pages and on the gateways', by clicking and typing as a person would. */
export interface Person {
  name: string;
  email: string;
  password: string;
}

export const newPerson = (name: string): Person => ({
  name,
  email: `${randomUUID()}@harbor-bakery.example`,
  password: 'seven quiet boats at noon',
});

const GATEWAYS = { stripe: /^Card/, paypal: /^PayPal/ } as const;

export const shoppingOn = (page: Page) => ({
  /** From the plans to the form of one. */
  async choose(plan: string, gateway: keyof typeof GATEWAYS): Promise<void> {
    await page.goto('/');
    await page.getByRole('link', { name: `Order ${plan}` }).click();
    await page.getByRole('heading', { level: 1, name: `Order ${plan}` }).waitFor();
    await page.getByRole('radio', { name: GATEWAYS[gateway] }).click();
  },

  async signUp({ name, email, password }: Person): Promise<void> {
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    await page.getByLabel('Country').selectOption('FR');
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
  },

  /** On the page of the link that was mailed. */
  async confirm({ password }: Person): Promise<void> {
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Confirm and sign in' }).click();
  },

  async signIn({ email, password }: Person): Promise<void> {
    await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  },

  /** Presses the button, and waits until the browser stands on the hosted page. */
  async placeOrder(gatewayUrl: string): Promise<void> {
    await page.getByRole('button', { name: /^Place order and pay/ }).click();
    await page.waitForURL((url) => url.origin === new URL(gatewayUrl).origin);
  },

  /** Presses a button of the gateway's page. */
  press: (button: string | RegExp) => page.getByRole('button', { name: button }).click(),

  /** Until our page says that the order is in this state. */
  state: (text: string) =>
    page.getByRole('heading', { level: 1 }).locator('..').getByText(text, { exact: true }).waitFor(),

  /** The licence's key, after a click. */
  async revealLicense(): Promise<string> {
    await page.getByRole('button', { name: 'Reveal' }).click();
    return page.getByLabel('license key', { exact: true }).innerText();
  },
});
export type Shopping = ReturnType<typeof shoppingOn>;
