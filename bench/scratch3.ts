import http from 'node:http';
import { openBed } from './harness.ts';
import { openShop } from './orders.ts';
const seen: string[] = []; let conns = 0;
const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (this: http.Server, name: string, ...args: any[]) { if (name === 'request') seen.push(`${args[0].method} ${args[0].headers.host} ${args[0].url.slice(0, 110)}`); if (name === 'connection') conns += 1; return (emit as any).call(this, name, ...args); } as any;
const bed = await openBed(() => {});
const shop = await openShop(bed);
for (let i = 0; i < 6; i += 1) await shop.order();
seen.length = 0; conns = 0;
for (let i = 0; i < 3; i += 1) { await shop.order(); await new Promise((r) => setTimeout(r, 300)); console.log('--', conns); console.log(seen.splice(0).join('\n')); conns = 0; }
console.log(shop.stage.vendors.stripe.url, shop.stage.vendors.panel.url);
await shop.close(); await bed.close(); process.exit(0);
