/** A first run that imports 1,000 domains: test/support/property-runs.ts says how many there are otherwise. */
import '../loop/imported.test.ts';
