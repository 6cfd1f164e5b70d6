import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { READ_BY, SCHEMA, upgradeApplication, upgradeState } from '../../lib/ledger/schema.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the schema of the ledger', () => {
  it('names a version of this software as its reader, and that one is in the changelog', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const [read, has] = [READ_BY, String(version)].map((each) => each.split('.').map(Number)) as [number[], number[]];
    const [differs] = read.flatMap((part, index) => (part === has[index] ? [] : [part - (has[index] ?? 0)]));
    expect(differs ?? 0).toBeLessThanOrEqual(0);
    expect(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')).toContain(`\n## ${READ_BY} `);
  });

  it('leaves alone what is in its form already', () => {
    const state = { look: 1, failure: { under: 2 }, seen: { createdAt: 3 } } as object;
    expect(upgradeState({ ...state }, SCHEMA)).toEqual(state);
    expect(upgradeApplication({ facts: 1, clock: 2 }, SCHEMA)).toEqual({ facts: 1, clock: 2 });
  });

  it('keeps what is absent absent, and null null', () => {
    expect(upgradeState({}, 1)).toEqual({});
    expect(upgradeApplication({}, 1)).toEqual({});
    const nothing = { sharedCertificate: null, stop: null, facts: { primary: null, wildcards: [] } };
    expect(upgradeApplication(nothing, 1)).toEqual({
      sharedCertificate: null,
      abort: null,
      snapshot: { primary: null, wildcards: [] },
    });
  });
});
