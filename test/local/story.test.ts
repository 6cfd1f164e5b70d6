/** What `npm start` tells, in this process: test/docs/readme.test.ts compares what it prints. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { jsonLog } from '../../lib/util/log.ts';
import { setStage } from '../../local/stage.ts';
import { STORY_MS, tellStory } from '../../local/story.ts';

it('the demonstration tells its story to the end, and no secret with it', { timeout: 60_000 }, async () => {
  const [printed, logged]: [string[], string[]] = [[], []];
  const options = { dataDir: mkdtempSync(join(tmpdir(), 'story-')), port: 0, reconcileEveryMs: undefined };
  const stage = await setStage(STORY_MS, options, (clock) => jsonLog(clock, (line) => logged.push(line)));
  onTestFinished(async () => stage.close());
  const print = (line: string): void => void printed.push(line);
  await tellStory(stage, { print, heading: print, pause: async () => {} });
  const { runcloud, site, keyBytes } = stage;
  expect(runcloud.names).toEqual([
    'handmade.example',
    'moved.example',
    'network.example',
    ...[10, 5, 6, 7, 8, 9].map((number) => `shop-${number}.example`),
  ]);
  expect(printed.join('\n')).toMatch(/more than the 5 that the brake allows/);
  expect(printed).toContain('   flowers.example: on RunCloud, DNS pointing, certificate valid');
  expect(printed).toContain('   moved.example: on RunCloud, DNS pending, certificate waiting');
  expect(printed).toContain('   moved.example: on RunCloud, DNS moved away, certificate valid');
  const said = [...logged, ...printed].join();
  for (const secret of [site.options.key, site.options.secret, keyBytes.toString('hex'), keyBytes.toString('base64')]) {
    expect(said).not.toContain(secret);
  }
  // It ends in the present, so that what is signed by hand afterwards is not out of date.
  expect(Math.abs(stage.clock.now() - Date.now())).toBeLessThan(1_000);
});
