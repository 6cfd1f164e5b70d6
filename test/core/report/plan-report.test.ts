import { describe, expect, it } from 'vitest';
import { holds } from '../../../lib/core/plan/hold.ts';
import type { Plan } from '../../../lib/core/plan/plan.ts';
import { type RemoveStep, type Step, sortSteps, type UpdateStep } from '../../../lib/core/plan/step.ts';
import { reportHold, reportPlan, summarisePlan, summariseRun } from '../../../lib/core/report/plan-report.ts';
import { quantity } from '../../../lib/core/values/text.ts';
import { host, object, PROOF, SHOP } from '../builders.ts';

const add: Step = { action: 'add', domain: SHOP, www: 'no', why: 'mapped' };
const other: Step = { action: 'add', domain: host('other.example'), www: 'no', why: 'mapped' };
const update: UpdateStep = {
  action: 'update',
  domain: SHOP,
  target: object('shop.example'),
  www: true,
  redirection: 'non-www',
  why: 'WWW',
};
const remove: RemoveStep = {
  action: 'remove',
  domain: SHOP,
  target: object('shop.example'),
  cause: 'unmapped',
  proof: PROOF,
  why: 'unmapped',
};
const hold = holds.unmanaged('left.example');

function planOf({ steps = [], ...more }: Partial<Plan>): Plan {
  return {
    steps: sortSteps(steps),
    braked: [],
    brakedUpdates: [],
    unproven: [],
    holds: [],
    updates: [],
    caution: undefined,
    remark: undefined,
    checksum: '0123456789abcdef',
    ...more,
  };
}

describe('reportHold', () => {
  it('has the names of the console', () => {
    expect(reportHold(hold)).toEqual({
      domain: 'left.example',
      code: 'unmanaged',
      reason: hold.reason,
      what_to_do: hold.whatToDo,
    });
  });
});

describe('reportPlan', () => {
  it('shows of each step what is done, to which domain, and why, and nothing else', () => {
    const report = reportPlan(planOf({ steps: [add, remove], holds: [hold] }));
    expect(report.checksum).toBe('0123456789abcdef');
    expect(report.steps).toEqual([
      { action: 'add', domain: SHOP, why: 'mapped' },
      { action: 'remove', domain: SHOP, why: 'unmapped' },
    ]);
    expect(report.holds).toEqual([reportHold(hold)]);
  });

  it('shows what the brake holds apart, updates first', () => {
    const { steps, braked } = reportPlan(planOf({ steps: [add], braked: [remove], brakedUpdates: [update] }));
    expect(steps.map(({ action }) => action)).toEqual(['add']);
    expect(braked).toEqual([
      { action: 'update', domain: SHOP, why: 'WWW' },
      { action: 'remove', domain: SHOP, why: 'unmapped' },
    ]);
  });

  it('has the same as Markdown, in two tables', () => {
    const { markdown } = reportPlan(planOf({ steps: [add], holds: [hold] }));
    expect(markdown).toBe(
      [
        '## Plan 0123456789abcdef',
        '',
        '| step | domain | why |',
        '| --- | --- | --- |',
        '| add | shop.example | mapped |',
        '',
        '### Held or left alone',
        '',
        '| domain | reason | what to do |',
        '| --- | --- | --- |',
        `| left.example | ${hold.reason} | ${hold.whatToDo} |`,
      ].join('\n'),
    );
  });

  it('has no empty table', () => {
    expect(reportPlan(planOf({})).markdown).toBe('## Plan 0123456789abcdef\n\nNo steps.');
  });

  it('no reason breaks out of its cell', () => {
    const { markdown } = reportPlan(planOf({ steps: [{ ...add, why: 'a | b\nc\n| d' }] }));
    expect(markdown.split('\n').at(-1)).toBe('| add | shop.example | a \\| b c \\| d |');
  });
});

