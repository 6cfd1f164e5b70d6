/** What is asked for, in which order, and what is taken for an answer. */
import { isRunCloudId, parsePanelAddress } from '../../lib/settings.ts';
import { Refusal } from './refusal.ts';

export type Values = Readonly<Record<string, string>>;

/** Whom the questions go to. */
export type Asker = {
  /** Whether a wrong answer can be followed by another: a person can try again, a file cannot. */
  readonly canRepeat: boolean;
  /** Takes a question and whether the answer may be seen; returns it, or undefined where no more answers come. */
  ask(question: string, echo: 'shown' | 'hidden'): Promise<string | undefined>;
  /** Says something between two questions. */
  say(line: string): void;
};

type Need = 'required' | 'optional' | 'no';
type Question = {
  readonly name: string;
  readonly words: string;
  readonly echo: 'shown' | 'hidden';
  readonly suggestion?: string;
  need(values: Values): Need;
  /** Takes an answer; returns what is wrong with it, or undefined. */
  fault?(text: string): string | undefined;
};

const never = (): Need => 'no';
const onlyChanged = (echo: Question['echo'], ...names: string[]): Question[] =>
  names.map((name) => ({ name, words: name, echo, need: never }));

const QUESTIONS: readonly Question[] = [
  {
    name: 'WU_RUNCLOUD_API_TOKEN',
    words: "RunCloud's API token (in RunCloud: Settings > API Management; it is not shown here)",
    echo: 'hidden',
    need: ({ WU_RUNCLOUD_API_TOKEN: token, WU_RUNCLOUD_API_KEY: key, WU_RUNCLOUD_API_SECRET: secret }) =>
      token || (key && secret) ? 'no' : 'required',
  },
  {
    name: 'WU_RUNCLOUD_SERVER_ID',
    words: "Address of the web application in RunCloud's panel, or the number of its server",
    echo: 'shown',
    need: (values) => (values['WU_RUNCLOUD_SERVER_ID'] || addressIn(values) ? 'no' : 'required'),
    fault: (text) =>
      isRunCloudId(text) || parsePanelAddress(text)
        ? undefined
        : 'It looks like https://manage.runcloud.io/servers/7/webapps/12, or like 7.',
  },
  {
    name: 'WU_RUNCLOUD_APP_ID',
    words: 'Number of the web application',
    echo: 'shown',
    need: (values) => (values['WU_RUNCLOUD_APP_ID'] || addressIn(values) ? 'no' : 'required'),
    fault: (text) => (isRunCloudId(text) || parsePanelAddress(text) ? undefined : 'It is a number, like 12.'),
  },
  {
    name: 'POLICY',
    words: 'Policy: observe (writes nothing), create-only (adds only) or sync (does all)',
    echo: 'shown',
    suggestion: 'observe',
    need: ({ POLICY: policy }) => (policy ? 'no' : 'required'),
    fault: (text) =>
      ['observe', 'create-only', 'sync'].includes(text) ? undefined : 'It is observe, create-only or sync.',
  },
  {
    name: 'MULTISITE_URL',
    words: 'Address of the network (optional, recommended; Enter: none)',
    echo: 'shown',
    need: ({ MULTISITE_URL: url }) => (url ? 'no' : 'optional'),
    fault: (text) => (/^https:\/\/[^\s/]+/.test(text) ? undefined : 'It looks like https://network.example.'),
  },
  {
    name: 'MULTISITE_API_KEY',
    words: 'API key of the network (Ultimate Multisite > Settings > API; it is not shown here)',
    echo: 'hidden',
    need: ({ MULTISITE_URL: url, MULTISITE_API_KEY: key }) => (url && !key ? 'required' : 'no'),
  },
  {
    name: 'MULTISITE_API_SECRET',
    words: 'API secret of the network (it is not shown here)',
    echo: 'hidden',
    need: ({ MULTISITE_URL: url, MULTISITE_API_SECRET: secret }) => (url && !secret ? 'required' : 'no'),
  },
  ...onlyChanged('hidden', 'WU_RUNCLOUD_API_KEY', 'WU_RUNCLOUD_API_SECRET', 'WEBHOOK_SECRET', 'WEBHOOK_TOKEN'),
  ...onlyChanged('shown', 'PROTECTED_DOMAINS', 'WWW', 'SUBDOMAINS', 'GRACE', 'BRAKE_COUNT', 'BRAKE_PERCENT'),
  ...onlyChanged('shown', 'WRITE_BACK', 'RUNCLOUD_API_URL', 'DNS_SERVERS', 'TLS_PORT'),
];

