/** The questions of the wizard, in their order, and what counts as an answer. */
import { isRunCloudId, parsePanelAddress } from '../../lib/settings.ts';
import { LOCAL_NAMES } from '../../local/environment.ts';
import { Refusal } from './refusal.ts';

export type Values = Readonly<Record<string, string>>;

export type Asker = {
  /** Whether another answer can follow a wrong one: a person can try again, a file cannot. */
  readonly canRepeat: boolean;
  /** Undefined if no more answers come. A `hidden` answer is not echoed. */
  ask(question: string, echo: 'shown' | 'hidden'): Promise<string | undefined>;
  /** Prints a line between two questions. */
  print(line: string): void;
};

type Need = 'required' | 'optional' | 'no';
type Question = {
  readonly name: string;
  readonly text: string;
  readonly echo: 'shown' | 'hidden';
  readonly suggestion?: string;
  need(values: Values): Need;
  /** What is wrong with an answer, in a sentence. */
  fault?(text: string): string | undefined;
};

const never = (): Need => 'no';
const onlyChanged = (echo: Question['echo'], ...names: string[]): Question[] =>
  names.map((name) => ({ name, text: name, echo, need: never }));

const QUESTIONS: readonly Question[] = [
  {
    name: 'WU_RUNCLOUD_API_TOKEN',
    text: "RunCloud's API token (in RunCloud: Settings > API Management; it is not shown here)",
    echo: 'hidden',
    need: ({ WU_RUNCLOUD_API_TOKEN: token, WU_RUNCLOUD_API_KEY: key, WU_RUNCLOUD_API_SECRET: secret }) =>
      token || (key && secret) ? 'no' : 'required',
  },
  {
    name: 'WU_RUNCLOUD_SERVER_ID',
    text: "Address of the web application in RunCloud's panel, or the number of its server",
    echo: 'shown',
    need: (values) => (values['WU_RUNCLOUD_SERVER_ID'] || addressIn(values) ? 'no' : 'required'),
    fault: (text) =>
      isRunCloudId(text) || parsePanelAddress(text)
        ? undefined
        : 'It looks like https://manage.runcloud.io/servers/7/webapps/12, or like 7.',
  },
  {
    name: 'WU_RUNCLOUD_APP_ID',
    text: 'Number of the web application',
    echo: 'shown',
    need: (values) => (values['WU_RUNCLOUD_APP_ID'] || addressIn(values) ? 'no' : 'required'),
    fault: (text) => (isRunCloudId(text) || parsePanelAddress(text) ? undefined : 'It is a number, like 12.'),
  },
  {
    name: 'POLICY',
    text: 'Policy: observe (writes nothing), create-only (adds only) or sync (does all)',
    echo: 'shown',
    suggestion: 'observe',
    need: ({ POLICY: policy }) => (policy ? 'no' : 'required'),
    fault: (text) =>
      ['observe', 'create-only', 'sync'].includes(text) ? undefined : 'It is observe, create-only or sync.',
  },
  {
    name: 'MULTISITE_URL',
    text: 'Address of the network (recommended)',
    echo: 'shown',
    need: ({ MULTISITE_URL: url }) => (url ? 'no' : 'optional'),
    fault: (text) => (/^https:\/\/[^\s/]+/.test(text) ? undefined : 'It looks like https://network.example.'),
  },
  {
    name: 'MULTISITE_API_KEY',
    text: 'API key of the network (Ultimate Multisite > Settings > API; it is not shown here)',
    echo: 'hidden',
    need: ({ MULTISITE_URL: url, MULTISITE_API_KEY: key }) => (url && !key ? 'required' : 'no'),
  },
  {
    name: 'MULTISITE_API_SECRET',
    text: 'API secret of the network (it is not shown here)',
    echo: 'hidden',
    need: ({ MULTISITE_URL: url, MULTISITE_API_SECRET: secret }) => (url && !secret ? 'required' : 'no'),
  },
  ...onlyChanged('hidden', 'WU_RUNCLOUD_API_KEY', 'WU_RUNCLOUD_API_SECRET', 'WEBHOOK_SECRET', 'WEBHOOK_TOKEN'),
  ...onlyChanged('hidden', 'NOTIFY_URL', 'NOTIFY_SECRET', 'SLACK_WEBHOOK_URL'),
  ...onlyChanged(
    'shown',
    'NETWORK',
    'PUBLIC_URL',
    'PROTECTED_DOMAINS',
    'WWW',
    'SUBDOMAINS',
    'GRACE',
    'BRAKE_COUNT',
    'BRAKE_PERCENT',
  ),
  ...onlyChanged('shown', 'WRITE_BACK', 'SERVER_ADDRESSES', 'RUNCLOUD_API_URL', 'DNS_SERVERS', 'TLS_PORT'),
  ...onlyChanged('shown', 'RUNCLOUD_CALLS_PER_MONTH', 'RUNCLOUD_BILLING_DAY', 'NOTIFY_ALLOW_PRIVATE', ...LOCAL_NAMES),
];

