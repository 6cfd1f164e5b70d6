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
  ['{"action":"map","domain":"x; rm -rf ."}', '{"action":"map","domain":"x; rm -rf ."}'],
  ['the end of the console', 'the end of the console'],
])('%s is told as %s', (text, told) => {
  expect(inCommands(text, { program: 'mrc', options: '' })).toBe(told);
});

it('names the service that is asked', () => {
  const spoken = { program: 'npx mrc', options: ' --stage a' } as const;
  expect(inCommands('Read {"action":"plan"}.', spoken)).toBe('Read npx mrc plan --stage a.');
});
