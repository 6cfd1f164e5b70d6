/** The service on one machine, by the address at which AWS's tools reach a function too. */
import { Agent, request } from 'undici';
import { parseJson } from '../../lib/util/json.ts';
import { messageOf } from '../../lib/util/log.ts';
import { CouldNotAskError, LONGEST_ANSWER_MS, type Service } from './service.ts';

const CONNECT_MS = 3_000;
const POLL_MS = 1_000;

export function localService(url: URL): Service {
  const agent = new Agent({
    connect: { timeout: CONNECT_MS },
    headersTimeout: LONGEST_ANSWER_MS,
    bodyTimeout: LONGEST_ANSWER_MS,
  });
  const place = `the service at ${url.origin}`;
  return {
    place,
    pollEveryMs: POLL_MS,
    invoke: async (name, payload, signal) => {
      let status: number;
      let text: string;
      try {
        const answer = await request(new URL(`/2015-03-31/functions/${name}/invocations`, url), {
          method: 'POST',
          body: JSON.stringify(payload),
          dispatcher: agent,
          ...(signal && { signal }),
        });
        status = answer.statusCode;
        text = await answer.body.text();
      } catch (error) {
        throw explain(error, url);
      }
      const answer = parseJson(text);
      if (status === 200 && answer !== undefined) return answer;
      const why = typeof answer === 'object' && answer !== null && 'message' in answer ? String(answer.message) : '';
      if (status === 403 && why !== '') {
        throw new CouldNotAskError(
          `${place} refuses: ${why}`,
          'Run mrc on the machine of the service, and name its own address, not that of a proxy in front of it.',
        );
      }
      throw new CouldNotAskError(
        `What answers at ${url.origin} is not this service (status ${status}).`,
        'See what listens there. Another address: --url http://127.0.0.1:8788, or PORT in the environment or .env.',
      );
    },
    close: async () => agent.destroy(),
  };
}

function explain(error: unknown, url: URL): CouldNotAskError {
  const code = (error as { code?: unknown }).code;
  const isNothingThere = code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ENOTFOUND';
  if (isNothingThere) {
    return new CouldNotAskError(
      `No service answers at ${url.origin}.`,
      'Start it: npm run serve, or npm start for the demonstration. Where it listens elsewhere: --url, or PORT in the environment or .env. A deployment on AWS: --stage production.',
      { cause: error },
    );
  }
  return new CouldNotAskError(
    `The service at ${url.origin} gave no answer: ${messageOf(error)}.`,
    'Whether it did what was asked is not known: mrc status shows it. Read the log of the service.',
    { cause: error },
  );
}
