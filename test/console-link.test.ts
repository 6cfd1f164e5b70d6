/** `{"action":"link"}`. */
import { describe, expect, it } from 'vitest';
import { DAY, iso } from '../lib/core/values/time.ts';
import { type CustomerLinks, customerLinks } from '../lib/intake/customer-links.ts';
import { readToken } from '../lib/pages/link.ts';
import { START } from './support/clock.ts';
import { key } from './support/webhooks.ts';
import { createWorld, mapped } from './support/world.ts';

const linksTo = (publicUrl: string | undefined, ownUrl?: string): (() => CustomerLinks) =>
  customerLinks({ keys: [key(1), key(2)], publicUrl }, () => ownUrl);

describe('the action link', () => {
  it('answers an address that shows the domain for thirty days, signed with the first key', async () => {
    const world = await createWorld({ customerLinks: linksTo('https://domains.example') });
    await world.deliver(mapped('shop.example', world.clock));
    const answered = await world.ask({ action: 'link', domain: 'www.Shop.example' });
    expect(answered).toEqual({
      ok: true,
      summary:
        'Whoever has this link sees how shop.example stands and what to set, until 2026-12-22, and nothing else.',
      domain: 'shop.example',
      url: expect.stringMatching(/^https:\/\/domains\.example\/domains\/shop\.example\./),
      expires_at: iso(START + 30 * DAY),
    });
    const token = String(answered['url']).split('/').at(-1) ?? '';
    expect(readToken(token, [key(1)], START)).toMatchObject({ kind: 'valid', domain: 'shop.example' });
  });

  it('works for as long as asked, a year at most', async () => {
    const world = await createWorld({ customerLinks: linksTo('https://domains.example') });
    const ask = async (days: unknown) => world.ask({ action: 'link', domain: 'shop.example', days });
    expect(await ask(7)).toMatchObject({ expires_at: iso(START + 7 * DAY) });
    for (const days of [0, 366, 1.5, '7']) {
      expect(await ask(days)).toMatchObject({
        ok: false,
        summary: expect.stringMatching(/"days" must be a whole number/),
      });
    }
  });

  it('says what the page cannot show yet, and who cannot open it', async () => {
    const world = await createWorld({ customerLinks: linksTo(undefined, 'http://127.0.0.1:8787') });
    const { url, summary } = await world.ask({ action: 'link', domain: 'new.example' });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:8787\/domains\/new\.example\./);
    expect(summary).toMatch(/knows nothing of this domain yet.*Only this machine can open it\. Set PUBLIC_URL/);
  });

  it('says what to set where nobody knows the address, and refuses what is no host name', async () => {
    const world = await createWorld();
    expect(await world.ask({ action: 'link', domain: 'shop.example' })).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/Set PUBLIC_URL/),
    });
    expect(await world.ask({ action: 'link', domain: 'localhost' })).toMatchObject({ ok: false });
  });
});
