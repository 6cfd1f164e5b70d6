/**
 * Public DNS that does not ask again what it knows. A question that nobody answers takes nine seconds, and a run may have a thousand
 * names to ask about.
 */
import type { AddressAnswer, CaaAnswer } from '../../core/probe/dns-answer.ts';
import type { Dns } from '../../dns/dns.ts';
import type { Dependencies } from '../dependencies.ts';

// It surely exists: without its name servers there are no certificates either.
const SURE_NAME = 'letsencrypt.org';

/** For one run, which gives up on resolvers that are out of reach. The next run asks them again. */
export function withRunDns(deps: Dependencies): Dependencies {
  return { ...deps, dns: failFastDns(deps.dns) };
}

/**
 * After a question without an answer, asks for a name that surely exists. No answer to that either: the resolvers are out of reach,
 * and all further questions get this answer at once. An answer: only the first name's own servers are out of order, which says
 * nothing about the next name.
 */
export function failFastDns(dns: Dns): Dns {
  let isSuspected = false;
  let check: Promise<string | undefined> | undefined;

  const whyOutOfReach = async (): Promise<string | undefined> => {
    const why = whyUnasked(await dns.addressesOf(SURE_NAME));
    if (why === undefined) {
      isSuspected = false;
      check = undefined;
    }
    return why;
  };

  const ask = async <A extends AddressAnswer | CaaAnswer>(question: () => Promise<readonly A[]>) => {
    if (isSuspected || check) {
      check ??= whyOutOfReach();
      const why = await check;
      if (why !== undefined) {
        return [{ kind: 'could-not-ask', why: `public DNS is out of reach: ${why}` } as const];
      }
    }
    const answers = await question();
    isSuspected = whyUnasked(answers) !== undefined;
    return answers;
  };

  return {
    addressesOf: async (name) => ask(async () => dns.addressesOf(name)),
    caaOf: async (name) => ask(async () => dns.caaOf(name)),
    // It is only shown, and so no reason to wait for resolvers that may be out of reach.
    nameServersOf: async (zones) => (isSuspected || check ? undefined : dns.nameServersOf(zones)),
  };
}

/** Asks each question once. For one answer to a person, where two readings must not differ; a run takes too long for that. */
export function memoisedDns(dns: Dns): Dns {
  const addresses = new Map<string, ReturnType<Dns['addressesOf']>>();
  const caa = new Map<string, ReturnType<Dns['caaOf']>>();
  const nameServers = new Map<string, ReturnType<Dns['nameServersOf']>>();
  return {
    addressesOf: async (name) => once(addresses, name, async () => dns.addressesOf(name)),
    caaOf: async (name) => once(caa, name, async () => dns.caaOf(name)),
    nameServersOf: async (zones) => once(nameServers, zones.join(' '), async () => dns.nameServersOf(zones)),
  };
}

async function once<T>(answers: Map<string, Promise<T>>, name: string, ask: () => Promise<T>): Promise<T> {
  const known = answers.get(name);
  if (known) return known;
  const answer = ask();
  answers.set(name, answer);
  return answer;
}

function whyUnasked(answers: readonly (AddressAnswer | CaaAnswer)[]): string | undefined {
  return answers.find((answer) => answer.kind === 'could-not-ask')?.why;
}
