import { expect, it } from 'vitest';
import { inCommands } from '../../cli/words.ts';

it.each([
  ['Read {"action":"plan"}.', 'Read mrc plan.'],
  ['{"action":"plan"} of the console shows all.', 'mrc plan shows all.'],
  ['{"action":"unmap","domain":"shop.example"} removes it', 'mrc unmap shop.example removes it'],
  ['{"action":"domain","domain":"shop.example"}', 'mrc why shop.example'],
  ['{"action":"adopt","domains":["a.example","b.example"]}', 'mrc adopt a.example b.example'],
  ['{"action":"adopt","domains":"all"}', 'mrc adopt --all'],
  ['{"action":"apply","checksum":"0123456789abcdef"}', 'mrc apply 0123456789abcdef'],
  ['{"action":"apply","checksum":"…"}', 'mrc apply'],
  ['{"action":7}', '{"action":7}'],
  ['{"other":1}', '{"other":1}'],
])('%s is told as %s', (text, told) => {
  expect(inCommands(text, '')).toBe(told);
});

it('names the service that is asked', () => {
  expect(inCommands('Read {"action":"plan"}.', ' --stage a')).toBe('Read mrc plan --stage a.');
});
