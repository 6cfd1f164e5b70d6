/** What is typed and what is seen: the questions on a terminal that this test plays. */
import { spawn, spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Refusal } from '../../../cli/init/refusal.ts';
import { openTerminal } from '../../../cli/init/terminal.ts';

function setUp(kind: 'terminal' | 'pipe') {
  const input = Object.assign(new PassThrough(), { isTTY: kind === 'terminal', setRawMode: () => input });
  const output = new PassThrough();
  let seen = '';
  output.on('data', (part: Buffer) => {
    seen += part.toString();
  });
  const terminal = openTerminal(input, output);
  return { input, terminal, seen: () => seen };
}

describe('a question on a terminal', () => {
  it('shows what is typed, or does not', async () => {
    const { input, terminal, seen } = setUp('terminal');
    const shown = terminal.ask('Policy: ', 'shown');
    input.write('sync\r');
    expect(await shown).toBe('sync');
    const hidden = terminal.ask('Token: ', 'hidden');
    for (const letter of 'MARKEX\u007fD\r') input.write(letter);
    expect(await hidden).toBe('MARKED');
    terminal.close();
    expect(seen()).toMatch(/^Policy: .*s.*y.*n.*c/s);
    expect(seen()).toMatch(/Token: \n$/);
    expect(seen()).not.toMatch(/[MAKEX]/);
  });

  it('keeps what is pasted ahead, unseen', async () => {
    const { input, terminal, seen } = setUp('terminal');
    const first = terminal.ask('Policy: ', 'shown');
    input.write('sync\rMARKED\r');
    expect(await first).toBe('sync');
    expect(await terminal.ask('Token: ', 'hidden')).toBe('MARKED');
    expect(seen()).not.toContain('MARKED');
    terminal.close();
  });

  it('brings no earlier answer back with the arrow keys', async () => {
    const { input, terminal, seen } = setUp('terminal');
    const hidden = terminal.ask('Token: ', 'hidden');
    input.write('MARKED\r');
    await hidden;
    const shown = terminal.ask('Policy: ', 'shown');
    input.write('\u001b[A\r');
    expect(await shown).toBe('');
    expect(seen()).not.toContain('MARKED');
    terminal.close();
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('ends everything with %s', async (_, keys) => {
    const { input, terminal } = setUp('terminal');
    const hidden = terminal.ask('Token: ', 'hidden');
    input.write(keys);
    await expect(hidden).rejects.toBeInstanceOf(Refusal);
    await expect(terminal.ask('Token: ', 'hidden')).rejects.toBeInstanceOf(Refusal);
  });
});

describe('a question without a terminal', () => {
  it('takes one line each, and undefined after the last, and shows none of them', async () => {
    const { input, terminal, seen } = setUp('pipe');
    input.end('MARKED-1\nMARKED-2');
    expect(await terminal.ask('Token: ', 'hidden')).toBe('MARKED-1');
    expect(await terminal.ask('Policy: ', 'shown')).toBe('MARKED-2');
    expect(await terminal.ask('More: ', 'shown')).toBeUndefined();
    expect(seen()).toBe('Token: \nPolicy: \nMore: \n');
    expect(terminal.canRepeat).toBe(false);
  });
});

// util-linux; the script of macOS takes other arguments. The tests above play the same without it.
const hasPseudoTerminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

it.runIf(hasPseudoTerminal)('a secret typed into a real terminal is not on its screen', async () => {
  const program = `
    import { openTerminal } from './cli/init/terminal.ts';
    const terminal = openTerminal(process.stdin, process.stdout);
    const token = await terminal.ask('Token: ', 'hidden');
    const policy = await terminal.ask('Policy: ', 'shown');
    terminal.close();
    process.stdout.write('got ' + token.length + ' letters and ' + policy + '.\\n');
  `;
  const command = `"${process.execPath}" --input-type=module -e "$PROGRAM"`;
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, PROGRAM: program } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let screen = '';
  child.stdout.on('data', (part: Buffer) => {
    screen += part.toString();
  });
  const until = async (pattern: RegExp): Promise<void> => {
    for (const end = Date.now() + 20_000; Date.now() < end && !pattern.test(screen); ) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(screen).toMatch(pattern);
  };
  await until(/Token: /);
  child.stdin.write('MARKED\r');
  await until(/Policy: /);
  child.stdin.write('observe\r');
  await until(/got 6 letters and observe/);
  expect(screen).not.toContain('MARKED');
  expect(screen).toMatch(/Policy: .*observe/s);
});
