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
  ])('reads %s as %s', (text, spoken) => {
    expect(inCommands(text, '')).toBe(spoken);
  });

  it('name the service where that takes options', () => {
    expect(inCommands('{"action":"plan"}', ' --stage production')).toBe('mrc plan --stage production');
  });
});
