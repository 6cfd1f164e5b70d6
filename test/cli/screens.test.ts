/** What each command shows on a bad day, as files: whoever changes a screen reads the change. `vitest -u` writes them. */
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '../../cli/service/service.ts';
import { badDay, type ScreenOptions, screen, serviceOf } from './bad-day.ts';

const SCREEN_LINES = 24;

const WIDTHS: readonly (readonly [string, ScreenOptions])[] = [
  ['80 columns', { columns: 80 }],
  ['200 columns', { columns: 200 }],
  ['a pipe', { kind: 'pipe' }],
];

/** They change nothing, or stop at the question. */
const COMMANDS: readonly (readonly [string, string])[] = [
  ['status', 'status'],
  ['status-dns', 'status --state dns,failed'],
  ['status-search', 'status --search handmade'],
  ['plan', 'plan'],
  ['apply', 'apply'],
  ['why-dns', 'why shop-0047.example'],
  ['why-caa', 'why shop-0011.example'],
  ['why-taken', 'why shop-0013.example'],
  ['why-braked', 'why shop-0210.example'],
  ['why-moved-away', 'why shop-0023.example'],
  ['why-live', 'why shop-0000.example'],
  ['why-unknown', 'why nothing.example'],
  ['why-mail', 'why shop-0047.example --mail'],
  ['verify', 'verify shop-0007.example'],
  ['unmap', 'unmap shop-0001.example'],
  ['adopt', 'adopt handmade-1.example --dry-run'],
  ['doctor', 'doctor'],
  ['quota', 'quota'],
  ['events', 'events'],
  ['events-of-one', 'events shop-0023.example'],
  ['help', '--help'],
  ['help-status', 'status --help'],
];

const QUESTIONS = /^(status|why \S+)$/;

describe('on a bad day of a network of 400 domains', () => {
  let service: Service;
  beforeAll(async () => {
    service = serviceOf(await badDay());
  });

  it.each(COMMANDS)('mrc %s shows what its file has', async (name, line) => {
    const shown: string[] = [];
    for (const [width, options] of WIDTHS) {
      const { text, errors, status } = await screen(service, line, options);
      shown.push(`──── mrc ${line}, ${width}: exit status ${status}\n${text}${errors}`);
      const lines = text.split('\n').length;
      if (QUESTIONS.test(line) && options.columns) expect([line, lines <= SCREEN_LINES]).toEqual([line, true]);
      const longest = Math.max(...text.split('\n').map(({ length }) => length));
      if (options.columns) expect([line, longest <= options.columns]).toEqual([line, true]);
    }
    await expect(shown.join('\n')).toMatchFileSnapshot(`screens/${name}.txt`);
  });

  it('mrc status is coloured where the terminal has colours, and says the same', async () => {
    const plain = await screen(service, 'status');
    const coloured = await screen(service, 'status', { colours: 'on' });
    expect(coloured.text).toContain('\u001B[31m✘\u001B[39m');
    expect(stripVTControlCharacters(coloured.text)).toBe(plain.text);
  });
});
