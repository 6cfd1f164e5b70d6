import { describe, expect, it } from 'vitest';
import type { MappingEvent } from '../../../lib/core/domain/mapping-request.ts';
import {
  admitEvents,
  afterAdmission,
  describeRefused,
  type EventNetworks,
  expectedNetwork,
  explainRefusal,
  type NetworkKnowledge,
  type RefusedEvent,
} from '../../../lib/core/network/event-networks.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import type { NetworkName } from '../../../lib/core/values/network-name.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, host, mapRequest, NOW, SHOP, unmapRequest } from '../builders.ts';

const OURS = 'network.example' as NetworkName;
const COPY = 'staging.example' as NetworkName;
const OTHER = host('other.example');

const mapped = (network?: NetworkName): MappingEvent => ({ domain: SHOP, request: mapRequest(), network });
const unmapped = (network?: NetworkName): MappingEvent => ({ domain: SHOP, request: unmapRequest(), network });
const hint = (network: NetworkName): MappingEvent => ({ ...mapped(network), request: mapRequest({ trust: 'hint' }) });
const known = (
  configured?: NetworkName,
  remembered?: EventNetworks,
  listedHost: HostName | undefined = undefined,
): NetworkKnowledge => ({ configured, remembered, listedHost });
const refused = (more: Partial<RefusedEvent> = {}): RefusedEvent => ({
  network: COPY,
  domain: SHOP,
  kind: 'unmapped',
  at: ago(HOUR),
  ...more,
});

describe('an event', () => {
  const admit = (event: MappingEvent, ...knowledge: Parameters<typeof known>) =>
    admitEvents([event], known(...knowledge), NOW);

  it.each<[string, MappingEvent, NetworkName | undefined, EventNetworks | undefined]>([
    ['that names no network', unmapped(), OURS, { onRecord: OURS }],
    ['of any network, where none is on record', unmapped(COPY), undefined, undefined],
    ['of the network on record', unmapped(OURS), undefined, { onRecord: OURS }],
    ['of the network in the settings, whatever is on record', unmapped(OURS), OURS, { onRecord: COPY }],
  ])('%s counts', (_name, event, configured, remembered) => {
    expect(admit(event, configured, remembered)).toMatchObject({ admitted: [event], refused: [] });
  });

  it.each<[string, NetworkName | undefined, EventNetworks | undefined]>([
    ['than the one on record', undefined, { onRecord: OURS }],
    ['than the one in the settings', OURS, undefined],
    ['than the one in the settings, though it was on record', OURS, { onRecord: COPY }],
  ])('of another network %s is refused', (_name, configured, remembered) => {
    expect(admit(unmapped(COPY), configured, remembered)).toEqual({
      admitted: [],
      refused: [{ network: COPY, domain: SHOP, kind: 'unmapped', at: iso(NOW) }],
      onRecord: OURS,
      isNew: false,
    });
  });

  it.each([
    ['host', unmapped(OURS)],
    ['host, by another port and path', unmapped('network.example:8443/blogs' as NetworkName)],
  ])("of a network on the main site's %s, as the lists give it, counts and puts it on record", (_name, event) => {
    expect(admit(event, undefined, undefined, host('network.example'))).toEqual({
      admitted: [event],
      refused: [],
      onRecord: event.network,
      isNew: true,
    });
  });

  it('of a network on another host than the main site in the lists is refused, and puts none on record', () => {
    const listed = [undefined, undefined, host('network.example')] as const;
    for (const event of [unmapped(COPY), hint(COPY)]) {
      expect(admit(event, ...listed)).toMatchObject({ admitted: [], onRecord: undefined, isNew: false });
    }
    expect(admit(unmapped(), ...listed)).toMatchObject({ admitted: [unmapped()], isNew: false });
    // What is configured stands above the lists: it may be right to read them from elsewhere.
    expect(admit(unmapped(COPY), COPY, undefined, listed[2])).toMatchObject({ refused: [], isNew: false });
  });

  it('of the network in the lists takes the place of a copy that spoke before they were read, and the copy is refused', () => {
    const first = { onRecord: COPY };
    const listedHost = host('network.example');
    expect(admit(unmapped(COPY), undefined, first, listedHost)).toMatchObject({ admitted: [], onRecord: undefined });
    expect(admit(unmapped(OURS), undefined, first, listedHost)).toMatchObject({
      refused: [],
      onRecord: OURS,
      isNew: true,
    });
    expect(expectedNetwork(known(undefined, first, listedHost))).toBe('network.example');
    // The same host by another path is another network all the same.
    const blogs = 'network.example/blogs' as NetworkName;
    expect(admit(unmapped(OURS), undefined, { onRecord: blogs }, listedHost)).toMatchObject({
      admitted: [],
      onRecord: blogs,
    });
  });

  it('of the network in the lists is found in a batch behind those of another', () => {
    const events = [mapped(COPY), unmapped(OURS)];
    expect(admitEvents(events, known(undefined, undefined, host('network.example')), NOW)).toMatchObject({
      admitted: [unmapped(OURS)],
      refused: [{ network: COPY }],
      onRecord: OURS,
      isNew: true,
    });
  });

  it('is told from the others of its batch, of which the first signed one puts its network on record', () => {
    const events = [hint(COPY), mapped(), unmapped(OURS), mapped(COPY)];
    const { admitted, refused: others, onRecord } = admitEvents(events, known(), NOW);
    expect(onRecord).toBe(OURS);
    expect(admitted).toEqual([mapped(), unmapped(OURS)]);
    expect(others.map(({ network }) => network)).toEqual([COPY, COPY]);
  });

  it('that is a hint puts no network on record', () => {
    expect(admit(hint(COPY))).toMatchObject({ admitted: [hint(COPY)], onRecord: undefined });
  });
});