const ALL: readonly string[] = QUESTIONS.map(({ name }) => name);

/** The settings that can be asked for. Those of one machine mean nothing in a secret. */
export const SETTINGS: Readonly<Record<'env-file' | 'secrets', readonly string[]>> = {
  'env-file': ALL,
  secrets: ALL.filter((name) => !LOCAL_NAMES.includes(name)),
};

/**
 * Asks for what is missing in `values`, and for the settings named in `change`.
 * @throws Refusal if a required answer does not come, or is wrong and cannot be repeated
 */
export async function completeValues(
  values: Values,
  asker: Asker,
  { change, optional }: { change: ReadonlySet<string>; optional: 'asked' | 'left out' },
): Promise<Values> {
  const isIdChanged = change.has('WU_RUNCLOUD_SERVER_ID') || change.has('WU_RUNCLOUD_APP_ID');
  // An address in the place of one id would win against a new number for the other.
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

/** Whether a required value is missing. */
export function isIncomplete(values: Values): boolean {
  return QUESTIONS.some((question) => question.need(values) === 'required');
}

const HINTS: Readonly<Record<Need | 'change', string>> = {
  change: ' (Enter keeps it, - removes it)',
  optional: ' (Enter: none)',
  required: '',
  no: '',
};

async function askOne(question: Question, asker: Asker, need: Need | 'change'): Promise<string | undefined> {
  const { name, text, echo, suggestion } = question;
  const hint = suggestion && need !== 'change' ? ` [${suggestion}]` : HINTS[need];
  for (;;) {
    const typed = (await asker.ask(`${text}${hint}: `, echo))?.trim();
    const answer = typed || (need === 'change' ? undefined : suggestion);
    if (typed === undefined && answer === undefined && need === 'required') {
      throw new Refusal(`${name} was asked for, and there was no answer to it.`);
    }
    if (!answer && need !== 'required') return undefined;
    if (need === 'change' && answer === '-') return '';
    const fault = answer ? question.fault?.(answer) : 'It is needed.';
    if (answer && fault === undefined) return answer;
    if (!asker.canRepeat) throw new Refusal(`The answer for ${name} is not right. ${fault}`);
    asker.print(fault ?? '');
  }
}

function withAnswer(values: Values, name: string, answer: string): Values {
  if (answer !== '') return isId(name) ? withPlainIds({ ...values, [name]: answer }) : { ...values, [name]: answer };
  // The key pair means nothing without its address.
  const removed = name === 'MULTISITE_URL' ? [name, 'MULTISITE_API_KEY', 'MULTISITE_API_SECRET'] : [name];
  return Object.fromEntries(Object.entries(values).filter(([each]) => !removed.includes(each)));
}

function isId(name: string): boolean {
  return name === 'WU_RUNCLOUD_SERVER_ID' || name === 'WU_RUNCLOUD_APP_ID';
}

/** Replaces an address of the panel by the two ids in it. */
function withPlainIds(values: Values): Values {
  const ids = addressIn(values);
  if (!ids) return values;
  return { ...values, WU_RUNCLOUD_SERVER_ID: String(ids.serverId), WU_RUNCLOUD_APP_ID: String(ids.appId) };
}

function addressIn({ WU_RUNCLOUD_SERVER_ID: server = '', WU_RUNCLOUD_APP_ID: app = '' }: Values) {
  return parsePanelAddress(server) ?? parsePanelAddress(app);
}