/** The names that can be asked for. */
export const SETTINGS: readonly string[] = QUESTIONS.map(({ name }) => name);

/**
 * Takes the values so far, the settings to ask for although they are there, and whether optional ones are asked for;
 * returns the values with the answers. Throws Refusal where a needed answer does not come, or is wrong and final.
 */
export async function completeValues(
  values: Values,
  asker: Asker,
  { change, optional }: { change: ReadonlySet<string>; optional: 'asked' | 'left out' },
): Promise<Values> {
  const isIdChanged = change.has('WU_RUNCLOUD_SERVER_ID') || change.has('WU_RUNCLOUD_APP_ID');
  // An address in the place of one id would outweigh a new number in the place of the other.
  let all = isIdChanged ? withPlainIds(values) : values;
  for (const question of QUESTIONS) {
    const isChange = change.has(question.name) && Boolean(all[question.name]);
    const isNamed = change.has(question.name);
    const need = isNamed ? 'optional' : question.need(all);
    if (need === 'no' || (need === 'optional' && !isNamed && optional === 'left out')) continue;
    const answer = await askOne(question, asker, isChange ? 'change' : need);
    if (answer !== undefined) all = withAnswer(all, question.name, answer);
  }
  return all;
}

/** Takes the values; returns whether a question must be answered before they are whole. */
export function isIncomplete(values: Values): boolean {
  return QUESTIONS.some((question) => question.need(values) === 'required');
}

async function askOne(question: Question, asker: Asker, need: Need | 'change'): Promise<string | undefined> {
  const { name, words, echo, suggestion } = question;
  const hint = need === 'change' ? ' (Enter keeps it, - takes it out)' : suggestion ? ` [${suggestion}]` : '';
  for (;;) {
    const given = (await asker.ask(`${words}${hint}: `, echo))?.trim();
    const answer = given || (need === 'change' ? undefined : suggestion);
    if (given === undefined && answer === undefined && need === 'required') {
      throw new Refusal(`${name} was asked for, and there was no answer to it.`);
    }
    if (!answer && need !== 'required') return undefined;
    if (need === 'change' && answer === '-') return '';
    const fault = answer ? question.fault?.(answer) : 'It is needed.';
    if (answer && fault === undefined) return answer;
    if (!asker.canRepeat) throw new Refusal(`The answer for ${name} is not right. ${fault}`);
    asker.say(fault ?? '');
  }
}

function withAnswer(values: Values, name: string, answer: string): Values {
  if (answer !== '') return isId(name) ? withPlainIds({ ...values, [name]: answer }) : { ...values, [name]: answer };
  const { [name]: _, ...rest } = values;
  return rest;
}

function isId(name: string): boolean {
  return name === 'WU_RUNCLOUD_SERVER_ID' || name === 'WU_RUNCLOUD_APP_ID';
}

/** One address of the panel becomes the two numbers in it. */
function withPlainIds(values: Values): Values {
  const ids = addressIn(values);
  if (!ids) return values;
  return { ...values, WU_RUNCLOUD_SERVER_ID: String(ids.serverId), WU_RUNCLOUD_APP_ID: String(ids.appId) };
}

function addressIn({ WU_RUNCLOUD_SERVER_ID: server = '', WU_RUNCLOUD_APP_ID: app = '' }: Values) {
  return parsePanelAddress(server) ?? parsePanelAddress(app);
}