describe('summarisePlan', () => {
  it('gives the reason why nothing is removed for want of being listed', () => {
    const caution = 'No list of the network counts now, so nothing is removed: status 500.';
    expect(summarisePlan(planOf({ caution }), 'sync')).toBe(`Nothing to do. ${caution}`);
    expect(summarisePlan(planOf({ steps: [add], caution }), 'sync')).toBe(`1 step: 1 to add. ${caution}`);
  });

  it('names the rows of the network that are not understood, behind the reason why nothing is removed', () => {
    const [caution, remark] = ['No list of the network counts now.', 'A row is not understood: mapping 7.'];
    expect(summarisePlan(planOf({ remark }), 'sync')).toBe(`Nothing to do. ${remark}`);
    expect(summarisePlan(planOf({ caution, remark }), 'sync')).toBe(`Nothing to do. ${caution} ${remark}`);
  });

  it.each([
    ['nothing', planOf({}), 'Nothing to do.'],
    ['one step', planOf({ steps: [add] }), '1 step: 1 to add.'],
    ['several steps', planOf({ steps: [remove, other, add] }), '3 steps: 2 to add, 1 to remove.'],
  ])('counts %s', (_, made, text) => {
    expect(summarisePlan(made, 'sync')).toBe(text);
  });

  it.each([
    ['one hold', planOf({ holds: [hold] }), 'Nothing to do. 1 domain held or left alone, with the reason at each.'],
    ['two holds', planOf({ steps: [add], holds: [hold, hold] }), '1 step: 1 to add. 2 domains held or left alone'],
  ])('counts %s', (_, made, text) => {
    expect(summarisePlan(made, 'sync')).toContain(text);
  });

  it('gives the way on where the brake holds', () => {
    const made = planOf({ braked: [remove] });
    expect(summarisePlan(made, 'sync')).toBe(
      'Nothing to do. The brake holds 1 removal: apply this plan by its checksum 0123456789abcdef if they are meant.',
    );
    expect(summarisePlan({ ...made, steps: [add], braked: [remove, remove] }, 'sync')).toContain('holds 2 removals');
    expect(summarisePlan(planOf({ brakedUpdates: [update] }), 'sync')).toContain('The brake holds 1 update: apply');
    expect(summarisePlan({ ...made, brakedUpdates: [update, update] }, 'sync')).toContain(
      'holds 1 removal and 2 updates:',
    );
  });

  it('notes that observe does none of it, and notes it only then', () => {
    const made = planOf({ steps: [add] });
    expect(summarisePlan(made, 'observe')).toContain('None of it is done while POLICY is observe.');
    expect(summarisePlan(made, 'create-only')).toBe('1 step: 1 to add.');
    expect(summarisePlan(planOf({}), 'observe')).toBe('Nothing to do.');
  });
});

describe('summariseRun', () => {
  const nothing = { done: 0, held: 0, failed: 0, needsPerson: undefined, abort: undefined };

  it.each([
    [nothing, 'Nothing had to be changed.'],
    [{ ...nothing, done: 1 }, '1 change made.'],
    [{ ...nothing, done: 2, failed: 1 }, '2 changes made; 1 failed and is tried again later.'],
    [{ ...nothing, failed: 2 }, 'Nothing was changed; 2 failed and are tried again later.'],
    [
      { ...nothing, done: 1, held: 1, failed: 1 },
      '1 change made; 1 failed and is tried again later; 1 domain held or left alone, with the reason at each.',
    ],
    [{ ...nothing, held: 2 }, 'Nothing had to be changed; 2 domains held or left alone, with the reason at each.'],
    [{ ...nothing, abort: 'RunCloud is down.' }, 'The run ended early. RunCloud is down. Nothing was changed.'],
    [
      { ...nothing, held: 91, needsPerson: { brake: 90, 'certificate-failed': 1 } },
      'A person is needed for 91 domains: brake 90, certificate-failed 1. Nothing was changed; 91 domains held or left alone, with the reason at each.',
    ],
    [
      { ...nothing, done: 1, needsPerson: { brake: 1 }, abort: 'RunCloud is down.' },
      'The run ended early. RunCloud is down. A person is needed for 1 domain: brake 1. 1 change made.',
    ],
    [
      { ...nothing, done: 1, abort: 'No time.', goesOn: '1 of 2 steps done; the next run goes on.' },
      '1 of 2 steps done; the next run goes on. 1 change made.',
    ],
  ])('%j: %s', (removals, text) => {
    expect(summariseRun(removals)).toBe(text);
  });
});

describe('quantity', () => {
  it('is in the singular for one alone', () => {
    expect([0, 1, 2].map((count) => quantity(count, 'step'))).toEqual(['0 steps', '1 step', '2 steps']);
  });
});
