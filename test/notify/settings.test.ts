import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseNotifySettings } from '../../lib/notify/settings.ts';
import { keyText } from '../support/webhooks.ts';

const SLACK = 'https://hooks.slack.com/services/T0/B0/MARKEDSECRET';
const URL_ = 'https://hooks.example/in?token=MARKEDSECRET';

function parsed(raw: Record<string, string>) {
  const result = parseNotifySettings(raw);
  if (!result.ok) throw new Error(result.faults.join(' '));
  return result.settings;
}

function faults(raw: Record<string, string>): string {
  const result = parseNotifySettings(raw);
  return result.ok ? '' : result.faults.join(' ');
}

describe('settings of who is told', () => {
  it('name nobody by default', () => {
    expect(parsed({})).toEqual({ receivers: [], reach: 'public' });
  });

  it('name a receiver of signed webhooks, and one that takes text', () => {
    const { receivers } = parsed({ NOTIFY_URL: URL_, NOTIFY_SECRET: keyText(1), SLACK_WEBHOOK_URL: SLACK });
    expect(receivers.map(({ name, host }) => [name, host])).toEqual([
      ['webhook', 'hooks.example'],
      ['slack', 'hooks.slack.com'],
    ]);
  });

  it('show no address and no key, whole or in part, wherever they are printed', () => {
    const settings = parsed({ NOTIFY_URL: URL_, NOTIFY_SECRET: keyText(1), SLACK_WEBHOOK_URL: SLACK });
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toMatch(/MARKED|services|token|AQEB/);
  });

  it('take two keys while they are changed, and no more', () => {
    const [receiver] = parsed({ NOTIFY_URL: URL_, NOTIFY_SECRET: `${keyText(1)} ${keyText(2)}` }).receivers;
    expect(receiver?.name === 'webhook' && receiver.keys).toHaveLength(2);
    const three = [1, 2, 3].map((fill) => keyText(fill)).join(' ');
    expect(faults({ NOTIFY_URL: URL_, NOTIFY_SECRET: three })).toMatch(/^NOTIFY_SECRET holds 3 keys\./);
  });

  it.each([
    ['NOTIFY_URL without its key', { NOTIFY_URL: URL_ }, /^NOTIFY_SECRET is missing: .* whsec_/],
    ['a key without its address', { NOTIFY_SECRET: keyText(1) }, /^NOTIFY_SECRET is set and NOTIFY_URL is not/],
    [
      'a key that is none',
      { NOTIFY_URL: URL_, NOTIFY_SECRET: 'MARKED' },
      /^NOTIFY_SECRET: a key begins with whsec_\.$/,
    ],
    ['what is no address', { SLACK_WEBHOOK_URL: 'MARKED' }, /^SLACK_WEBHOOK_URL has to be an https address\./],
    ['another protocol', { SLACK_WEBHOOK_URL: 'ftp://MARKED.example/' }, /has to be an https address/],
    ['a user name', { SLACK_WEBHOOK_URL: 'https://MARKED:x@hooks.example/' }, /must not have a user name/],
    ['a fragment', { SLACK_WEBHOOK_URL: 'https://hooks.example/#MARKED' }, /must not have .* a #/],
    [
      'http',
      { SLACK_WEBHOOK_URL: 'http://hooks.example/MARKED' },
      /Use https\. \(NOTIFY_ALLOW_PRIVATE=true allows http/,
    ],
    ['loopback', { SLACK_WEBHOOK_URL: 'https://127.0.0.1/' }, /127\.0\.0\.1 is not public \(loopback\)/],
    ['loopback in another form', { SLACK_WEBHOOK_URL: 'https://0x7f.1/' }, /127\.0\.0\.1 is not public/],
    ["a cloud's metadata", { SLACK_WEBHOOK_URL: 'https://169.254.169.254/' }, /is not public \(link-local\)/],
    ['private IPv6', { SLACK_WEBHOOK_URL: 'https://[fd00::1]/' }, /fd00::1 is not public \(private\)/],
    ['IPv6 that stands for IPv4', { SLACK_WEBHOOK_URL: 'https://[::ffff:10.0.0.1]/' }, /is not public \(private\)/],
    ['neither true nor false', { NOTIFY_ALLOW_PRIVATE: 'yes' }, /^NOTIFY_ALLOW_PRIVATE has to be true or false\.$/],
  ])('are refused in words for %s, which repeat no value', (_, raw, fault) => {
    const said = faults(raw as Record<string, string>);
    expect(said).toMatch(fault);
    expect(said).not.toContain('MARKED');
  });

  it('report every fault at once', () => {
    const all = parseNotifySettings({ NOTIFY_URL: URL_, SLACK_WEBHOOK_URL: 'x', NOTIFY_ALLOW_PRIVATE: 'x' });
    expect(all.ok ? [] : all.faults).toHaveLength(3);
  });

  it('allow http and private addresses where NOTIFY_ALLOW_PRIVATE is true', () => {
    const { reach, receivers } = parsed({ SLACK_WEBHOOK_URL: 'http://10.0.0.7:8065/x', NOTIFY_ALLOW_PRIVATE: 'true' });
    expect([reach, receivers[0]?.host]).toEqual(['private too', '10.0.0.7:8065']);
  });

  it('tell a receiver by its address and its keys', () => {
    const prints = [
      { NOTIFY_URL: URL_, NOTIFY_SECRET: keyText(1) },
      { NOTIFY_URL: URL_, NOTIFY_SECRET: keyText(2) },
      { NOTIFY_URL: `${URL_}x`, NOTIFY_SECRET: keyText(1) },
      { NOTIFY_URL: URL_, NOTIFY_SECRET: keyText(1), NOTIFY_ALLOW_PRIVATE: 'true' },
    ].map((raw) => parsed(raw).receivers[0]?.fingerprint);
    expect(new Set(prints).size).toBe(4);
  });
});