describe('what is remembered', () => {
  it('is nothing new where nothing is', () => {
    expect(afterAdmission({ onRecord: OURS }, { refused: [], onRecord: OURS })).toBeUndefined();
    expect(afterAdmission(undefined, { refused: [], onRecord: undefined })).toBeUndefined();
  });

  it('is the network on record, also where the settings name another one since', () => {
    expect(afterAdmission(undefined, { refused: [], onRecord: OURS })).toEqual({ onRecord: OURS, refused: [] });
    expect(afterAdmission({ onRecord: COPY }, { refused: [], onRecord: OURS })).toMatchObject({ onRecord: OURS });
  });

  it('is the newest refused event of each domain and network, and 20 at most, whatever the clock says of their age', () => {
    const old = refused({ domain: host('old.example'), at: ago(8 * DAY) });
    const before: EventNetworks = { onRecord: OURS, refused: [refused({ domain: OTHER }), refused(), old] };
    const now = [refused({ kind: 'mapped', at: ago(1) }), refused({ at: iso(NOW) })];
    expect(afterAdmission(before, { refused: now, onRecord: OURS })?.refused).toEqual([
      now[1],
      refused({ domain: OTHER }),
      old,
    ]);
    const many = Array.from({ length: 30 }, (_, index) => refused({ domain: host(`shop-${index}.example`) }));
    const kept = afterAdmission(before, { refused: many, onRecord: OURS })?.refused;
    expect(kept).toHaveLength(20);
    expect(kept?.[0]).toEqual(many[29]);
    expect(afterAdmission(undefined, { refused: [refused()], onRecord: undefined })).toEqual({
      refused: [refused()],
    });
  });
});

describe('in words', () => {
  it('a refusal says which network is on record, and the way on for a copy and after a move', () => {
    expect(explainRefusal(COPY, OURS)).toMatch(
      /comes from the network staging\.example, and the network on record is network\.example.*is a copy.*has moved, set NETWORK=staging\.example/,
    );
  });

  it('what was refused within a week is counted, with its last event', () => {
    const said = describeRefused(
      known(undefined, { onRecord: OURS, refused: [refused(), refused({ domain: OTHER })] }),
      NOW,
    );
    expect(said?.found).toMatch(
      /about 2 domains.*\(staging\.example\).*\(network\.example\).*shop\.example was unmapped/,
    );
    expect(said?.whatToDo).toMatch(/NETWORK=staging\.example/);
  });

  it.each<[string, EventNetworks | undefined]>([
    ['nothing is remembered', undefined],
    ['nothing was refused', { onRecord: OURS }],
    ['it was longer ago', { onRecord: OURS, refused: [refused({ at: ago(7 * DAY) })] }],
    ['a clock that was ahead wrote it', { onRecord: OURS, refused: [refused({ at: iso(NOW + MINUTE) })] }],
    ['that network is the one on record by now', { onRecord: COPY, refused: [refused()] }],
  ])('is nothing where %s', (_name, networks) => {
    expect(describeRefused(known(undefined, networks), NOW)).toBeUndefined();
  });

  it('the network whose events count is the configured one, else the one on record, else that of the lists', () => {
    expect(expectedNetwork(known(OURS, { onRecord: COPY }, OTHER))).toBe(OURS);
    expect(expectedNetwork(known(undefined, { onRecord: COPY }, host('staging.example')))).toBe(COPY);
    expect(expectedNetwork(known(undefined, undefined, OTHER))).toBe(OTHER);
    expect(expectedNetwork(known())).toBeUndefined();
    expect(describeRefused(known(undefined, { refused: [refused()] }, host('network.example')), NOW)?.found).toMatch(
      /than the one on record \(network\.example\)/,
    );
  });
});
