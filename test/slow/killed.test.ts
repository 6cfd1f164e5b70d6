/** A process that is killed after 1,000 webhooks: test/support/property-runs.ts says how many there are otherwise. */
import '../local/killed.test.ts';
