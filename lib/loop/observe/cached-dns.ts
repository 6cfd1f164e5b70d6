/** Public DNS for one run, or one moment: what one question has found out need not be found out by the next, nine seconds at a time. */
import type { AddressAnswer, CaaAnswer } from '../../core/probe/dns-answer.ts';
import type { Dns } from '../../dns/dns.ts';
import type { Dependencies } from '../dependencies.ts';

// Without it there are no certificates either.
const SURE_NAME = 'letsencrypt.org';

/** Takes a world; returns it for one run: once its resolvers are found out of reach they are not asked any more. */
export function withRunDns(deps: Dependencies): Dependencies {
  return { ...deps, dns: failFastDns(deps.dns) };
}

/**
 * Takes public DNS; returns the same, which after a question that was not answered asks for a name that surely is there. Where that is
 * not answered either, it is not the name but a resolver: all further questions are answered at once with that. Where it is, the name's
 * own name servers are out of order, which says nothing of the next name.
 */
export function failFastDns(dns: Dns): Dns {
  let isSuspected = false;
  let probe: Promise<string | undefined> | undefined;

  const whySilent = async (): Promise<string | undefined> => {
    const why = silenceIn(await dns.addressesOf(SURE_NAME));
    if (why === undefined) {
      isSuspected = false;
      probe = undefined;
    }
    return why;
  };

  const ask = async <A extends AddressAnswer | CaaAnswer>(question: () => Promise<readonly A[]>) => {
    if (isSuspected || probe) {
      probe ??= whySilent();
      const why = await probe;
      if (why !== undefined) {
        return [{ kind: 'could-not-ask', why: `public DNS is out of reach: ${why}` } as const];
      }
    }
    const answers = await question();
    isSuspected = silenceIn(answers) !== undefined;
    return answers;
  };

  return {
    addressesOf: async (name) => ask(async () => dns.addressesOf(name)),
    caaOf: async (name) => ask(async () => dns.caaOf(name)),
  };
}

/** Takes public DNS; returns the same, which asks each question once and remembers what was said. For moments, not for a run. */
export function memoisedDns(dns: Dns): Dns {
  const addresses = new Map<string, ReturnType<Dns['addressesOf']>>();
  const caa = new Map<string, ReturnType<Dns['caaOf']>>();
  return {
    addressesOf: async (name) => once(addresses, name, async () => dns.addressesOf(name)),
    caaOf: async (name) => once(caa, name, async () => dns.caaOf(name)),
  };
}

async function once<T>(said: Map<string, Promise<T>>, name: string, ask: () => Promise<T>): Promise<T> {
  const before = said.get(name);
  if (before) return before;
  const answer = ask();
  said.set(name, answer);
  return answer;
}

function silenceIn(answers: readonly (AddressAnswer | CaaAnswer)[]): string | undefined {
  return answers.find((answer) => answer.kind === 'could-not-ask')?.why;
}
