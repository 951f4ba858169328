import { existsSync } from 'node:fs';
import bundled from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** A Chromium of the user's, by CHROME_PATH or where it usually is; else the one that came with the packages. */
export async function openBrowser(): Promise<Browser> {
  const own = process.env.CHROME_PATH ?? INSTALLED.find((path) => existsSync(path));
  if (!own && process.platform !== 'linux') {
    throw new Error('There is no Chromium here. Install Chrome, or name a Chromium in CHROME_PATH.');
  }
  // Chromium refuses to run as root with its sandbox on; all it visits here is ours.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: own ?? (await bundled.executablePath()), args, headless: true });
}
