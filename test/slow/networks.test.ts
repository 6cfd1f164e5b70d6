/** Reconciles and plans in worlds made by chance, twenty times as many: vitest.config.ts says how many. */
import '../loop/observe/unreliable-network.test.ts';
import '../loop/runs/nothing-written.test.ts';
