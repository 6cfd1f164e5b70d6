/**
 * The bridge in a real WordPress network, sending to the real service before the stand-in RunCloud. One network for all:
 * it takes seconds to stand.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { describeCost } from './cost.ts';
import { describeDelivery } from './delivery.ts';
import { describeEvents } from './events.ts';
import { WordPress } from './network.ts';
import { missingParts } from './parts.ts';
import { describeScreen } from './screen.ts';
import { reset } from './world.ts';

describe.skipIf(missingParts() !== undefined)('the bridge', () => {
  let wordpress: WordPress;
  beforeAll(async () => {
    wordpress = await WordPress.start();
  }, 120_000);
  afterAll(() => wordpress?.stop());
  beforeEach(() => reset(wordpress));
  afterEach(() => {
    // Warnings and notices that the bridge caused.
    expect(wordpress.takeLog()).not.toMatch(/runcloud/i);
  });

  const network = () => wordpress;
  describe('hears', () => describeEvents(network));
  describe('shows', () => describeScreen(network));
  describe('costs', () => describeCost(network));
  describe('sends', () => describeDelivery(network));
});
