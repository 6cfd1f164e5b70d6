/** The bridge as it is copied to mu-plugins: whole, in part, and with other copies beside it. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openBrowser } from './browser.ts';
import { describeInNetwork } from './with-network.ts';
import { rowsOf, startListener, statesOf } from './world.ts';

const NOBODY = 'http://127.0.0.1:9/webhooks';
const LOADER = 'multisite-runcloud-bridge.php';
const FOLDER = 'multisite-runcloud-bridge';
const MISSING = /a part of Multisite RunCloud Bridge is missing/g;
const MAPPED = "do_action( 'wu_domain_added', 'shop.example', 1 );";
// What the bridge does to WordPress: every hook that something of it listens on.
const LISTENING = `$ours = array(); foreach ( $GLOBALS['wp_filter'] as $hook => $listeners ) { foreach ( $listeners->callbacks as $same ) { foreach ( $same as $listener ) {
  $of = is_array( $listener['function'] ) ? $listener['function'][0] : $listener['function'];
  if ( is_string( $of ) && 0 === strpos( $of, 'Multisite_RunCloud_Bridge' ) ) { $ours[] = $hook; } } } } return $ours;`;
const NOTICES =
  "wp_set_current_user( 1 ); ob_start(); do_action( 'network_admin_notices' ); return substr_count( ob_get_clean(), 'a part of Multisite RunCloud Bridge is missing' );";

// The bridge of before had all in one file, and kept out of the way of another copy by its class.
const SINGLE_FILE = `<?php namespace Multisite_RunCloud_Bridge;
  if ( ! class_exists( __NAMESPACE__ . '\\Bridge', false ) ) : final class Bridge { public static function boot() { echo 'BEFORE '; } } Bridge::boot(); endif;`;

describeInNetwork('the bridge in mu-plugins', (network) => {
  /** Takes names in mu-plugins away; they are back after the test. */
  const without = (...names: string[]) => {
    const wordpress = network();
    onTestFinished(() => wordpress.copyBridge());
    for (const name of names) rmSync(join(wordpress.mustUse, name), { recursive: true });
  };
  /** Puts a copy of a name beside it. */
  const withCopy = (from: string, to: string) => {
    const copy = join(network().mustUse, to);
    onTestFinished(() => rmSync(copy, { recursive: true }));
    cpSync(join('wordpress', from), copy, { recursive: true });
  };

  it('is what is in the tree: a class a file, each of them known to the loader', async () => {
    const known = await network().value<string[]>('return Multisite_RunCloud_Bridge\\Bridge::CLASSES;');
    const files = readdirSync(join('wordpress', FOLDER)).filter((name) => name.endsWith('.php'));
    expect(files.sort()).toEqual(
      ['Bridge', ...known].map((name) => `class-${name.toLowerCase().replaceAll('_', '-')}.php`).sort(),
    );
    const missing = await network().value<string[]>(
      "require_once ABSPATH . 'wp-admin/includes/class-wp-list-table.php'; require_once ABSPATH . 'wp-admin/includes/template.php';" +
        "return array_values( array_filter( Multisite_RunCloud_Bridge\\Bridge::CLASSES, function ( $name ) { return ! class_exists( 'Multisite_RunCloud_Bridge\\\\' . $name ); } ) );",
    );
    expect(missing).toEqual([]);
  });

  it('has one version, in the header, in the code, and in what it sends', async () => {
    const header = /^ \* Version: +(\S+)$/m.exec(readFileSync(join('wordpress', LOADER), 'utf8'))?.[1];
    expect(await network().value('return Multisite_RunCloud_Bridge\\Bridge::VERSION;')).toBe(header);
    const { url, posts } = await startListener({ status: 202 });
    await network().php(`${MAPPED} do_action( 'multisite_runcloud_bridge_deliver' );`, { url });
    expect(posts[0]?.headers['user-agent']).toBe(`multisite-runcloud-bridge/${header}`);
  });

  it('loads no class at a page view that reads, sends or shows', async () => {
    // The later of two functions for the end of PHP: WordPress's, which fires its hook, comes before it.
    const printed = await network().php(
      "register_shutdown_function( function () { echo json_encode( array_values( preg_grep( '/^Multisite_RunCloud_Bridge/', get_declared_classes() ) ) ); } );",
      { url: NOBODY },
    );
    expect((JSON.parse(printed) as string[]).map((name) => name.split('\\')[1]).sort()).toEqual([
      'Bridge',
      'Hooks',
      'Schedule',
      'Worker',
    ]);
  });

  describe('with a translation in mu-plugins/languages', () => {
    /** Translates every text of the template, as in "[RunCloud Bridge]". Gone after the test. */
    const translate = async () => {
      const wordpress = network();
      const languages = join(wordpress.mustUse, 'languages');
      const speaks = join(wordpress.mustUse, '00-language.php');
      mkdirSync(languages);
      writeFileSync(speaks, "<?php add_filter( 'locale', function () { return 'xx'; } );");
      onTestFinished(() => [languages, speaks].forEach((each) => void rmSync(each, { recursive: true })));
      await wordpress.php(
        `require_once ABSPATH . WPINC . '/pomo/po.php'; $po = new PO(); $mo = new MO();
        $po->import_from_file( '${join(wordpress.mustUse, FOLDER, 'languages', `${FOLDER}.pot`)}' );
        foreach ( $po->entries as $entry ) { $entry->translations = array( '[' . $entry->singular . ']' ); $mo->add_entry( $entry ); }
        $mo->export_to_file( '${join(languages, `${FOLDER}-xx.mo`)}' );`,
      );
    };

    it('speaks that language', async () => {
      await translate();
      expect(await network().php("WP_CLI::$commands['runcloud-bridge status']();", { url: NOBODY, WU_CLI: '1' })).toBe(
        `[RunCloud is told about domains]\n[Events of network.example go to ${NOBODY}. Waiting: 0.]\n`,
      );
      const admin = await openBrowser(network(), {});
      const { text } = await admin('/wp-admin/network/settings.php?page=multisite-runcloud-bridge');
      expect(text).toContain('<h1>[RunCloud Bridge]</h1>');
      expect(text).toContain('[None yet.]');
      expect(text).toContain('[RunCloud is not told about domains. In wp-config.php:]');
    });

    it('speaks it where the folder is missing, too', async () => {
      await translate();
      without(FOLDER);
      const admin = await openBrowser(network(), { url: NOBODY });
      expect((await admin('/wp-admin/network/index.php')).text).toContain(
        '[RunCloud is not told about domains: a part of Multisite RunCloud Bridge is missing.]',
      );
    });
  });

  describe.each([
    ['th', 'RunCloud ได้รับแจ้งเรื่องโดเมน', 'ส่งข้อความทดสอบ', '%s โดเมน เช่น:'],
    ['gu', 'RunCloud ને ડોમેન વિશે જણાવાય છે', 'પરીક્ષણ મોકલો', '%s ડોમેન, જેમ કે:'],
    ['id_ID', 'RunCloud diberi tahu tentang domain', 'Kirim uji coba', '%s domain, contohnya:'],
  ])('in a network that speaks %s', (locale, told, button, many) => {
    const speak = () => {
      const speaks = join(network().mustUse, '00-language.php');
      writeFileSync(speaks, `<?php add_filter( 'locale', function () { return '${locale}'; } );`);
      onTestFinished(() => rmSync(speaks));
    };

    it('speaks it too, by what comes along', async () => {
      speak();
      const said = await network().php("WP_CLI::$commands['runcloud-bridge status']();", { url: NOBODY, WU_CLI: '1' });
      expect(said.split('\n')[0]).toBe(told);
      const plural = `return _n( '%s domain:', '%s domains, as here:', 7, 'multisite-runcloud-bridge' );`;
      expect(await network().value(plural, { url: NOBODY, WU_CLI: '1' })).toBe(many);
      const admin = await openBrowser(network(), { url: NOBODY });
      const { text } = await admin('/wp-admin/network/settings.php?page=multisite-runcloud-bridge');
      expect(text).toContain(`>${button}</button>`);
    });

    it("prefers a translation of the network's own", async () => {
      speak();
      const languages = join(network().mustUse, 'languages');
      mkdirSync(languages);
      onTestFinished(() => rmSync(languages, { recursive: true }));
      await network().php(
        `require_once ABSPATH . WPINC . '/pomo/mo.php'; $mo = new MO(); $mo->add_entry( new Translation_Entry( array( 'singular' => 'Send test', 'translations' => array( 'OUR OWN' ) ) ) );
        $mo->export_to_file( '${join(languages, `${FOLDER}-${locale}.mo`)}' );`,
      );
      const both =
        "return array( __( 'Send test', 'multisite-runcloud-bridge' ), __( 'RunCloud is told about domains', 'multisite-runcloud-bridge' ) );";
      expect(await network().value(both, { url: NOBODY, WU_CLI: '1' })).toEqual(['OUR OWN', told]);
    });
  });

  describe('in part', () => {
    it('says so once, to network admins alone, where the folder is missing', async () => {
      without(FOLDER);
      const wordpress = network();
      const [admin, other] = [
        await openBrowser(wordpress, { url: NOBODY }),
        await openBrowser(wordpress, { url: NOBODY }, 'siteadmin'),
      ];
      const page = await admin('/wp-admin/network/index.php');
      expect(page.status).toBe(200);
      expect(page.text.match(MISSING)).toHaveLength(1);
      expect(page.text).toContain('Copy both to wp-content/mu-plugins');
      expect((await admin('/wp-admin/index.php')).text).not.toMatch(MISSING);
      expect((await other('/wp-admin/network/index.php')).text).not.toMatch(MISSING);
      expect(await wordpress.value(`wp_set_current_user( 0 ); ${NOTICES.slice(NOTICES.indexOf('ob_start'))}`)).toBe(0);
    });

    it('does nothing else, and causes no error', async () => {
      without(FOLDER);
      const wordpress = network();
      expect(await wordpress.php(`${MAPPED} echo 'PAGE';`, { url: NOBODY })).toBe('PAGE');
      expect(await wordpress.value(LISTENING, { url: NOBODY })).toEqual(['network_admin_notices']);
      expect(await wordpress.php('echo count( WP_CLI::$commands );', { url: NOBODY, WU_CLI: '1' })).toBe('0');
      await wordpress.cron({ url: NOBODY });
      expect(await rowsOf(wordpress)).toEqual([]);
      expect(wordpress.takeLog()).not.toMatch(/runcloud|mu-plugins/i);
    });

    it('is silent on a single site', async () => {
      without(FOLDER);
      expect(await network().value(NOTICES, { url: NOBODY, kind: 'single' })).toBe(0);
      expect(await network().php("do_action( 'admin_notices' ); echo 'PAGE';", { kind: 'single' })).toBe('PAGE');
    });

    it('is as if the folder were missing while any file of it is, as in the middle of an upload', async () => {
      const wordpress = network();
      for (const name of readdirSync(join(wordpress.mustUse, FOLDER)).filter((each) => each.endsWith('.php'))) {
        without(join(FOLDER, name));
        expect(await wordpress.value(`${MAPPED} ${LISTENING}`, { url: NOBODY }), name).toEqual([
          'network_admin_notices',
        ]);
        expect(await wordpress.value(NOTICES, { url: NOBODY }), name).toBe(1);
        wordpress.copyBridge();
      }
      expect(await rowsOf(wordpress)).toEqual([]);
      expect(await wordpress.value(NOTICES, { url: NOBODY })).toBe(0);
    });

    it('says so once where two copies of the loader lack the folder', async () => {
      withCopy(LOADER, 'multisite-runcloud-bridge-before.php');
      without(FOLDER);
      expect(await network().value(NOTICES, { url: NOBODY })).toBe(1);
    });
  });

  // WordPress loads files in the order of their names: "-before.php" comes before ".php", "_before.php" after it.
  describe.each(['-before', '_before'])('with a copy named %s beside it', (suffix) => {
    it.each([
      ['of the loader', [LOADER]],
      ['of the folder', [FOLDER]],
      ['of both', [LOADER, FOLDER]],
    ])('%s: no page ends, and nothing is told twice', async (_name, names) => {
      for (const name of names) withCopy(name, name.replace(/(\.php)?$/, `${suffix}$1`));
      const wordpress = network();
      expect(await wordpress.php(`${MAPPED} echo 'PAGE';`, { url: NOBODY })).toBe('PAGE');
      expect(await statesOf(wordpress)).toEqual(['mapped shop.example: waiting']);
      expect(await wordpress.value(NOTICES, { url: NOBODY })).toBe(0);
    });

    it('of the time when it was a single file: no page ends, and one of them works', async () => {
      const copy = join(network().mustUse, `multisite-runcloud-bridge${suffix}.php`);
      writeFileSync(copy, SINGLE_FILE);
      onTestFinished(() => rmSync(copy));
      const wordpress = network();
      const page = await wordpress.php(`${MAPPED} echo 'PAGE';`, { url: NOBODY });
      expect(page).toBe(suffix === '-before' ? 'BEFORE PAGE' : 'PAGE');
      expect(await statesOf(wordpress)).toEqual(suffix === '-before' ? [] : ['mapped shop.example: waiting']);
      expect(await wordpress.value(NOTICES, { url: NOBODY })).toBe(0);
    });
  });
});
