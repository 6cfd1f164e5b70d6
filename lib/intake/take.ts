/** From what was said to an event on the bus. */
import type { HostName } from '../core/host-name.ts';
import { isProtected } from '../core/protection.ts';
import type { Wish } from '../core/wish.ts';
import { messageOf } from '../log.ts';
import { type Bus, hear, toBus } from './event.ts';
import type { Intake } from './receive.ts';
import type { Said } from './said.ts';
import type { IntakeSettings } from './settings.ts';

/** What became of it. `refused`: saying it again does not help. `not-kept`: it does. */
export type Taken =
  | { readonly kind: 'kept'; readonly domain: HostName; readonly wish: Wish }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'not-kept'; readonly why: string };

/** Puts what was said on the bus, where that may be; returns what became of it. */
async function take(
  said: Said,
  { protectedDomains, bus }: { readonly protectedDomains: readonly string[]; readonly bus: Bus },
): Promise<Taken> {
  const heard = hear(said);
  if (!heard.ok) return { kind: 'refused', why: `The event is refused: ${heard.why}.` };
  const { domain, wish } = heard.event;
  const named = wish.kind === 'mapped' && wish.namedAs === 'www' ? `www.${domain}` : domain;
  if (isProtected(protectedDomains, [domain, named])) {
    return {
      kind: 'refused',
      why: `${domain} is listed in PROTECTED_DOMAINS, so it is neither added nor removed.`,
    };
  }
  try {
    await bus.put(toBus(heard.event));
  } catch (error) {
    return { kind: 'not-kept', why: messageOf(error) };
  }
  return { kind: 'kept', domain, wish };
}

/** Takes the settings of the way in and the bus; returns what requests are judged by, and taken with. */
export function intakeWith({ keys, urlToken, protectedDomains }: IntakeSettings, bus: Bus): Intake {
  return { keys, urlToken, take: async (said) => take(said, { protectedDomains, bus }) };
}
