/** What the bridge hears, in each generation of the plugin and without it. */
import { describe, expect, it } from 'vitest';
import { describeInNetwork } from './with-network.ts';
import { change, createSite, map, rowsOf, startListener, startWorld, statesOf, toldBy, unmap } from './world.ts';

// Before wu_domain_added; with it; with a queue that asks whether somebody listens.
const GENERATIONS = ['2.4.0', '2.5.0', '2.16.0'];

const mapped = (domain: string) => `do_action( 'wu_domain_added', '${domain}', 1 );`;
const unmapped = (domain: string) => `do_action( 'wu_domain_removed', '${domain}', 1 );`;

describeInNetwork('the bridge hears', (network) => {
  describe.each(GENERATIONS)('with Ultimate Multisite %s', (plugin) => {
    it('a mapping appears on RunCloud and goes with its deletion, told once each', async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.php(map('shop.example'), { url, plugin });
      await wordpress.cron({ url, plugin });
      await hasOnRunCloud('shop.example');
      await wordpress.php(unmap('shop.example'), { url, plugin });
      await wordpress.cron({ url, plugin });
      await hasOnRunCloud();
      expect(await statesOf(wordpress)).toEqual(['mapped shop.example: accepted', 'unmapped shop.example: accepted']);
      expect((await rowsOf(wordpress)).map(({ site_id }) => site_id)).toEqual(['1', '1']);
    });

    it('a renamed mapping is unmapped under the old name and mapped under the new one', async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.php(map('old.example'), { url, plugin });
      await wordpress.cron({ url, plugin });
      await hasOnRunCloud('old.example');
      await wordpress.php(change('old.example', "'domain' => 'new.example'"), { url, plugin });
      await wordpress.cron({ url, plugin });
      await hasOnRunCloud('new.example');
      expect((await toldBy(wordpress)).sort()).toEqual([
        'mapped new.example',
        'mapped old.example',
        'unmapped old.example',
      ]);
    });

    it('a mapping that is deactivated goes, and comes back with its activation', async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.php(map('shop.example'), { url, plugin });
      // No other flag has the value 1 now, so that the plugin's transition of "active" does not fire.
      await wordpress.php(change('shop.example', "'active' => false"), { url, plugin });
      await wordpress.cron({ url, plugin });
      await hasOnRunCloud();
      await wordpress.php(change('shop.example', "'active' => true"), { url, plugin });
      await wordpress.cron({ url, plugin });
      await hasOnRunCloud('shop.example');
      expect(await toldBy(wordpress)).toEqual(['mapped shop.example', 'unmapped shop.example', 'mapped shop.example']);
    });

    it('a save that changes nothing of this, or a further stage, is not told', async () => {
      const wordpress = network();
      const situation = { url: 'http://127.0.0.1:9', plugin };
      await wordpress.php(map('shop.example'), situation);
      // Each as a model of its own, which is what the plugin's requests are.
      const changes = [
        "'stage' => 'checking-ssl-cert'",
        "'stage' => 'done', 'secure' => true",
        "'primary_domain' => true",
      ];
      await wordpress.php(changes.map((columns) => change('shop.example', columns)).join(''), situation);
      expect(await toldBy(wordpress)).toEqual(['mapped shop.example']);
    });

    it('a model that is saved again and again is heard each time it is another', async () => {
      const wordpress = network();
      await wordpress.php(
        `$shop = new WP_Ultimo\\Models\\Domain( array( 'blog_id' => 1, 'domain' => 'shop.example' ) ); $shop->save();
        foreach ( array( false, false, true, true, false ) as $active ) { $shop->attributes( array( 'active' => $active ) )->save(); }
        $shop->attributes( array( 'domain' => 'other.example' ) )->save(); $shop->attributes( array( 'active' => '1' ) )->save();`,
        { url: 'http://127.0.0.1:9', plugin },
      );
      const told = await toldBy(wordpress);
      expect(told.filter((each) => each.endsWith('shop.example'))).toEqual([
        'mapped shop.example',
        'unmapped shop.example',
        'mapped shop.example',
        'unmapped shop.example',
      ]);
      expect(told.at(-1)).toBe('mapped other.example');
    });

    it('a mapping that was never active is not added', async () => {
      const wordpress = network();
      const { url, runcloud, hasOnRunCloud } = await startWorld();
      await wordpress.php(map('asleep.example', "'active' => '0'") + map('awake.example'), { url, plugin });
      await wordpress.cron({ url, plugin });
      await hasOnRunCloud('awake.example');
      expect(runcloud.writes).toHaveLength(1);
      expect(await statesOf(wordpress)).not.toContain('mapped asleep.example: accepted');
    });

    it.each(['', '1'])(
      'a site is told once when it is created and once when it is deleted (clean-up: "%s")',
      async (cleans) => {
        const wordpress = network();
        const { url, hasOnRunCloud } = await startWorld();
        const situation = { url, plugin, WU_CLEANS_UP: cleans };
        await wordpress.php(createSite('shop.network.example'), situation);
        await wordpress.cron(situation);
        await hasOnRunCloud('shop.network.example');
        await wordpress.php("wp_delete_site( get_id_from_blogname( 'shop' ) );", situation);
        await wordpress.cron(situation);
        await hasOnRunCloud();
        expect(await statesOf(wordpress)).toEqual([
          'mapped shop.network.example: accepted',
          'unmapped shop.network.example: accepted',
        ]);
      },
    );

    it('is not made to believe that a host integration handles domains', async () => {
      const parsed = await network().value<unknown>(
        `${map('shop.example')} return array( has_action( 'wu_add_domain' ), has_action( 'wu_remove_domain' ), $GLOBALS['wu_queued'] );`,
        { url: 'http://127.0.0.1:9', plugin },
      );
      expect(parsed).toEqual([false, false, plugin === '2.16.0' ? [] : ['wu_add_domain shop.example']]);
    });
  });

  describe('with Ultimate Multisite', () => {
    const plugin = '2.16.0';

    it('the mappings of a site go and come back with it, when it is archived', async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      const situation = { url, plugin };
      await wordpress.php(
        `${createSite('shop.network.example')} ${map('shop.example', "'blog_id' => $site")}`,
        situation,
      );
      await wordpress.cron(situation);
      await hasOnRunCloud('shop.example', 'shop.network.example');
      await wordpress.php("update_blog_status( get_id_from_blogname( 'shop' ), 'archived', '1' );", situation);
      await wordpress.cron(situation);
      await hasOnRunCloud();
      await wordpress.php("update_blog_status( get_id_from_blogname( 'shop' ), 'archived', '0' );", situation);
      await wordpress.cron(situation);
      await hasOnRunCloud('shop.example', 'shop.network.example');
    });

    it.each(['archived', 'spam', 'deleted'])(
      'a site that is %s, and is not any more, is told with all its mappings',
      async (flag) => {
        const wordpress = network();
        const situation = { url: 'http://127.0.0.1:9', plugin };
        await wordpress.php(
          `${createSite('shop.network.example')} ${map('shop.example', "'blog_id' => $site")} ${map('asleep.example', "'blog_id' => $site, 'active' => 0")}`,
          situation,
        );
        await wordpress.sql('DELETE FROM wp_runcloud_bridge_events');
        await wordpress.php(
          `foreach ( array( '1', '1', '0' ) as $value ) { update_blog_status( get_id_from_blogname( 'shop' ), '${flag}', $value ); }`,
          situation,
        );
        expect(await toldBy(wordpress)).toEqual([
          'unmapped shop.network.example',
          'unmapped shop.example',
          'mapped shop.network.example',
          'mapped shop.example',
        ]);
      },
    );

    it('the mappings of a deleted site go even where the plugin leaves their rows behind', async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      const situation = { url, plugin };
      await wordpress.php(
        `${createSite('shop.network.example')} ${map('shop.example', "'blog_id' => $site")}`,
        situation,
      );
      await wordpress.cron(situation);
      await hasOnRunCloud('shop.example', 'shop.network.example');
      await wordpress.php("wp_delete_site( get_id_from_blogname( 'shop' ) );", situation);
      await wordpress.cron(situation);
      await hasOnRunCloud();
    });

    it('a domain stays while another mapping, with or without www, wants it', async () => {
      const wordpress = network();
      const { url, runcloud, hasOnRunCloud } = await startWorld();
      await wordpress.php(map('shop.example') + map('www.shop.example'), { url, plugin });
      await wordpress.cron({ url, plugin });
      await hasOnRunCloud('shop.example');
      await wordpress.php(unmap('www.shop.example'), { url, plugin });
      await wordpress.cron({ url, plugin });
      expect((await rowsOf(wordpress)).at(-1)).toMatchObject({
        kind: 'unmapped',
        state: 'dropped',
        answer: 'Not sent: shop.example is still wanted, by site 1.',
      });
      expect(runcloud.writes.filter(({ method }) => method === 'DELETE')).toEqual([]);
    });

    it('a mapping that waits is sent although a later removal of its twin turned out not to hold', async () => {
      const wordpress = network();
      const situation = { url: 'http://127.0.0.1:9', plugin };
      await wordpress.php(map('www.shop.example') + map('shop.example') + unmap('www.shop.example'), situation);
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.cron({ url, plugin });
      await hasOnRunCloud('shop.example');
      expect(await statesOf(wordpress)).toEqual([
        'mapped www.shop.example: superseded',
        'mapped shop.example: accepted',
        'unmapped www.shop.example: dropped',
      ]);
    });

    it.each([
      ['bücher.example', 'xn--bcher-kva.example'],
      ['xn--bcher-kva.example', 'www.bücher.example'],
    ])(
      'a domain stays when it is mapped twice, with its letters and as DNS writes them: %s goes',
      async (one, other) => {
        const wordpress = network();
        const { url, hasOnRunCloud } = await startWorld();
        await wordpress.php(map(one) + map(other), { url, plugin });
        await wordpress.cron({ url, plugin });
        await hasOnRunCloud('xn--bcher-kva.example');
        await wordpress.php(unmap(one), { url, plugin });
        await wordpress.cron({ url, plugin });
        expect((await statesOf(wordpress)).at(-1)).toMatch(/^unmapped .*: dropped$/);
        await wordpress.php(unmap(other), { url, plugin });
        await wordpress.cron({ url, plugin });
        await hasOnRunCloud();
      },
    );

    it('names that differ by an accent are two domains', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      const told = () => posts.map(({ body }) => `${JSON.parse(body).type} ${JSON.parse(body).data.domain}`);
      await wordpress.php(unmapped('cafe.example') + mapped('café.example'), { url, plugin });
      await wordpress.cron({ url, plugin });
      expect(told()).toEqual(['domain.unmapped cafe.example', 'domain.mapped café.example']);
      // The plugin's table and WordPress's have a collation to which they are one.
      await wordpress.php(`${createSite('cafe.example')} ${unmapped('café.example')}`, { url, plugin });
      await wordpress.cron({ url, plugin });
      expect(told().slice(2).sort()).toEqual(['domain.mapped cafe.example', 'domain.unmapped café.example']);
    });

    it('the host of a living site stays when its record in the plugin is deleted', async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.php(createSite('shop.network.example'), { url, plugin });
      await wordpress.php(unmap('shop.network.example'), { url, plugin });
      await wordpress.cron({ url, plugin });
      await hasOnRunCloud('shop.network.example');
    });

    it('a deletion that failed is not told', async () => {
      const wordpress = network();
      await wordpress.php(
        `do_action( 'wu_domain_post_delete', false, new WP_Ultimo\\Models\\Domain( array( 'blog_id' => 1, 'domain' => 'shop.example' ) ) );
        do_action( 'wu_domain_post_delete', new WP_Error( 'no' ), new WP_Ultimo\\Models\\Domain( array( 'blog_id' => 1, 'domain' => 'shop.example' ) ) );`,
        { url: 'http://127.0.0.1:9', plugin: '2.4.0' },
      );
      expect(await rowsOf(wordpress)).toEqual([]);
    });

    it('hooks with arguments nobody expects do no harm', async () => {
      const wordpress = network();
      await wordpress.php(
        `do_action( 'wu_domain_added', null, 'x' ); do_action( 'wu_domain_added' ); do_action( 'wu_domain_removed', array(), array() );
        do_action( 'wu_domain_post_save', null, null, null ); do_action( 'wu_domain_post_save', array( 'domain' => 7 ) );
        do_action( 'wu_domain_post_save', array( 'domain' => 'a.example' ), new stdClass(), false );
        do_action( 'wu_domain_post_delete', true, null ); do_action( 'wu_transition_domain_domain', null, null, 1 );`,
        { url: 'http://127.0.0.1:9' },
      );
      expect(await toldBy(wordpress)).toEqual(['mapped a.example']);
    });

    it('a name that only the database layer speaks of is told at the end of the request', async () => {
      const wordpress = network();
      await wordpress.php(
        "do_action( 'wu_transition_domain_domain', 'new', 'a.example', 1 ); do_action( 'wu_transition_domain_domain', 'b.example', 'c.example', 2 );",
        { url: 'http://127.0.0.1:9' },
      );
      expect(await toldBy(wordpress)).toEqual(['mapped a.example', 'unmapped b.example', 'mapped c.example']);
    });
  });

  describe('without the plugin', () => {
    it("sites are told by WordPress's own hooks: created, moved, archived, back, deleted", async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld({ settings: { BRAKE_COUNT: '100' } });
      await wordpress.php(createSite('shop.network.example'), { url });
      await wordpress.cron({ url });
      await hasOnRunCloud('shop.network.example');
      await wordpress.php("wp_update_site( get_id_from_blogname( 'shop' ), array( 'domain' => 'moved.example' ) );", {
        url,
      });
      await wordpress.cron({ url });
      await hasOnRunCloud('moved.example');
      const moved = "get_sites( array( 'domain' => 'moved.example' ) )[0]->blog_id";
      await wordpress.php(`update_blog_status( ${moved}, 'archived', '1' );`, { url });
      await wordpress.cron({ url });
      await hasOnRunCloud();
      await wordpress.php(
        `update_blog_status( ${moved}, 'archived', '0' ); update_blog_status( ${moved}, 'public', '0' );`,
        { url },
      );
      await wordpress.cron({ url });
      await hasOnRunCloud('moved.example');
      await wordpress.php(`wp_delete_site( ${moved} );`, { url });
      await wordpress.cron({ url });
      await hasOnRunCloud();
      expect(await toldBy(wordpress)).toEqual([
        'mapped shop.network.example',
        'unmapped shop.network.example',
        'mapped moved.example',
        'unmapped moved.example',
        'mapped moved.example',
        'unmapped moved.example',
      ]);
    });

    it('a host that another site still has is not removed', async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.php(
        `${createSite('shop.example')} wp_insert_site( array( 'domain' => 'shop.example', 'path' => '/de/', 'network_id' => 1 ) );`,
        { url },
      );
      await wordpress.cron({ url });
      await hasOnRunCloud('shop.example');
      await wordpress.php("wp_delete_site( get_sites( array( 'path' => '/de/' ) )[0]->blog_id );", { url });
      await wordpress.cron({ url });
      expect((await statesOf(wordpress)).at(-1)).toBe('unmapped shop.example: dropped');
    });

    it('sites in folders of the network are nobody’s domain', async () => {
      const wordpress = network();
      await wordpress.php(
        "$site = wp_insert_site( array( 'domain' => 'network.example', 'path' => '/shop/', 'network_id' => 1 ) ); wp_delete_site( $site );",
        { url: 'http://127.0.0.1:9', kind: 'folders' },
      );
      expect(await rowsOf(wordpress)).toEqual([]);
    });
  });
});
