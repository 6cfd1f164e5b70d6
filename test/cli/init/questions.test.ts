import { describe, expect, it } from 'vitest';
import { type Asker, completeValues, isIncomplete, type Values } from '../../../cli/init/questions.ts';

const PANEL = 'https://manage.runcloud.io/servers/7/webapps/12';
const GOOD = {
  WU_RUNCLOUD_API_TOKEN: 'token',
  WU_RUNCLOUD_SERVER_ID: '7',
  WU_RUNCLOUD_APP_ID: '12',
  POLICY: 'sync',
};

/** A person who gives these answers, one after the other. */
async function answer(values: Values, answers: readonly string[], change: readonly string[] = []) {
  const rest = [...answers];
  const asked: string[] = [];
  const printed: string[] = [];
  const asker: Asker = {
    canRepeat: true,
    ask: async (question, echo) => {
      asked.push(`${echo}: ${question}`);
      return rest.shift();
    },
    print: (line) => printed.push(line),
  };
  const optional = change.length > 0 ? 'left out' : 'asked';
  const completed = await completeValues(values, asker, { change: new Set(change), optional });
  return { values: completed, asked, printed, rest };
}

describe('the questions', () => {
  it('hide what is secret, and nothing else', async () => {
    const { asked } = await answer({}, ['token', '7', '12', '', 'https://network.example', 'key', 'secret']);
    expect(asked.map((each) => each.split(':')[0])).toEqual([
      'hidden',
      'shown',
      'shown',
      'shown',
      'shown',
      'hidden',
      'hidden',
    ]);
  });

  it('come again where an answer is wrong, and say what is right', async () => {
    const { values, printed } = await answer({}, ['', ' token ', 'seven', PANEL, 'all', 'sync', 'network', '']);
    expect(values).toEqual(GOOD);
    expect(printed).toHaveLength(4);
    expect(printed.join('\n')).not.toMatch(/seven|all$|network$/);
  });

  it('are not asked where the answer is there, in whatever form', async () => {
    const pair = { WU_RUNCLOUD_API_KEY: 'k', WU_RUNCLOUD_API_SECRET: 's', WU_RUNCLOUD_APP_ID: PANEL, POLICY: 'sync' };
    const { values, asked } = await answer(pair, ['']);
    expect(asked).toHaveLength(1);
    expect(values).toEqual(pair);
    expect(isIncomplete(pair)).toBe(false);
    expect(isIncomplete({ ...pair, WU_RUNCLOUD_API_SECRET: '' })).toBe(true);
  });

  it('suggest observe, and take it where no answer comes', async () => {
    const { POLICY: _, ...rest } = GOOD;
    for (const answers of [[''], []]) expect((await answer(rest, answers)).values['POLICY']).toBe('observe');
  });

  it('are asked anew by name: Enter keeps, a hyphen takes out', async () => {
    const before = { ...GOOD, GRACE: '1h', WWW: 'never' };
    const changed = await answer(before, ['', '-', '2h'], ['POLICY', 'WWW', 'GRACE']);
    expect(changed.values).toEqual({ ...GOOD, GRACE: '2h' });
    expect(changed.asked).toHaveLength(3);
  });

  it('take a new number of the application where an address of the panel stood for both ids', async () => {
    const before = { ...GOOD, WU_RUNCLOUD_SERVER_ID: PANEL, WU_RUNCLOUD_APP_ID: '' };
    const { values } = await answer(before, ['13'], ['WU_RUNCLOUD_APP_ID']);
    expect(values).toEqual({ ...GOOD, WU_RUNCLOUD_APP_ID: '13' });
  });

  it('take the key pair of the network out with its address', async () => {
    const network = { MULTISITE_URL: 'https://network.example', MULTISITE_API_KEY: 'k', MULTISITE_API_SECRET: 's' };
    expect((await answer({ ...GOOD, ...network }, ['-'], ['MULTISITE_URL'])).values).toEqual(GOOD);
  });

  it('set what is named and was not there', async () => {
    expect((await answer(GOOD, ['mail.example'], ['PROTECTED_DOMAINS'])).values).toEqual({
      ...GOOD,
      PROTECTED_DOMAINS: 'mail.example',
    });
  });
});
