/** The simulated worlds again, twenty times as many: vitest.config.ts says how many. */
import '../simulation/loop.test.ts';
import '../simulation/network-truth.test.ts';
