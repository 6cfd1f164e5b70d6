import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNetworkName } from '../../../lib/core/values/network-name.ts';

describe('the name of a network', () => {
  it.each([
    ['network.example', 'network.example'],
    ['https://network.example/', 'network.example'],
    ['HTTP://WWW.Network.Example', 'network.example'],
    ['  network.example  ', 'network.example'],
    ['network.example.', 'network.example'],
    ['network.example:80', 'network.example'],
    ['https://network.example:443/', 'network.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['network.example:8080', 'network.example:8080'],
    ['https://network.example/Blogs/', 'network.example/blogs'],
    ['network.example:8080/staging/', 'network.example:8080/staging'],
    ['staging.network.example', 'staging.network.example'],
    ['localhost:8080', 'localhost:8080'],
    ['192.168.1.5', '192.168.1.5'],
    ['http://[::1]:8080/', '[::1]:8080'],
    ['www.', 'www'],
  ])('of %j is %s', (text, name) => {
    expect(parseNetworkName(text)).toBe(name);
  });

  it.each([
    '',
    '   ',
    'net work',
    'user:password@network.example',
    'network.example?x=1',
    'network.example#top',
    'https://',
    '/path',
    'network.example:99999',
    'network\\example',
    '..',
    `${'a'.repeat(600)}.example`,
    `network.example/${'ü'.repeat(200)}`,
  ])('cannot be read from %j', (text) => {
    expect(parseNetworkName(text)).toBeUndefined();
  });

  it('is read back as it is: the bus, the ledger and the settings carry it as text', () => {
    const parts = fc.constantFrom(
      'www.',
      'http://',
      'https://',
      '.',
      '/',
      ':',
      '80',
      '443',
      'a',
      'Ü',
      '%41',
      '[::1]',
      '1',
      '..',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.array(parts, { maxLength: 9 }).map((each) => each.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const name = parseNetworkName(text);
        if (name !== undefined) expect(parseNetworkName(name)).toBe(name);
      }),
    );
  });
});
