import { describe, expect, it } from 'vitest';
import { inCommands } from '../../../lib/core/values/commands.ts';

describe('actions of the console, as commands', () => {
  it.each([
    ['{"action":"verify","domain":"shop.example"} says why.', 'mrc verify shop.example says why.'],
    ['Read {"action":"plan"} of the console.', 'Read mrc plan.'],
    ['{"action":"domain","domain":"shop.example"}', 'mrc why shop.example'],
    ['{"action":"adopt","domains":["a.example","b.example"]}', 'mrc adopt a.example b.example'],
    ['{"action":"adopt","domains":"all"}', 'mrc adopt --all'],
    ['{"action":"apply","checksum":"0123456789abcdef"}', 'mrc apply 0123456789abcdef'],
    ['{"action":"apply","checksum":"…"}', 'mrc apply'],
    ['{"action":7} and {"action":"plan" stay', '{"action":7} and {"action":"plan" stay'],
    ['{"action":nothing}', '{"action":nothing}'],
    ['{"action":7}', '{"action":7}'],
    ['{"action":"map","domain":"x; rm -rf ."}', '{"action":"map","domain":"x; rm -rf ."}'],
    ['the end of the console', 'the end of the console'],
  ])('reads %s as %s', (text, spoken) => {
    expect(inCommands(text, { program: 'mrc', options: '' })).toBe(spoken);
  });

  it('name the service where that takes options, and are called as they are called there', () => {
    const spoken = { program: 'npx mrc', options: ' --stage production' } as const;
    expect(inCommands('{"action":"plan"}', spoken)).toBe('npx mrc plan --stage production');
  });
});
