/**
 * Which objects on RunCloud are ours. A mapping may have two, one for each form of its name, and each has its own place in the record:
 * what happens to one says nothing about the other.
 */
import { parseMapping } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import type { DomainState, Ownership } from './record.ts';
import type { ActualDomain } from './runcloud-domain.ts';

type Owned = Pick<DomainState, 'owned' | 'ownedWww'>;

/** Whether anything is, or was when RunCloud last showed it. */
export function ownsAny({ owned, ownedWww }: Owned): boolean {
  return owned !== undefined || ownedWww !== undefined;
}

/** Ownership goes by the object's id. A name alone proves nothing. */
export function isOurs(state: Owned, actual: ActualDomain): boolean {
  return ownershipOf(state, actual) !== undefined;
}

/** How that object became ours. */
export function ownershipOf({ owned, ownedWww }: Owned, { id }: ActualDomain): Ownership | undefined {
  return [owned, ownedWww].find((each) => each?.id === id);
}

/** Whether it was on RunCloud before this service. Its `www` and redirection are as somebody else set them. */
export function isAdopted(state: Owned, actual: ActualDomain): boolean {
  return ownershipOf(state, actual)?.by === 'adopted';
}

/** The object is ours from now on, in the place of another of the same name. */
export function withOwned(state: DomainState, object: ActualDomain, ownership: Ownership): DomainState {
  const { owned: _owned, ownedWww: _ownedWww, ...rest } = state;
  const place = placeOf(object);
  return { ...rest, ...withoutPlace(ownedBy(state), place), [place]: ownership };
}

/** `at`: undefined where the removal surely was not carried out. */
export function withRemovalSent(state: DomainState, { id }: ActualDomain, at: IsoTime | undefined): DomainState {
  const marked = (ownership: Ownership): Ownership => {
    const { removalSentAt: _, ...rest } = ownership;
    return ownership.id === id ? { ...rest, ...(at && { removalSentAt: at }) } : ownership;
  };
  const { owned, ownedWww } = state;
  return { ...state, ...(owned && { owned: marked(owned) }), ...(ownedWww && { ownedWww: marked(ownedWww) }) };
}

/** Each object whose removal was sent, and of which no outcome is known. */
export function removalsSent({ owned, ownedWww }: Owned): readonly { readonly id: number; readonly at: IsoTime }[] {
  return [owned, ownedWww].flatMap((each) => (each?.removalSentAt ? [{ id: each.id, at: each.removalSentAt }] : []));
}

/** Another object has this one's name: what was ours under that name is gone. */
export function withoutNameOf(state: DomainState, object: ActualDomain): DomainState {
  if (isOurs(state, object)) return state;
  const { owned: _owned, ownedWww: _ownedWww, ...rest } = state;
  return { ...rest, ...withoutPlace(ownedBy(state), placeOf(object)) };
}

/** The object with this id is gone. */
export function withoutId(state: DomainState, id: number): DomainState {
  const { owned, ownedWww, ...rest } = state;
  return { ...rest, ...(owned && owned.id !== id && { owned }), ...(ownedWww && ownedWww.id !== id && { ownedWww }) };
}

/** Ledgers of 0.1.0 had one place. The list shows that what stands there is a `www.` object: it gets the place of that. */
export function withPlaceOf(state: DomainState, object: ActualDomain): DomainState {
  const { owned, ...rest } = state;
  return owned?.id === object.id && placeOf(object) === 'ownedWww' ? { ...rest, ownedWww: owned } : state;
}

function ownedBy(state: DomainState): Owned {
  const { owned, ownedWww } = state.seen ? withPlaceOf(state, state.seen) : state;
  return { ...(owned && { owned }), ...(ownedWww && { ownedWww }) };
}

function withoutPlace(owned: Owned, place: keyof Owned): Owned {
  const { [place]: _, ...other } = owned;
  return other;
}

function placeOf({ name }: ActualDomain): keyof Owned {
  if (!name.startsWith('www.')) return 'owned';
  const parsed = parseMapping(name);
  return parsed.ok && parsed.namedAs === 'www' ? 'ownedWww' : 'owned';
}
