import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkRegion, readRegionRecord } from '../../infra/region.ts';

const REGION = 'eu-central-1';

describe('the region of a deployment', () => {
  it('is right where it is pinned, and the last one was the same', () => {
    expect(checkRegion(REGION, 'production', { pinned: REGION, last: REGION })).toBeUndefined();
    expect(checkRegion(REGION, 'production', { pinned: REGION, last: undefined })).toBeUndefined();
  });

  it('is to be pinned', () => {
    expect(checkRegion(REGION, 'production', { pinned: undefined, last: REGION })).toMatch(
      /^Write AWS_REGION=eu-central-1 into \.env\.production\./,
    );
  });

  it.each([REGION, undefined])('is warned of where the last one was another, pinned or not (%s)', (pinned) => {
    const warning = checkRegion(REGION, 'production', { pinned, last: 'us-east-1' });
    expect(warning).toMatch(/went to us-east-1, and this one goes to eu-central-1\. It begins with an empty ledger/);
  });

  it('is refused where another is pinned', () => {
    expect(() => checkRegion(REGION, 'production', { pinned: 'us-east-1', last: 'us-east-1' })).toThrow(
      'This would deploy to eu-central-1, and .env.production says AWS_REGION=us-east-1.',
    );
  });
});

describe('the folder that is deployed from', () => {
  const folder = (files: Readonly<Record<string, string>>): string => {
    const made = mkdtempSync(join(tmpdir(), 'region-'));
    mkdirSync(join(made, '.sst'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
    return made;
  };

  it('tells what is pinned, and where the stage went last', () => {
    const outputs = JSON.stringify({ stage: 'production', region: 'us-east-1' });
    const root = folder({ '.env.production': 'A=b\nAWS_REGION="eu-central-1"\n', '.sst/outputs.json': outputs });
    expect(readRegionRecord(root, 'production')).toEqual({ pinned: REGION, last: 'us-east-1' });
    expect(readRegionRecord(root, 'shops')).toEqual({ pinned: undefined, last: undefined });
  });

  it.each([
    ['nothing was deployed', {}],
    ['an earlier version deployed', { '.sst/outputs.json': '{"stage":"production"}' }],
    ['SST was interrupted', { '.sst/outputs.json': '{"stage":"prod' }],
    ['the pin is empty', { '.env.production': 'AWS_REGION=' }],
  ])('tells nothing where %s', (_, files) => {
    expect(readRegionRecord(folder(files), 'production')).toEqual({ pinned: undefined, last: undefined });
  });
});
