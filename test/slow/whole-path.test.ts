/** Webhook, bus, queue and sync with 1,000 webhooks: test/support/property-runs.ts says how many there are otherwise. */
import '../aws/whole-path.test.ts';
