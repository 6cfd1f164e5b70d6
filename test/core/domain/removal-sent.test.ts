import { describe, expect, it } from 'vitest';
import { removalsSent, withRemovalSent } from '../../../lib/core/domain/ownership.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import { iso } from '../../../lib/core/values/time.ts';
import { NOW, object } from '../builders.ts';

const AT = iso(NOW);
const BOTH: DomainState = {
  owned: { id: 7, since: AT, by: 'added' },
  ownedWww: { id: 8, since: AT, by: 'added' },
};

describe('a removal that was sent', () => {
  it('stands with the object that it was about, and not with the one beside it', () => {
    const sent = withRemovalSent(BOTH, object('www.shop.example', { id: 8 }), AT);
    expect(removalsSent(sent)).toEqual([{ id: 8, at: AT }]);
    expect(removalsSent(withRemovalSent(sent, object('shop.example'), AT))).toEqual([
      { id: 7, at: AT },
      { id: 8, at: AT },
    ]);
  });

  it('is taken back from that object alone', () => {
    const sent = withRemovalSent(withRemovalSent(BOTH, object('shop.example'), AT), object('x', { id: 8 }), AT);
    expect(removalsSent(withRemovalSent(sent, object('shop.example'), undefined))).toEqual([{ id: 8, at: AT }]);
  });

  it('changes nothing where the object is not ours', () => {
    expect(withRemovalSent({}, object('shop.example'), AT)).toEqual({});
  });
});
