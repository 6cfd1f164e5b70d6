/** The properties of plans again, twenty times as often: vitest.config.ts says how often. */
import '../core/plan/plan-properties.test.ts';
