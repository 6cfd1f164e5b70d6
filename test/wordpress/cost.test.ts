/** What the bridge costs a network of 2,000 sites. */
import { beforeEach, expect, it } from 'vitest';
import type { Situation } from './network.ts';
import { describeInNetwork } from './with-network.ts';
import { createSite, map } from './world.ts';

const SITES = 2_000;
const NOBODY = 'http://127.0.0.1:9/webhooks';

type Cost = {
  readonly queries: number;
  readonly ours: readonly string[];
  readonly requests: number;
  readonly page: string;
};

// All queries of the request up to its very end, those that the bridge's code made, and requests over HTTP.
const COUNTED = `$GLOBALS['requests'] = 0;
  add_filter( 'pre_http_request', function ( $answer ) { $GLOBALS['requests']++; return $answer; } );
  register_shutdown_function( function () { global $wpdb;
    $ours = array_filter( $wpdb->queries, function ( $query ) { return false !== strpos( $query[2], 'Multisite_RunCloud_Bridge' ); } );
    echo "\\n=" . json_encode( array( 'queries' => $wpdb->num_queries - $GLOBALS['before'], 'ours' => array_values( array_column( $ours, 0 ) ), 'requests' => $GLOBALS['requests'] ) ); } );
  $GLOBALS['before'] = 0;`;
const PAGE =
  "$_SERVER['REQUEST_URI'] = '/'; $_SERVER['REQUEST_METHOD'] = 'GET'; define( 'WP_USE_THEMES', true ); wp(); require ABSPATH . WPINC . '/template-loader.php';";

describeInNetwork('the bridge, among 2,000 sites,', (network) => {
  const cost = async (code: string, situation: Situation) => {
    const printed = await network().php(`${COUNTED} ${code}`, situation);
    const at = printed.lastIndexOf('\n=');
    return { ...JSON.parse(printed.slice(at + 2)), page: printed.slice(0, at) } as Cost;
  };

  beforeEach(async () => {
    const wordpress = network();
    await wordpress.sql(
      `INSERT INTO wp_blogs (blog_id, site_id, domain, path, registered, last_updated) SELECT seq, 1, CONCAT('site-', seq, '.network.example'), '/', NOW(), NOW() FROM seq_2_to_${SITES}`,
    );
    // As any network has had it by its first hour: WP-Cron ran, and the table was made.
    await wordpress.cron({ url: NOBODY });
    // What WordPress itself makes at the first view of a page is none of the bridge's.
    await wordpress.php(PAGE);
  });

  it.each([
    ['a set up bridge', { url: NOBODY }],
    ['missing constants', {}],
    ['the plugin', { url: NOBODY, plugin: '2.16.0' }],
  ])('a page view costs no query and no request: with %s', async (_name, situation) => {
    const withIt = await cost(PAGE, situation);
    const without = await cost(PAGE, { ...situation, isWithoutBridge: true });
    expect(withIt).toEqual({ queries: without.queries, ours: [], requests: 0, page: expect.stringContaining('PAGE') });
  });

  it.each([
    ['without the plugin', { url: NOBODY }],
    ['with the plugin of before 2.5.0', { url: NOBODY, plugin: '2.4.0' }],
    ['with the plugin of today', { url: NOBODY, plugin: '2.16.0' }],
  ])('creating a site costs two queries: %s', async (_name, situation) => {
    const { ours, requests } = await cost(createSite('new.network.example'), situation);
    expect(ours.map((sql) => sql.split(' ')[0])).toEqual(['INSERT', 'UPDATE']);
    expect(requests).toBe(0);
  });

  it('creating a site from another site costs two more', async () => {
    await network().php(createSite('shop.network.example'), { isWithoutBridge: true });
    const { ours } = await cost(createSite('new.network.example'), { url: NOBODY, host: 'shop.network.example' });
    expect(ours.map((sql) => sql.split(' ')[0])).toEqual(['SELECT', 'SELECT', 'INSERT', 'UPDATE']);
  });

  it('a domain that is mapped costs one query, and the schedule one per request', async () => {
    const { ours } = await cost(`${map('a.example')}${map('b.example')}${map('c.example')}`, {
      url: NOBODY,
      plugin: '2.16.0',
    });
    // The plugin throws away the whole cache at each save: then the options have to be read again.
    expect(ours.map((sql) => sql.split(' ')[0])).toEqual(['INSERT', 'INSERT', 'INSERT', 'SELECT', 'UPDATE']);
  });
});
