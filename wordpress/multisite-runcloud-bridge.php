<?php
/**
 * Plugin Name:       Multisite RunCloud Bridge
 * Description:       Tells multisite-runcloud at once, and signed, about every domain that is mapped or unmapped in this network.
 * Version:           1.0.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Network:           true
 * License:           MIT
 * Text Domain:       multisite-runcloud-bridge
 *
 * Copy this file to wp-content/mu-plugins/ and put two constants into wp-config.php:
 *
 *     define( 'MULTISITE_RUNCLOUD_URL', 'https://…/webhooks' ); // Address of the service.
 *     define( 'MULTISITE_RUNCLOUD_SECRET', 'whsec_…' );         // The key it knows as WEBHOOK_SECRET.
 *
 * The way of an event: a hook hears of a change, and one INSERT keeps it (the only thing that happens in a visitor's
 * request, beside putting the worker on the schedule). The worker, in the background, asks the database whether the
 * event still holds, signs it, sends it, and tries again for three days where that fails.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// WordPress loads every file of the folder, so a copy that somebody keeps beside this one would end every page of the network:
// PHP bears no class twice. What stands within a condition is declared when that holds, and not before the file is run.
if ( ! class_exists( __NAMESPACE__ . '\Bridge', false ) ) :

/**
 * The bridge. It has no instance: WordPress runs one request per process.
 */
final class Bridge {

	/** Hook of the worker, on WP-Cron's schedule and in Action Scheduler. */
	const HOOK = 'multisite_runcloud_bridge_deliver';

	/** Hook of the worker for a later try, in Action Scheduler: apart, so that a running worker can look for a waiting one. */
	const HOOK_LATER = 'multisite_runcloud_bridge_deliver_later';

	/** Group in Action Scheduler. */
	const GROUP = 'multisite-runcloud-bridge';

	/** Address of the screen, and of its forms. */
	const SLUG = 'multisite-runcloud-bridge';

	/** Seconds until a request is given up. */
	const TIMEOUT = 10;

	/** Seconds for which a worker has a row to itself: more than a request can take. */
	const LEASE = 60;

	/** Seconds that one run of the worker may take. */
	const RUN = 20;

	/** Seconds until the second try; each further wait is twice as long, up to an hour. */
	const FIRST_WAIT = 15;

	/** Seconds for which an event is tried. */
	const TRY_FOR = 3 * DAY_IN_SECONDS;

	/** Rows kept of what is done with, of what failed for good and somebody has to see to, and of what waits. */
	const KEEP_DONE    = 200;
	const KEEP_FAILED  = 1000;
	const KEEP_WAITING = 5000;

	/** After so many new rows the table is bounded, whatever becomes of the worker. A prime: in a cluster ids go in steps. */
	const PRUNE_EVERY = 101;

	/** Calls of the worker that may stand in WP-Cron's schedule: more means that it does not run. */
	const MOST_SCHEDULED = 10;

	/** Seconds within which the same news of a domain in the same request is the same change, heard through two hooks. */
	const SAME_CHANGE = 60;

	/** Seconds after which an event that nobody works on is worth a warning. */
	const OVERDUE = 15 * MINUTE_IN_SECONDS;

	/** Seconds by which the service lets clocks differ. */
	const CLOCK_TOLERANCE = 300;

	/** SQL: whether visitors are to reach a site. */
	const LIVING = "s.archived = '0' AND s.spam = '0' AND s.deleted = '0'";

	/**
	 * What this request told, by domain.
	 *
	 * @var array<string, array{kind: string, at: int}>
	 */
	private static $told = array();

	/**
	 * Domains that the database layer announced as new or renamed, with the former name or '': the model's hook follows
	 * and knows more, so they wait for it until the end of the request.
	 *
	 * @var array<string, string>
	 */
	private static $announced = array();

	/**
	 * Time (ms) of the last event of this request. Of two events at the same instant the service believes the mapping.
	 *
	 * @var int
	 */
	private static $last_ms = 0;

	/**
	 * Whether this request kept an event, so that the worker has to be called.
	 *
	 * @var bool
	 */
	private static $is_worker_needed = false;

	/**
	 * Whether the worker ran in this request.
	 *
	 * @var bool
	 */
	private static $has_run = false;

	/**
	 * Takes part in WordPress. Registers hooks and does nothing else: this is all that a page view costs.
	 */
	public static function boot() {
		if ( ! is_multisite() ) {
			return;
		}

		// WordPress's own site hooks. With the plugin, the same change comes through its hooks as well, and is told once.
		add_action( 'wp_initialize_site', array( __CLASS__, 'on_site_created' ), 200 );
		add_action( 'wp_update_site', array( __CLASS__, 'on_site_updated' ), 20, 2 );
		add_action( 'wp_delete_site', array( __CLASS__, 'on_site_deleted' ), 5 );

		// Ultimate Multisite. Never wu_add_domain or wu_remove_domain: the plugin takes a listener there for a host
		// integration that will put the domain on the server.
		add_action( 'wu_domain_added', array( __CLASS__, 'on_domain_added' ), 10, 2 );
		add_action( 'wu_domain_removed', array( __CLASS__, 'on_domain_removed' ), 10, 2 );
		add_action( 'wu_transition_domain_domain', array( __CLASS__, 'on_domain_name_changed' ), 10, 2 );
		add_action( 'wu_domain_post_save', array( __CLASS__, 'on_domain_saved' ), 10, 3 );
		add_action( 'wu_domain_post_delete', array( __CLASS__, 'on_domain_deleted' ), 10, 2 );

		add_action( self::HOOK, array( __CLASS__, 'work' ), 10, 0 );
		add_action( self::HOOK_LATER, array( __CLASS__, 'work' ), 10, 0 );
		add_action( 'shutdown', array( __CLASS__, 'on_shutdown' ), 1 );

		add_action( 'network_admin_menu', array( __CLASS__, 'add_screen' ) );
		add_action( 'network_admin_notices', array( __CLASS__, 'show_notice' ) );
		add_action( 'network_admin_edit_' . self::SLUG, array( __CLASS__, 'on_form' ) );
		add_filter( 'site_status_tests', array( __CLASS__, 'add_health_test' ) );
		add_action( 'init', array( __CLASS__, 'load_translations' ) );

		if ( defined( 'WP_CLI' ) && \WP_CLI ) {
			foreach ( array( 'status', 'resend', 'test' ) as $command ) {
				\WP_CLI::add_command( 'runcloud-bridge ' . $command, array( __CLASS__, 'cli_' . $command ) );
			}
		}
	}

	/**
	 * Loads translations from wp-content/mu-plugins/languages, where anything of this is shown or written down.
	 */
	public static function load_translations() {
		if ( is_admin() || wp_doing_cron() || defined( 'WP_CLI' ) ) {
			load_muplugin_textdomain( 'multisite-runcloud-bridge', 'languages' );
		}
	}

	/*
	 * Settings.
	 */

	/**
	 * Returns the address that events go to.
	 *
	 * @return string Address, or '' where the constant is missing or wrong.
	 */
	private static function address() {
		return self::url_fault() ? '' : self::with_path( trim( (string) \MULTISITE_RUNCLOUD_URL ) );
	}

	/**
	 * Takes the address as given: the one for webhooks, or the service's own. Returns the one for webhooks.
	 *
	 * @param string $url Address.
	 * @return string Address for webhooks.
	 */
	private static function with_path( $url ) {
		$url = rtrim( $url, '/' );
		return '/webhooks' === substr( $url, -9 ) ? $url : $url . '/webhooks';
	}

	/**
	 * Returns the signing key.
	 *
	 * It is read here and nowhere else, and never handed on as an argument: PHP prints arguments in the trace of an error.
	 *
	 * @return string|null Bytes, or null where the constant is missing or wrong.
	 */
	private static function key() {
		return self::secret_fault() ? null : base64_decode( substr( trim( (string) \MULTISITE_RUNCLOUD_SECRET ), 6 ), true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode
	}

	/**
	 * Returns what is wrong with the address, as a code: texts are made only when they are shown.
	 *
	 * @return string Code, or '' where nothing is wrong.
	 */
	private static function url_fault() {
		if ( ! defined( 'MULTISITE_RUNCLOUD_URL' ) || ! is_string( \MULTISITE_RUNCLOUD_URL ) || '' === trim( \MULTISITE_RUNCLOUD_URL ) ) {
			return 'url-missing';
		}
		$parts = wp_parse_url( trim( \MULTISITE_RUNCLOUD_URL ) );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || preg_match( '/[^\x21-\x7e]/', trim( \MULTISITE_RUNCLOUD_URL ) ) ) {
			return 'url-wrong';
		}
		// What stands in an address ends in logs, so neither a password nor a query belongs there.
		if ( array_intersect_key( $parts, array_flip( array( 'user', 'pass', 'query', 'fragment' ) ) ) ) {
			return 'url-wrong';
		}
		// The address of the plugin's own webhook ends in a secret, which the screen would show.
		if ( preg_match( '~/webhooks/+[^/]~', isset( $parts['path'] ) ? $parts['path'] : '' ) ) {
			return 'url-wrong';
		}
		$scheme = strtolower( isset( $parts['scheme'] ) ? $parts['scheme'] : '' );
		if ( 'https' === $scheme ) {
			return '';
		}
		if ( 'http' !== $scheme ) {
			return 'url-wrong';
		}
		return in_array( strtolower( $parts['host'] ), array( '127.0.0.1', 'localhost', '[::1]' ), true ) ? '' : 'url-insecure';
	}

	/**
	 * Returns what is wrong with the secret, as a code.
	 *
	 * @return string Code, or '' where nothing is wrong.
	 */
	private static function secret_fault() {
		if ( ! defined( 'MULTISITE_RUNCLOUD_SECRET' ) || ! is_string( \MULTISITE_RUNCLOUD_SECRET ) || '' === trim( \MULTISITE_RUNCLOUD_SECRET ) ) {
			return 'secret-missing';
		}
		$text = trim( \MULTISITE_RUNCLOUD_SECRET );
		if ( 'whsec_' !== substr( $text, 0, 6 ) ) {
			return 'secret-wrong';
		}
		$bytes = base64_decode( substr( $text, 6 ), true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode
		// As the service reads it: strictly, and at least 24 bytes.
		if ( false === $bytes || base64_encode( $bytes ) !== substr( $text, 6 ) || strlen( $bytes ) < 24 ) { // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode
			return 'secret-wrong';
		}
		return '';
	}

	/**
	 * Returns whether both constants are there and right.
	 *
	 * @return bool
	 */
	private static function is_ready() {
		return '' === self::url_fault() && '' === self::secret_fault();
	}

	/**
	 * Returns what is missing or wrong in the constants, in words. The values are not repeated.
	 *
	 * @return string[]
	 */
	private static function faults() {
		$texts = array(
			'url-missing'    => __( 'MULTISITE_RUNCLOUD_URL is missing: the address of the service, as in https://…/webhooks.', 'multisite-runcloud-bridge' ),
			'url-wrong'      => __( 'MULTISITE_RUNCLOUD_URL is not an address as in https://…/webhooks, without user name, query and fragment, and with nothing after it.', 'multisite-runcloud-bridge' ),
			'url-insecure'   => __( 'MULTISITE_RUNCLOUD_URL must begin with https://. Only a service on this very machine (127.0.0.1) may be reached without.', 'multisite-runcloud-bridge' ),
			'secret-missing' => __( 'MULTISITE_RUNCLOUD_SECRET is missing: the key that the service knows as WEBHOOK_SECRET, as in whsec_….', 'multisite-runcloud-bridge' ),
			'secret-wrong'   => __( 'MULTISITE_RUNCLOUD_SECRET is not a key: whsec_ and base64 of at least 24 bytes. Copy it whole, and only one.', 'multisite-runcloud-bridge' ),
		);
		return array_values( array_intersect_key( $texts, array_flip( array( self::url_fault(), self::secret_fault() ) ) ) );
	}

	/*
	 * What is heard.
	 */

	/**
	 * A site was created.
	 *
	 * @param \WP_Site $site The site.
	 */
	public static function on_site_created( $site ) {
		if ( self::is_living( $site ) ) {
			self::tell_host( 'mapped', $site );
		}
	}

	/**
	 * A site got another host, or was archived, marked as spam or deleted, or is back.
	 *
	 * @param \WP_Site $site The site as it is.
	 * @param \WP_Site $old  The site as it was.
	 */
	public static function on_site_updated( $site, $old ) {
		$is_living  = self::is_living( $site );
		$was_living = self::is_living( $old );
		$is_moved   = $site->domain !== $old->domain;
		if ( $was_living && ( $is_moved || ! $is_living ) ) {
			self::tell_host( 'unmapped', $old );
		}
		if ( $is_living && ( $is_moved || ! $was_living ) ) {
			self::tell_host( 'mapped', $site );
		}
		if ( $is_living !== $was_living ) {
			self::tell_mappings_of( $is_living ? 'mapped' : 'unmapped', (int) $site->blog_id );
		}
	}

	/**
	 * A site was deleted. The plugin may leave its mappings behind, so they are told too.
	 *
	 * @param \WP_Site $site The site as it was.
	 */
	public static function on_site_deleted( $site ) {
		self::tell_host( 'unmapped', $site );
		self::tell_mappings_of( 'unmapped', (int) $site->blog_id );
	}

	/**
	 * Plugin 2.5.0 and later: a domain was mapped.
	 *
	 * @param string $domain  Domain.
	 * @param int    $site_id Site.
	 */
	public static function on_domain_added( $domain, $site_id = 0 ) {
		self::tell( 'mapped', $domain, $site_id );
	}

	/**
	 * Plugin 2.5.0 and later: a mapping was deleted.
	 *
	 * @param string $domain  Domain.
	 * @param int    $site_id Site.
	 */
	public static function on_domain_removed( $domain, $site_id = 0 ) {
		self::tell( 'unmapped', $domain, $site_id );
	}

	/**
	 * The database layer of every version of the plugin: a domain has a name, or another one. It knows nothing of the site
	 * and of the active flag; the model's hook, which follows, does.
	 *
	 * @param string $old Former name; 'new' for a new row.
	 * @param string $new Name.
	 */
	public static function on_domain_name_changed( $old, $new ) {
		if ( is_string( $new ) && '' !== $new ) {
			self::$announced[ self::lower( $new ) ] = is_string( $old ) && 'new' !== $old ? self::lower( $old ) : '';
		}
	}

	/**
	 * Every version of the plugin: a domain was saved, changed or not.
	 *
	 * @param array  $data   Columns, as they went to the database.
	 * @param object $model  The plugin's domain.
	 * @param bool   $is_new Whether it was created.
	 */
	public static function on_domain_saved( $data, $model = null, $is_new = false ) {
		$now = self::domain_state( $data );
		if ( null === $now ) {
			return;
		}
		$domain = $now['domain'];
		$before = $is_new ? null : self::domain_state( self::original( $model ) );
		$former = '';
		if ( isset( self::$announced[ $domain ] ) ) {
			$former = self::$announced[ $domain ];
			unset( self::$announced[ $domain ] );
		} elseif ( null !== $before && ! self::was_told( $domain ) ) {
			// Only then: a model that is saved twice still remembers the name before the first time.
			$former = $before['domain'];
		}
		$is_renamed = '' !== $former && $former !== $domain;
		if ( $is_renamed ) {
			self::tell( 'unmapped', $former, $now['site_id'] );
		}
		if ( $is_renamed || $is_new ) {
			if ( $now['is_active'] ) {
				self::tell( 'mapped', $domain, $now['site_id'] );
			}
			return;
		}

		// What this request told is newer than what the model remembers; without either, what was told last.
		if ( self::was_told( $domain ) ) {
			$was_active = 'mapped' === self::$told[ $domain ]['kind'];
		} elseif ( null !== $before ) {
			$was_active = $before['is_active'];
		} else {
			$was_active = self::last_told( $domain );
		}
		$is_moved = $now['is_active'] && null !== $before && $before['site_id'] !== $now['site_id'];
		if ( $was_active !== $now['is_active'] || ( $is_moved && ! self::was_told( $domain ) ) ) {
			self::tell( $now['is_active'] ? 'mapped' : 'unmapped', $domain, $now['site_id'] );
		}
	}

	/**
	 * Every version of the plugin: a domain was deleted, or could not be.
	 *
	 * @param mixed  $result Whether the row is gone.
	 * @param object $model  The plugin's domain.
	 */
	public static function on_domain_deleted( $result, $model = null ) {
		if ( $result && ! is_wp_error( $result ) && is_object( $model ) && is_callable( array( $model, 'get_domain' ) ) ) {
			$site_id = is_callable( array( $model, 'get_blog_id' ) ) ? $model->get_blog_id() : 0;
			self::tell( 'unmapped', $model->get_domain(), $site_id );
		}
	}

	/**
	 * Takes columns of a mapping; returns the three that matter here.
	 *
	 * @param mixed $columns Columns by name.
	 * @return array{domain: string, site_id: int, is_active: bool}|null Null where it is no mapping.
	 */
	private static function domain_state( $columns ) {
		if ( ! is_array( $columns ) || ! isset( $columns['domain'] ) || ! is_string( $columns['domain'] ) || '' === $columns['domain'] ) {
			return null;
		}
		// The plugin's flags come as booleans, numbers and digits.
		$active = isset( $columns['active'] ) ? $columns['active'] : true;
		return array(
			'domain'    => self::lower( $columns['domain'] ),
			'site_id'   => isset( $columns['blog_id'] ) ? (int) $columns['blog_id'] : 0,
			'is_active' => 'false' !== $active && (bool) $active,
		);
	}

	/**
	 * Takes the plugin's domain; returns its columns as they were when it was read from the database. The plugin keeps them
	 * for itself and offers no way to ask, but in every version in a property of this name.
	 *
	 * @param mixed $model The plugin's domain.
	 * @return mixed Columns by name, or null.
	 */
	private static function original( $model ) {
		if ( ! is_object( $model ) || ! property_exists( $model, '_original' ) ) {
			return null;
		}
		$property = new \ReflectionProperty( $model, '_original' );
		if ( PHP_VERSION_ID < 80100 ) {
			$property->setAccessible( true );
		}
		return $property->getValue( $model );
	}

	/**
	 * Takes a site; returns whether visitors are to reach it.
	 *
	 * @param \WP_Site $site Site.
	 * @return bool
	 */
	private static function is_living( $site ) {
		return ! (int) $site->archived && ! (int) $site->spam && ! (int) $site->deleted;
	}

	/**
	 * Tells about the host of a site, unless that is the network's own: sites in folders live there.
	 *
	 * @param string   $kind Either mapped or unmapped.
	 * @param \WP_Site $site Site.
	 */
	private static function tell_host( $kind, $site ) {
		$network = get_network( $site->network_id );
		if ( ! $network || self::bare( $network->domain ) !== self::bare( $site->domain ) ) {
			self::tell( $kind, $site->domain, $site->blog_id );
		}
	}

	/**
	 * Tells about all active mappings of a site.
	 *
	 * @param string $kind    Either mapped or unmapped.
	 * @param int    $site_id Site.
	 */
	private static function tell_mappings_of( $kind, $site_id ) {
		global $wpdb;
		if ( ! self::is_ready() || ! self::mappings_table_exists() ) {
			return;
		}
		$table = self::mappings_table();
		$domains = $wpdb->get_col( $wpdb->prepare( "SELECT domain FROM `$table` WHERE blog_id = %d AND active = '1'", $site_id ) ); // phpcs:ignore WordPress.DB
		if ( '' !== $wpdb->last_error ) {
			error_log( sprintf( 'multisite-runcloud-bridge: the mappings of site %d could not be read, so that they are %s will not be told: %s', $site_id, $kind, $wpdb->last_error ) ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions
		}
		foreach ( $domains as $domain ) {
			self::tell( $kind, $domain, $site_id );
		}
	}

	/*
	 * The queue.
	 *
	 * A table with one row per event. Two requests at the same time each INSERT a row, and neither can lose the other's: an
	 * option holding a list is read, changed and written back whole, and the later writer wins. It is made when first
	 * needed, because a must-use plugin is never activated, and asking whether it is there would cost every page a query.
	 */

	/**
	 * Returns the name of the table: one for the installation, whatever site is switched to.
	 *
	 * @return string
	 */
	private static function table() {
		global $wpdb;
		return $wpdb->base_prefix . 'runcloud_bridge_events';
	}

	/**
	 * Makes the table.
	 */
	private static function make_table() {
		global $wpdb;
		$table = self::table();
		// Letter by letter: to WordPress's collation "café" and "cafe" are one name.
		// Times are seconds since 1970, but occurred_ms. due: when it may be tried; since: when the three days began;
		// not_before: until when the service asked for no requests at all;
		// failures: how often it failed, for this row or another one meanwhile, which is what the wait grows by.
		$wpdb->query( // phpcs:ignore WordPress.DB
			"CREATE TABLE IF NOT EXISTS `$table` (
				id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				event_id varchar(64) NOT NULL,
				kind varchar(10) NOT NULL,
				domain varchar(255) NOT NULL,
				site_id bigint(20) unsigned NOT NULL DEFAULT 0,
				occurred_ms bigint(20) unsigned NOT NULL,
				since bigint(20) unsigned NOT NULL,
				state varchar(12) NOT NULL DEFAULT 'waiting',
				attempts int(10) unsigned NOT NULL DEFAULT 0,
				failures int(10) unsigned NOT NULL DEFAULT 0,
				due bigint(20) unsigned NOT NULL,
				not_before bigint(20) unsigned NOT NULL DEFAULT 0,
				tried bigint(20) unsigned NOT NULL DEFAULT 0,
				status smallint(5) unsigned NOT NULL DEFAULT 0,
				answer text NULL,
				PRIMARY KEY  (id),
				KEY state_due (state, due),
				KEY domain (domain(191))
			) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
		);
	}

	/**
	 * Runs a statement on the table, which is made where it is missing.
	 *
	 * @param string $sql Prepared statement.
	 * @return int|bool Rows, or false where it failed.
	 */
	private static function write( $sql ) {
		global $wpdb;
		$is_quiet = $wpdb->suppress_errors();
		$rows     = $wpdb->query( $sql ); // phpcs:ignore WordPress.DB
		$wpdb->suppress_errors( $is_quiet );
		if ( false === $rows ) {
			self::make_table();
			$rows = $wpdb->query( $sql ); // phpcs:ignore WordPress.DB
		}
		return $rows;
	}

	/**
	 * Reads rows of the table, which is made where it is missing.
	 *
	 * @param string $sql Prepared statement.
	 * @return object[]
	 */
	private static function read( $sql ) {
		global $wpdb;
		$is_quiet = $wpdb->suppress_errors();
		$rows     = $wpdb->get_results( $sql ); // phpcs:ignore WordPress.DB
		$wpdb->suppress_errors( $is_quiet );
		if ( '' !== $wpdb->last_error ) {
			self::make_table();
			$rows = $wpdb->get_results( $sql ); // phpcs:ignore WordPress.DB
		}
		return is_array( $rows ) ? $rows : array();
	}

	/**
	 * Returns the time.
	 *
	 * @return int Milliseconds since 1970.
	 */
	private static function now_ms() {
		return (int) floor( microtime( true ) * 1000 );
	}

	/**
	 * Returns the time.
	 *
	 * @return int Seconds since 1970.
	 */
	private static function now() {
		return intdiv( self::now_ms(), 1000 );
	}

	/**
	 * Takes a host name; returns it in lower case, which is how names are compared. Letters beyond ASCII only where PHP can.
	 *
	 * @param string $domain Host name.
	 * @return string
	 */
	private static function lower( $domain ) {
		$domain = trim( $domain );
		return function_exists( 'mb_strtolower' ) ? mb_strtolower( $domain, 'UTF-8' ) : strtolower( $domain );
	}

	/**
	 * Takes a host name; returns it as DNS has it: "bücher.example" is "xn--bcher-kva.example". For comparing alone: what is sent
	 * is the name as it was told, since the service knows more about writing than a server without PHP's intl.
	 *
	 * @param string $domain Host name.
	 * @return string The name as it is where it cannot be written so.
	 */
	private static function ascii( $domain ) {
		$domain = self::lower( $domain );
		if ( ! preg_match( '/[^\x00-\x7f]/', $domain ) ) {
			return $domain;
		}
		if ( function_exists( 'idn_to_ascii' ) ) {
			$ascii = idn_to_ascii( $domain, IDNA_NONTRANSITIONAL_TO_ASCII, INTL_IDNA_VARIANT_UTS46 );
			return is_string( $ascii ) && '' !== $ascii ? $ascii : $domain;
		}
		// WordPress brings one along for its own requests: under the first name since 6.2.
		foreach ( array( 'WpOrg\\Requests\\IdnaEncoder', 'Requests_IDNAEncoder' ) as $encoder ) {
			try {
				if ( class_exists( $encoder ) ) {
					return $encoder::encode( $domain );
				}
			} catch ( \Throwable $error ) {
				return $domain;
			}
		}
		return $domain;
	}

	/**
	 * Takes a host name; returns it without "www.": the service takes both forms for one mapping.
	 *
	 * @param string $domain Host name.
	 * @return string
	 */
	private static function bare( $domain ) {
		$domain = self::lower( $domain );
		return 'www.' === substr( $domain, 0, 4 ) ? substr( $domain, 4 ) : $domain;
	}

	/**
	 * Keeps an event, unless this request has just kept the same one.
	 *
	 * @param string $kind    Either mapped or unmapped.
	 * @param mixed  $domain  Host name.
	 * @param mixed  $site_id Site.
	 */
	private static function tell( $kind, $domain, $site_id ) {
		$domain = is_string( $domain ) ? self::lower( $domain ) : '';
		if ( '' === $domain || ! self::is_ready() ) {
			return;
		}
		if ( self::was_told( $domain ) && self::$told[ $domain ]['kind'] === $kind ) {
			return;
		}
		$now                    = self::now_ms();
		self::$last_ms          = max( $now, self::$last_ms + 1 );
		self::$told[ $domain ]  = array(
			'kind' => $kind,
			'at'   => intdiv( $now, 1000 ),
		);
		self::$is_worker_needed = true;
		self::insert( $kind, substr( $domain, 0, 255 ), max( 0, (int) $site_id ), self::$last_ms );
	}

	/**
	 * Returns whether this request told about the domain just now. (A worker that runs for hours is one request too.)
	 *
	 * @param string $domain Host name.
	 * @return bool
	 */
	private static function was_told( $domain ) {
		return isset( self::$told[ $domain ] ) && self::now() - self::$told[ $domain ]['at'] < self::SAME_CHANGE;
	}

	/**
	 * Returns what was told last about a domain, by any request.
	 *
	 * @param string $domain Host name.
	 * @return bool|null Whether it was mapped; null where nothing is known.
	 */
	private static function last_told( $domain ) {
		global $wpdb;
		$table = self::table();
		$rows  = self::read( $wpdb->prepare( "SELECT kind FROM `$table` WHERE domain = %s AND state <> 'dropped' ORDER BY id DESC LIMIT 1", $domain ) ); // phpcs:ignore WordPress.DB
		return $rows ? 'mapped' === $rows[0]->kind : null;
	}

	/**
	 * Puts a row into the table.
	 *
	 * Not by $wpdb->insert(), which asks the database for the table's columns first.
	 *
	 * @param string $kind        One of mapped, unmapped, test.
	 * @param string $domain      Host name.
	 * @param int    $site_id     Site.
	 * @param int    $occurred_ms When it happened.
	 * @param string $state       Its state.
	 * @return int Id of the row; 0 where it could not be kept.
	 */
	private static function insert( $kind, $domain, $site_id, $occurred_ms, $state = 'waiting' ) {
		global $wpdb;
		$table = self::table();
		$now   = self::now();
		$sql   = "INSERT INTO `$table` (event_id, kind, domain, site_id, occurred_ms, since, due, state) VALUES (%s, %s, %s, %d, %d, %d, %d, %s)";
		$rows  = self::write( $wpdb->prepare( $sql, 'msg_' . bin2hex( random_bytes( 16 ) ), $kind, $domain, $site_id, $occurred_ms, $now, $now, $state ) ); // phpcs:ignore WordPress.DB
		if ( ! $rows ) {
			error_log( sprintf( 'multisite-runcloud-bridge: that %s was %s could not be kept, and will not be told: %s', wp_json_encode( $domain ), $kind, $wpdb->last_error ) ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions
			return 0;
		}
		$id = (int) $wpdb->insert_id;
		if ( 0 === $id % self::PRUNE_EVERY ) {
			self::prune();
		}
		return $id;
	}

	/**
	 * Takes an id; returns that row.
	 *
	 * @param int $id Id.
	 * @return object|null
	 */
	private static function row( $id ) {
		global $wpdb;
		$table = self::table();
		$rows  = self::read( $wpdb->prepare( "SELECT * FROM `$table` WHERE id = %d", $id ) ); // phpcs:ignore WordPress.DB
		return $rows ? $rows[0] : null;
	}

	/**
	 * Returns the last deliveries, the newest first.
	 *
	 * @return object[]
	 */
	private static function last_rows() {
		$table = self::table();
		return self::read( "SELECT * FROM `$table` ORDER BY GREATEST(tried, since) DESC, id DESC LIMIT 20" );
	}

	/**
	 * Bounds the table.
	 */
	private static function prune() {
		global $wpdb;
		$table  = self::table();
		$oldest = static function ( $condition, $keep ) use ( $table ) {
			$rows = self::read( "SELECT id FROM `$table` WHERE $condition ORDER BY id DESC LIMIT 1 OFFSET $keep" );
			return $rows ? (int) $rows[0]->id : 0;
		};
		$id     = $oldest( "state = 'waiting'", self::KEEP_WAITING );
		if ( $id ) {
			$words = __( 'Too many events were waiting.', 'multisite-runcloud-bridge' );
			self::write( $wpdb->prepare( "UPDATE `$table` SET state = 'given_up', answer = %s WHERE state = 'waiting' AND id <= %d", $words, $id ) ); // phpcs:ignore WordPress.DB
		}
		$kept = array(
			"state IN ('refused', 'given_up')"                => self::KEEP_FAILED,
			"state NOT IN ('waiting', 'refused', 'given_up')" => self::KEEP_DONE,
		);
		foreach ( $kept as $condition => $keep ) {
			$id = $oldest( $condition, $keep );
			if ( $id ) {
				self::write( $wpdb->prepare( "DELETE FROM `$table` WHERE $condition AND id <= %d", $id ) ); // phpcs:ignore WordPress.DB
			}
		}
	}

	/*
	 * The schedule.
	 */

	/**
	 * The end of a request: what was announced and not told is told, and the worker is called once for all of it. At this
	 * point everything is loaded that ever will be, Action Scheduler included.
	 */
	public static function on_shutdown() {
		foreach ( self::$announced as $domain => $former ) {
			if ( '' !== $former ) {
				self::tell( 'unmapped', $former, 0 );
			}
			self::tell( 'mapped', (string) $domain, 0 );
		}
		self::$announced = array();
		if ( self::$is_worker_needed ) {
			self::$is_worker_needed = false;
			self::call_worker();
		}
		// WP-Cron's schedule is one option, which requests overwrite for each other, and Action Scheduler's action may have
		// died with its process. So each run of the main site's WP-Cron looks for itself: it is no visitor's request.
		if ( wp_doing_cron() && is_main_site() && ! self::$has_run && self::is_ready() ) {
			self::work();
		}
	}

	/**
	 * Puts the worker on the schedule of the main site: a subsite may be gone, or its domain not lead here yet.
	 */
	private static function call_worker() {
		self::on_main_site(
			static function () {
				if ( self::is_action_scheduler_there() && self::enqueue_action() ) {
					return;
				}
				// What this request knows of the schedule may be outdated: what stands there for a time that has passed may
				// have run before our INSERT. So every second has a call of its own, unless WP-Cron lets them pile up.
				$now = self::now();
				if ( count( self::scheduled() ) < self::MOST_SCHEDULED && ! self::is_scheduled_between( $now + 1, $now + 5 ) ) {
					self::schedule( $now );
				}
			}
		);
	}

	/**
	 * Puts the worker on the schedule for when the next row is due, if any waits. Called by the worker.
	 */
	private static function call_worker_later() {
		$table = self::table();
		$rows  = self::read( "SELECT MIN(due) AS due, MAX(not_before) AS not_before FROM `$table` WHERE state = 'waiting'" );
		if ( ! $rows || null === $rows[0]->due ) {
			return;
		}
		$now = self::now();
		$due = max( $now + 1, (int) $rows[0]->due, (int) $rows[0]->not_before );
		self::on_main_site(
			static function () use ( $now, $due ) {
				if ( self::is_action_scheduler_there() && self::schedule_action( $due ) ) {
					return;
				}
				if ( ! self::is_scheduled_between( $now + 1, $due ) ) {
					self::schedule( $due );
				}
			}
		);
	}

	/**
	 * Has WP-Cron of the current site call the worker.
	 *
	 * Before it writes an option, WordPress asks once per request for the columns of that table, in order to strip what they
	 * cannot hold. What is written here is what was read there, and a name in ASCII; so that query is saved.
	 *
	 * @param int $time When.
	 */
	private static function schedule( $time ) {
		$unknown = static function ( $charset, $table ) {
			global $wpdb;
			return $wpdb->options === $table ? false : $charset;
		};
		add_filter( 'pre_get_table_charset', $unknown, 10, 2 );
		add_filter( 'pre_get_col_charset', $unknown, 10, 2 );
		wp_schedule_single_event( $time, self::HOOK, array( $time ) );
		remove_filter( 'pre_get_table_charset', $unknown );
		remove_filter( 'pre_get_col_charset', $unknown );
	}

	/**
	 * Runs something on the network's main site.
	 *
	 * @param callable $run What to run.
	 */
	private static function on_main_site( $run ) {
		$main = get_main_site_id();
		if ( get_current_blog_id() === $main ) {
			$run();
			return;
		}
		switch_to_blog( $main );
		$run();
		restore_current_blog();
	}

	/**
	 * Returns the times for which the worker stands in WP-Cron's schedule.
	 *
	 * @return int[]
	 */
	private static function scheduled() {
		$times = array();
		foreach ( (array) get_option( 'cron', array() ) as $time => $hooks ) {
			if ( is_array( $hooks ) && isset( $hooks[ self::HOOK ] ) ) {
				$times[] = (int) $time;
			}
		}
		return $times;
	}

	/**
	 * Returns whether WP-Cron is to call the worker between two times.
	 *
	 * @param int $from Time.
	 * @param int $to   Time.
	 * @return bool
	 */
	private static function is_scheduled_between( $from, $to ) {
		foreach ( self::scheduled() as $time ) {
			if ( $time >= $from && $time <= $to ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Returns whether Action Scheduler is there and takes actions. It refuses them before its start.
	 *
	 * @return bool
	 */
	private static function is_action_scheduler_there() {
		return function_exists( 'as_enqueue_async_action' ) && function_exists( 'as_schedule_single_action' )
			&& ( did_action( 'action_scheduler_init' ) || did_action( 'init' ) );
	}

	/**
	 * Has Action Scheduler call the worker as soon as it can.
	 *
	 * @return bool Whether it will: it may be here for one site only, and have no tables on the main site.
	 */
	private static function enqueue_action() {
		try {
			return (int) as_enqueue_async_action( self::HOOK, array(), self::GROUP ) > 0;
		} catch ( \Throwable $error ) {
			return false;
		}
	}

	/**
	 * Has Action Scheduler call the worker at a time, unless it will by then.
	 *
	 * @param int $due Time.
	 * @return bool Whether it will.
	 */
	private static function schedule_action( $due ) {
		try {
			if ( function_exists( 'as_get_scheduled_actions' ) ) {
				$query = array(
					'hook'         => self::HOOK_LATER,
					'status'       => 'pending',
					'date'         => gmdate( 'Y-m-d H:i:s', $due ),
					'date_compare' => '<=',
					'per_page'     => 1,
				);
				if ( as_get_scheduled_actions( $query, 'ids' ) ) {
					return true;
				}
			}
			return (int) as_schedule_single_action( $due, self::HOOK_LATER, array(), self::GROUP ) > 0;
		} catch ( \Throwable $error ) {
			return false;
		}
	}

	/*
	 * The worker.
	 */

	/**
	 * Sends what is due, for at most RUN seconds. Several may run at once: each takes its rows for itself.
	 */
	public static function work() {
		global $wpdb;
		self::$has_run = true;
		if ( ! self::is_ready() ) {
			return;
		}
		$table   = self::table();
		$end     = self::now() + self::RUN;
		$handled = 0;
		do {
			// Fewest failures first, then fewest attempts, so that a single event that always fails does not hold up the others.
			$sql  = "SELECT * FROM `$table` WHERE state = 'waiting' AND due <= %d
				AND NOT EXISTS ( SELECT 1 FROM `$table` asked WHERE asked.state = 'waiting' AND asked.not_before > %d ) ORDER BY failures, attempts, id LIMIT 1";
			$rows = self::read( $wpdb->prepare( $sql, self::now(), self::now() ) ); // phpcs:ignore WordPress.DB
			++$handled;
		} while ( $rows && self::handle( $rows[0] ) && self::now() < $end );
		if ( $handled > 1 || $rows ) {
			self::prune();
		}
		self::call_worker_later();
	}

	/**
	 * Sends an event if it still holds.
	 *
	 * @param object $row Row that waits.
	 * @return bool Whether to go on: false where the service does not take anything now, or the database does not: the same
	 *              row would come again and again.
	 */
	private static function handle( $row ) {
		global $wpdb;
		$table = self::table();
		// The last state wins: an older event about a domain is not sent any more. Unless the newer one turns out not to hold.
		$newest = self::newest( $row );
		if ( $newest && (int) $newest->id !== (int) $row->id ) {
			$objection = 'waiting' === $newest->state ? self::objection( $newest ) : '';
			if ( '' === $objection ) {
				return self::settle( $row, 'superseded', __( 'A later event about this domain holds.', 'multisite-runcloud-bridge' ) );
			}
			$row = $newest;
		}
		// Taken by moving its time on: one who dies with it gives it back by that.
		$now = self::now();
		$sql = "UPDATE `$table` SET due = %d, tried = %d, attempts = attempts + 1 WHERE id = %d AND state = 'waiting' AND due = %d";
		$taken = self::write( $wpdb->prepare( $sql, $now + self::LEASE, $now, $row->id, $row->due ) ); // phpcs:ignore WordPress.DB
		if ( 1 !== $taken ) {
			return false !== $taken;
		}
		$row->attempts = 1 + (int) $row->attempts;
		$objection     = self::objection( $row );
		if ( null === $objection ) {
			$result = self::failure( 0, __( 'The database did not say whether the event still holds.', 'multisite-runcloud-bridge' ) );
		} elseif ( '' !== $objection ) {
			return self::settle( $row, 'dropped', $objection );
		} else {
			$result = self::send( $row );
		}
		self::record( $row, $result );
		return 'failed' !== $result['outcome'];
	}

	/**
	 * Takes a row; returns the newest one about the same domain, apart from those that turned out not to hold.
	 *
	 * @param object $row Row.
	 * @return object|null
	 */
	private static function newest( $row ) {
		global $wpdb;
		$table = self::table();
		$bare  = self::bare( $row->domain );
		$sql   = "SELECT * FROM `$table` WHERE domain IN (%s, %s) AND kind <> 'test' AND ( id = %d OR state <> 'dropped' ) ORDER BY id DESC LIMIT 1";
		$rows  = self::read( $wpdb->prepare( $sql, $bare, 'www.' . $bare, $row->id ) ); // phpcs:ignore WordPress.DB
		return $rows ? $rows[0] : null;
	}

	/**
	 * Ends a row.
	 *
	 * @param object $row   Row.
	 * @param string $state Its state.
	 * @param string $words Why.
	 * @return bool Whether the database took it.
	 */
	private static function settle( $row, $state, $words ) {
		global $wpdb;
		$table = self::table();
		return false !== self::write( $wpdb->prepare( "UPDATE `$table` SET state = %s, answer = %s WHERE id = %d AND state = 'waiting'", $state, $words, $row->id ) ); // phpcs:ignore WordPress.DB
	}

	/**
	 * Writes down what became of a try.
	 *
	 * @param object $row    Row.
	 * @param array  $result What send() returned.
	 */
	private static function record( $row, $result ) {
		global $wpdb;
		$table = self::table();
		$now   = self::now();
		$state = $result['outcome'];
		$fails = (int) $row->failures;
		$due   = $now;
		if ( 'failed' === $state ) {
			// An event that comes in the middle of an outage waits as long as those that were there before it.
			$longest = (int) $wpdb->get_var( "SELECT MAX(failures) FROM `$table` WHERE state = 'waiting'" ); // phpcs:ignore WordPress.DB
			$fails   = max( $fails + 1, $longest );
			$last    = (int) $row->since + self::TRY_FOR;
			// The service's own word counts where it asks for more patience than we have.
			$wait  = min( HOUR_IN_SECONDS, self::FIRST_WAIT * ( 2 ** min( 12, $fails - 1 ) ) );
			$due   = max( min( $now + $wait, max( $last, $now + self::FIRST_WAIT ) ), $now + $result['retry_after'] );
			$state = $now >= $last ? 'given_up' : 'waiting';
		}
		$sql = "UPDATE `$table` SET state = %s, failures = %d, due = %d, not_before = %d, status = %d, answer = %s WHERE id = %d";
		$not = $result['retry_after'] > 0 ? $now + $result['retry_after'] : 0;
		self::write( $wpdb->prepare( $sql, $state, $fails, $due, $not, $result['status'], $result['words'], $row->id ) ); // phpcs:ignore WordPress.DB
		if ( 'accepted' === $result['outcome'] ) {
			self::release();
		} elseif ( 'failed' === $result['outcome'] ) {
			// What failed for one fails for all: they wait too, so that an outage costs one request per wait.
			self::write( $wpdb->prepare( "UPDATE `$table` SET due = GREATEST(due, %d), failures = GREATEST(failures, %d) WHERE state = 'waiting'", $due, $fails ) ); // phpcs:ignore WordPress.DB
		}
	}

	/**
	 * The service takes events: what waits for it to come back need not wait any longer, but for rows that somebody has just
	 * tried or is trying.
	 */
	private static function release() {
		global $wpdb;
		$table = self::table();
		$now   = self::now();
		$sql   = "UPDATE `$table` SET due = %d, not_before = 0, failures = 0 WHERE state = 'waiting' AND due > %d AND tried < %d";
		self::write( $wpdb->prepare( $sql, $now, $now, $now - self::LEASE ) ); // phpcs:ignore WordPress.DB
	}

	/*
	 * Whether an event still holds.
	 */

	/**
	 * Takes a row; returns why it must not be sent. Who listens for a change cannot know of everything else that wants the
	 * same name: another site, a second mapping with or without "www.", a row that was never active.
	 *
	 * @param object $row Row.
	 * @return string|null Reason, or '' to send it; null where the database did not answer.
	 */
	private static function objection( $row ) {
		$records = self::records_of( $row->domain );
		if ( null === $records ) {
			return null;
		}
		$living = array_values(
			array_filter(
				$records,
				static function ( $record ) {
					return (bool) (int) $record->is_living;
				}
			)
		);
		if ( 'unmapped' === $row->kind && $living ) {
			/* translators: 1: host name, 2: number of a site. */
			return sprintf( __( 'Not sent: %1$s is still wanted, by site %2$d.', 'multisite-runcloud-bridge' ), $living[0]->domain, $living[0]->blog_id );
		}
		if ( 'mapped' === $row->kind && $records && ! $living ) {
			return __( 'Not sent: the mapping is not active, or its site is archived, spam or deleted.', 'multisite-runcloud-bridge' );
		}
		return '';
	}

	/**
	 * Takes a host name; returns who has it in this network, with or without "www.", with its letters or as DNS writes them:
	 * to the service all of these are one.
	 *
	 * @param string $domain Host name.
	 * @return object[]|null Rows with domain, blog_id, is_living; null where the database did not answer.
	 */
	private static function records_of( $domain ) {
		global $wpdb;
		$living = self::LIVING;
		$sites  = self::rows_called( $domain, "SELECT s.domain, s.blog_id, ( $living ) AS is_living FROM `$wpdb->blogs` s", 's.domain' );
		if ( null === $sites ) {
			return null;
		}
		$has_mappings = self::mappings_table_exists();
		if ( ! $has_mappings ) {
			return false === $has_mappings ? $sites : null;
		}
		$table    = self::mappings_table();
		$sql      = "SELECT m.domain, m.blog_id, ( m.active = '1' AND s.blog_id IS NOT NULL AND $living ) AS is_living
			FROM `$table` m LEFT JOIN `$wpdb->blogs` s ON s.blog_id = m.blog_id";
		$mappings = self::rows_called( $domain, $sql, 'm.domain' );
		return null === $mappings ? null : array_merge( $sites, $mappings );
	}

	/**
	 * Takes a host name and a query; returns its rows of that name. The database is asked for all that may be it, and what
	 * is the same name is decided here: to the tables' collation "café" and "cafe" are one.
	 *
	 * @param string $domain Host name.
	 * @param string $sql    Query, without a condition.
	 * @param string $column Column of the name.
	 * @return object[]|null Null where the database did not answer.
	 */
	private static function rows_called( $domain, $sql, $column ) {
		global $wpdb;
		$bare  = self::bare( $domain );
		$ascii = self::ascii( $bare );
		// PHP cannot always read "xn--": so the other way round, by all that is not ASCII, which is little or nothing.
		$other = false !== strpos( $ascii, 'xn--' ) ? " OR LENGTH(CONVERT($column USING utf8mb4)) <> CHAR_LENGTH($column)" : '';
		$names = array( $bare, 'www.' . $bare, $ascii, 'www.' . $ascii );
		$rows  = $wpdb->get_results( $wpdb->prepare( "$sql WHERE $column IN (%s, %s, %s, %s)$other", $names ) ); // phpcs:ignore WordPress.DB
		if ( '' !== $wpdb->last_error || ! is_array( $rows ) ) {
			return null;
		}
		$is_it = static function ( $row ) use ( $ascii ) {
			return self::ascii( self::bare( $row->domain ) ) === $ascii;
		};
		return array_values( array_filter( $rows, $is_it ) );
	}

	/**
	 * Returns the name of the plugin's table. It is read past the plugin, whose database layer turns an error into "none".
	 *
	 * @return string
	 */
	private static function mappings_table() {
		global $wpdb;
		return $wpdb->base_prefix . 'wu_domain_mappings';
	}

	/**
	 * Returns whether the plugin's table is there.
	 *
	 * @return bool|null Null where the database did not answer.
	 */
	private static function mappings_table_exists() {
		global $wpdb;
		$found = $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( self::mappings_table() ) ) ); // phpcs:ignore WordPress.DB
		return '' === $wpdb->last_error ? null !== $found : null;
	}

	/*
	 * Sending.
	 */

	/**
	 * Signs and sends an event.
	 *
	 * @param object $row Row.
	 * @return array{outcome: string, status: int, words: string, retry_after: int} Outcome: accepted, refused (sending it
	 *               again does not help), or failed (it may).
	 */
	private static function send( $row ) {
		$body = self::body( $row );
		if ( null === $body ) {
			return self::result( 'refused', 0, __( 'The domain is not valid text.', 'multisite-runcloud-bridge' ) );
		}
		$answer = self::post( $row->event_id, $body );
		if ( is_wp_error( $answer ) ) {
			/* translators: %s: error message. */
			return self::failure( 0, sprintf( __( 'The service could not be reached: %s', 'multisite-runcloud-bridge' ), $answer->get_error_message() ) );
		}
		$status  = (int) wp_remote_retrieve_response_code( $answer );
		$json    = json_decode( wp_remote_retrieve_body( $answer ), true );
		$why     = is_array( $json ) && isset( $json['why'] ) && is_string( $json['why'] ) ? $json['why'] : '';
		$is_ours = is_array( $json ) && isset( $json['accepted'] ) && is_bool( $json['accepted'] );
		// Parked domains, log-in pages and other services answer everything with 200: nobody has taken the event there.
		if ( $status >= 200 && $status < 300 && $is_ours && $json['accepted'] ) {
			$words = 'test' === $row->kind
				? __( 'Address, secret and clock are right.', 'multisite-runcloud-bridge' )
				: __( 'Accepted.', 'multisite-runcloud-bridge' );
			return self::result( 'accepted', $status, '' !== $why ? $why : $words );
		}
		// Another one's 401 is a password that is asked for in front of the service, and says nothing of the secret.
		if ( 401 === $status && $is_ours ) {
			return self::failure( $status, self::explain_401( $answer, $why ) );
		}
		if ( in_array( $status, array( 400, 413, 415 ), true ) && $is_ours ) {
			/* translators: 1: HTTP status, 2: the service's words. */
			return self::result( 'refused', $status, sprintf( __( 'Refused (%1$d): %2$s', 'multisite-runcloud-bridge' ), $status, $why ) );
		}
		if ( $status >= 300 && $status < 400 ) {
			/* translators: %d: HTTP status. */
			return self::failure( $status, sprintf( __( 'The address redirects (%d), and redirects are refused. Check MULTISITE_RUNCLOUD_URL.', 'multisite-runcloud-bridge' ), $status ) );
		}
		if ( $status < 500 && 429 !== $status ) {
			/* translators: %d: HTTP status. */
			return self::failure( $status, sprintf( __( 'What answers there is not the service (%d). Check MULTISITE_RUNCLOUD_URL.', 'multisite-runcloud-bridge' ), $status ) );
		}
		/* translators: 1: HTTP status, 2: the service's words. */
		$words = sprintf( __( 'Not now (%1$d). %2$s', 'multisite-runcloud-bridge' ), $status, $why );
		return self::failure( $status, $words, self::retry_after( $answer ) );
	}

	/**
	 * Returns the result of a try that may be repeated.
	 *
	 * @param int    $status      HTTP status; 0 for none.
	 * @param string $words       What happened.
	 * @param int    $retry_after Seconds to wait at least.
	 * @return array{outcome: string, status: int, words: string, retry_after: int}
	 */
	private static function failure( $status, $words, $retry_after = 0 ) {
		return self::result( 'failed', $status, $words, $retry_after );
	}

	/**
	 * Returns the result of a try, with words from elsewhere made safe to keep.
	 *
	 * @param string $outcome     See send().
	 * @param int    $status      HTTP status; 0 for none.
	 * @param string $words       What happened.
	 * @param int    $retry_after Seconds to wait at least.
	 * @return array{outcome: string, status: int, words: string, retry_after: int}
	 */
	private static function result( $outcome, $status, $words, $retry_after = 0 ) {
		$words = wp_check_invalid_utf8( $words, true );
		$words = trim( (string) preg_replace( '/[\x00-\x1f\x7f]+/', ' ', $words ) );
		return array(
			'outcome'     => $outcome,
			'status'      => $status,
			'words'       => mb_substr( $words, 0, 500 ),
			'retry_after' => $retry_after,
		);
	}

	/**
	 * Takes a row; returns what is sent.
	 *
	 * @param object $row Row.
	 * @return string|null JSON; null where the domain is not valid text.
	 */
	private static function body( $row ) {
		if ( 'test' === $row->kind ) {
			// A type that the service does not know: it changes nothing, whatever else is right or wrong.
			return wp_json_encode( array( 'type' => 'bridge.test' ) );
		}
		$ms   = self::settle_time( $row );
		$data = array( 'domain' => $row->domain );
		if ( (int) $row->site_id > 0 ) {
			$data['siteId'] = (int) $row->site_id;
		}
		$body = json_encode( // phpcs:ignore WordPress.WP.AlternativeFunctions.json_encode_json_encode -- WordPress's own would change a text that is not valid.
			array(
				'type'      => 'domain.' . $row->kind,
				'timestamp' => gmdate( 'Y-m-d\TH:i:s', intdiv( $ms, 1000 ) ) . sprintf( '.%03dZ', $ms % 1000 ),
				'data'      => $data,
			),
			JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE
		);
		return false === $body ? null : $body;
	}

	/**
	 * Takes a row; returns when it happened (ms), and keeps it. Where the clock went ahead it is now at the latest, because
	 * the service refuses news from the future for good. And it is after what the service took last about this domain, also
	 * where two web servers differ, or the clock was put back meanwhile: rows are numbered in their true order, and news that
	 * looks older than what it has the service would take and pass over. What it took once is not too far in its future.
	 *
	 * @param object $row Row.
	 * @return int
	 */
	private static function settle_time( $row ) {
		global $wpdb;
		$table = self::table();
		$bare  = self::bare( $row->domain );
		$ms    = min( (int) $row->occurred_ms, self::now_ms() );
		$sql   = "SELECT MAX(occurred_ms) AS ms FROM `$table` WHERE domain IN (%s, %s) AND id < %d AND state = 'accepted' AND kind <> 'test'";
		$rows  = self::read( $wpdb->prepare( $sql, $bare, 'www.' . $bare, $row->id ) ); // phpcs:ignore WordPress.DB
		$last  = $rows ? (int) $rows[0]->ms : 0;
		if ( $last >= $ms ) {
			$ms = $last + 1;
		}
		if ( (int) $row->occurred_ms !== $ms ) {
			self::write( $wpdb->prepare( "UPDATE `$table` SET occurred_ms = %d WHERE id = %d", $ms, $row->id ) ); // phpcs:ignore WordPress.DB
		}
		return $ms;
	}

	/**
	 * Posts a body by Standard Webhooks: signed over `id.timestamp.body`, anew for each try.
	 *
	 * @param string $id   Id of the event, the same for each try.
	 * @param string $body JSON.
	 * @return array|\WP_Error WordPress's answer.
	 */
	private static function post( $id, $body ) {
		$timestamp = (string) self::now();
		$signature = base64_encode( hash_hmac( 'sha256', "$id.$timestamp.$body", self::key(), true ) ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode
		$firm      = array(
			'timeout'             => self::TIMEOUT,
			'redirection'         => 0,
			'_redirection'        => 0,
			'sslverify'           => true,
			'blocking'            => true,
			'stream'              => false,
			'limit_response_size' => 16384,
		);
		// Plugins that loosen requests (no check of certificates, say) do not mean this one.
		$address = self::address();
		$args_of = static function ( $args, $url ) use ( $firm, $address ) {
			return $url === $address ? array_merge( $args, $firm ) : $args;
		};
		$verify  = static function ( $verify, $url ) use ( $address ) {
			return $url === $address && ! $verify ? ABSPATH . WPINC . '/certificates/ca-bundle.crt' : $verify;
		};
		add_filter( 'http_request_args', $args_of, PHP_INT_MAX, 2 );
		add_filter( 'https_ssl_verify', $verify, PHP_INT_MAX, 2 );
		$answer = wp_remote_post(
			$address,
			$firm + array(
				'user-agent' => 'multisite-runcloud-bridge/1.0.0',
				'body'       => $body,
				'headers'    => array(
					'content-type'      => 'application/json',
					'webhook-id'        => $id,
					'webhook-timestamp' => $timestamp,
					'webhook-signature' => 'v1,' . $signature,
				),
			)
		);
		remove_filter( 'http_request_args', $args_of, PHP_INT_MAX );
		remove_filter( 'https_ssl_verify', $verify, PHP_INT_MAX );
		return $answer;
	}

	/**
	 * Takes a 401; returns what it may come from. The signature holds the time, so there are two causes.
	 *
	 * @param array  $answer WordPress's answer.
	 * @param string $why    The service's words.
	 * @return string
	 */
	private static function explain_401( $answer, $why ) {
		$date = strtotime( self::header( $answer, 'date' ) );
		if ( false === $date ) {
			$clock = __( 'The answer carries no date to compare the clocks by.', 'multisite-runcloud-bridge' );
		} else {
			$seconds = self::now() - $date;
			if ( abs( $seconds ) > self::CLOCK_TOLERANCE ) {
				/* translators: 1: number of seconds, 2: the word "ahead" or "behind". */
				$clock = sprintf( __( 'It is the clock: this server\'s is %1$d seconds %2$s.', 'multisite-runcloud-bridge' ), abs( $seconds ), $seconds > 0 ? __( 'ahead', 'multisite-runcloud-bridge' ) : __( 'behind', 'multisite-runcloud-bridge' ) );
			} else {
				/* translators: %d: number of seconds. */
				$clock = sprintf( __( 'The clocks differ by %d seconds, so it is the secret: MULTISITE_RUNCLOUD_SECRET is not the key that the service has as WEBHOOK_SECRET.', 'multisite-runcloud-bridge' ), abs( $seconds ) );
			}
		}
		/* translators: 1: which of the two it is, 2: the service's words. */
		return sprintf( __( 'Secret or clock (401). %1$s The service says: %2$s', 'multisite-runcloud-bridge' ), $clock, $why );
	}

	/**
	 * Takes an answer and the name of a header; returns its value, the last one where it comes several times.
	 *
	 * @param array  $answer WordPress's answer.
	 * @param string $name   Name.
	 * @return string
	 */
	private static function header( $answer, $name ) {
		$values = (array) wp_remote_retrieve_header( $answer, $name );
		return (string) end( $values );
	}

	/**
	 * Takes an answer; returns for how many seconds it asks for patience, a day at most.
	 *
	 * @param array $answer WordPress's answer.
	 * @return int
	 */
	private static function retry_after( $answer ) {
		$header = trim( self::header( $answer, 'retry-after' ) );
		if ( '' === $header ) {
			return 0;
		}
		$seconds = ctype_digit( $header ) ? (int) $header : (int) strtotime( $header ) - self::now();
		return max( 0, min( DAY_IN_SECONDS, $seconds ) );
	}

	/*
	 * What a person may do.
	 */

	/**
	 * Sends a test at once.
	 *
	 * @return object|null Its row; null where it could not be kept.
	 */
	private static function send_test() {
		global $wpdb;
		$table = self::table();
		$id    = self::insert( 'test', '', 0, self::now_ms(), 'failed' );
		$row   = self::row( $id );
		if ( null === $row ) {
			return null;
		}
		$result = self::send( $row );
		$sql    = "UPDATE `$table` SET state = %s, attempts = 1, tried = %d, status = %d, answer = %s WHERE id = %d";
		self::write( $wpdb->prepare( $sql, $result['outcome'], self::now(), $result['status'], $result['words'], $id ) ); // phpcs:ignore WordPress.DB
		if ( 'accepted' === $result['outcome'] ) {
			self::release();
			self::call_worker_later();
		}
		return self::row( $id );
	}

	/**
	 * Sends an event again at once, as the one it was: of the same id and time. So the service keeps what it heard later
	 * about that domain, and an old removal can do no harm.
	 *
	 * @param int $id Id of the row.
	 * @return object|string The row as it is then, or why it was not sent.
	 */
	private static function resend( $id ) {
		global $wpdb;
		$table = self::table();
		$row   = self::row( $id );
		if ( null === $row ) {
			/* translators: %d: number of a delivery. */
			return sprintf( __( 'There is no delivery %d.', 'multisite-runcloud-bridge' ), $id );
		}
		if ( 'test' === $row->kind ) {
			return __( 'This was a test: send another one.', 'multisite-runcloud-bridge' );
		}
		$newest = self::newest( $row );
		if ( $newest && (int) $newest->id !== (int) $row->id ) {
			/* translators: 1: domain, 2: number of a delivery. */
			return sprintf( __( 'A later event about %1$s holds: delivery %2$d.', 'multisite-runcloud-bridge' ), $row->domain, $newest->id );
		}
		$now = self::now();
		$sql = "UPDATE `$table` SET state = 'waiting', attempts = 0, failures = 0, not_before = 0, since = %d, due = %d WHERE id = %d AND ( state <> 'waiting' OR due = %d )";
		self::write( $wpdb->prepare( $sql, $now, $now, $id, $row->due ) ); // phpcs:ignore WordPress.DB
		$row = self::row( $id );
		if ( (int) $row->due <= $now ) {
			self::handle( $row );
		}
		self::call_worker_later();
		return self::row( $id );
	}

	/**
	 * Returns how the queue is.
	 *
	 * @return array{waiting: int, failing: int, given_up: int, refused: int, overdue: int, words: string}|null Seconds for
	 *               overdue; words: of the last try that failed. Null where the table is not to be had.
	 */
	private static function figures() {
		global $wpdb;
		$table   = self::table();
		$now     = self::now();
		$sql     = "SELECT COALESCE(SUM(state = 'waiting'), 0) AS waiting,
			COALESCE(SUM(state = 'waiting' AND tried > 0), 0) AS failing, MIN(IF(state = 'waiting', due, NULL)) AS due,
			COALESCE(SUM(state = 'given_up' AND since > %d), 0) AS given_up, COALESCE(SUM(state = 'refused' AND since > %d), 0) AS refused FROM `$table`";
		$week    = $now - WEEK_IN_SECONDS;
		$rows    = self::read( $wpdb->prepare( $sql, $week, $week ) ); // phpcs:ignore WordPress.DB
		if ( ! $rows ) {
			return null;
		}
		$figures = (array) $rows[0];
		$failed  = self::read( "SELECT answer FROM `$table` WHERE state IN ('waiting', 'given_up') AND tried > 0 ORDER BY tried DESC LIMIT 1" );
		$of      = static function ( $name ) use ( $figures ) {
			return isset( $figures[ $name ] ) ? (int) $figures[ $name ] : 0;
		};
		return array(
			'waiting'  => $of( 'waiting' ),
			'failing'  => $of( 'failing' ),
			'given_up' => $of( 'given_up' ),
			'refused'  => $of( 'refused' ),
			'overdue'  => $of( 'due' ) > 0 ? max( 0, $now - $of( 'due' ) ) : 0,
			'words'    => $failed ? (string) $failed[0]->answer : '',
		);
	}

	/**
	 * Returns how things stand, as one word and sentences.
	 *
	 * @return array{level: string, label: string, lines: string[]} Level: good, recommended, critical.
	 */
	private static function health() {
		$faults = self::faults();
		if ( $faults ) {
			return array(
				'level' => 'critical',
				'label' => __( 'RunCloud is not told about domains: the bridge is not set up', 'multisite-runcloud-bridge' ),
				'lines' => $faults,
			);
		}
		$figures = self::figures();
		if ( null === $figures ) {
			return array(
				'level' => 'critical',
				'label' => __( 'RunCloud is not told about domains: nothing can be kept', 'multisite-runcloud-bridge' ),
				'lines' => array(
					/* translators: %s: name of a table. */
					sprintf( __( 'The table %s cannot be made or read. WordPress\'s user of the database needs the right to create it, once. What happens meanwhile is not told.', 'multisite-runcloud-bridge' ), self::table() ),
				),
			);
		}
		$lines = array(
			/* translators: 1: address, 2: number of events. */
			sprintf( __( 'Events go to %1$s. Waiting: %2$d.', 'multisite-runcloud-bridge' ), self::address(), $figures['waiting'] ),
		);
		$level = 'good';
		$label = __( 'RunCloud is told about domains', 'multisite-runcloud-bridge' );
		if ( $figures['refused'] ) {
			$level = 'recommended';
			$label = __( 'Some domains were refused', 'multisite-runcloud-bridge' );
			/* translators: %d: number of events. */
			$lines[] = sprintf( __( 'Refused for good within a week: %d. The list of deliveries says why.', 'multisite-runcloud-bridge' ), $figures['refused'] );
		}
		if ( $figures['overdue'] > self::OVERDUE ) {
			$level = 'recommended';
			$label = __( 'Events about domains wait, and nobody works on them', 'multisite-runcloud-bridge' );
			/* translators: %s: a span of time. */
			$lines[] = sprintf( __( 'The oldest has been due for %s. WP-Cron or Action Scheduler of the main site does not run: check that something calls wp-cron.php.', 'multisite-runcloud-bridge' ), human_time_diff( self::now() - $figures['overdue'], self::now() ) );
		}
		if ( $figures['failing'] ) {
			$level = 'recommended';
			$label = __( 'Events about domains wait for the service', 'multisite-runcloud-bridge' );
			/* translators: %s: what happened. */
			$lines[] = sprintf( __( 'The last try: %s They are tried again for three days.', 'multisite-runcloud-bridge' ), $figures['words'] );
		}
		if ( $figures['given_up'] ) {
			$level = 'critical';
			$label = __( 'RunCloud was not told about some domains', 'multisite-runcloud-bridge' );
			/* translators: 1: number of events, 2: what happened. */
			$lines[] = sprintf( __( 'Given up within a week: %1$d. The last try: %2$s Mend the cause and send them again.', 'multisite-runcloud-bridge' ), $figures['given_up'], $figures['words'] );
		}
		if ( self::is_other_integration_on() ) {
			$level   = 'good' === $level ? 'recommended' : $level;
			$lines[] = __( "Ultimate Multisite's own RunCloud integration is on as well: turn it off, so that two do not act.", 'multisite-runcloud-bridge' );
		}
		return array(
			'level' => $level,
			'label' => $label,
			'lines' => $lines,
		);
	}

	/**
	 * Returns whether the plugin's own RunCloud integration will act on the next mapping: whether it listens, by its class.
	 *
	 * @return bool
	 */
	private static function is_other_integration_on() {
		global $wp_filter;
		$listeners = isset( $wp_filter['wu_add_domain'] ) ? $wp_filter['wu_add_domain']->callbacks : array();
		foreach ( $listeners as $same_priority ) {
			foreach ( $same_priority as $listener ) {
				$of = is_array( $listener['function'] ) ? $listener['function'][0] : $listener['function'];
				if ( false !== stripos( is_object( $of ) ? get_class( $of ) : (string) $of, 'runcloud' ) ) {
					return true;
				}
			}
		}
		return false;
	}

	/**
	 * Returns a state in words.
	 *
	 * @param object $row Row.
	 * @return string
	 */
	private static function state_words( $row ) {
		$texts = array(
			'waiting'    => __( 'waiting', 'multisite-runcloud-bridge' ),
			'accepted'   => __( 'accepted', 'multisite-runcloud-bridge' ),
			'refused'    => __( 'refused', 'multisite-runcloud-bridge' ),
			'given_up'   => __( 'given up', 'multisite-runcloud-bridge' ),
			'superseded' => __( 'superseded', 'multisite-runcloud-bridge' ),
			'dropped'    => __( 'not sent', 'multisite-runcloud-bridge' ),
			'failed'     => __( 'failed', 'multisite-runcloud-bridge' ),
		);
		return isset( $texts[ $row->state ] ) ? $texts[ $row->state ] : $row->state;
	}

	/**
	 * Returns what an event says, in words.
	 *
	 * @param object $row Row.
	 * @return string
	 */
	private static function kind_words( $row ) {
		$texts = array(
			'mapped'   => __( 'mapped', 'multisite-runcloud-bridge' ),
			'unmapped' => __( 'unmapped', 'multisite-runcloud-bridge' ),
			'test'     => __( 'test', 'multisite-runcloud-bridge' ),
		);
		return isset( $texts[ $row->kind ] ) ? $texts[ $row->kind ] : $row->kind;
	}

	/*
	 * The network's admin.
	 */

	/**
	 * Adds the screen.
	 */
	public static function add_screen() {
		$title = __( 'RunCloud Bridge', 'multisite-runcloud-bridge' );
		add_submenu_page( 'settings.php', $title, $title, 'manage_network', self::SLUG, array( __CLASS__, 'show_screen' ) );
	}

	/**
	 * Shows what is missing, to those who can mend it.
	 */
	public static function show_notice() {
		$faults = current_user_can( 'manage_network' ) ? self::faults() : array();
		if ( $faults ) {
			echo '<div class="notice notice-error"><p><strong>';
			esc_html_e( 'RunCloud is not told about domains. In wp-config.php:', 'multisite-runcloud-bridge' );
			echo '</strong></p><ul><li>' . implode( '</li><li>', array_map( 'esc_html', $faults ) ) . '</li></ul></div>';
		}
	}

	/**
	 * Shows the screen.
	 */
	public static function show_screen() {
		if ( ! current_user_can( 'manage_network' ) ) {
			wp_die( esc_html__( 'You may not see this.', 'multisite-runcloud-bridge' ), 403 );
		}
		$health = self::health();
		$told   = isset( $_GET['delivery'] ) ? self::row( absint( $_GET['delivery'] ) ) : null; // phpcs:ignore WordPress.Security.NonceVerification.Recommended -- Only shows.
		echo '<div class="wrap"><h1>' . esc_html__( 'RunCloud Bridge', 'multisite-runcloud-bridge' ) . '</h1>';
		if ( $told ) {
			$class = in_array( $told->state, array( 'accepted', 'waiting' ), true ) ? 'notice-success' : 'notice-error';
			printf( '<div class="notice %s"><p>%s</p></div>', esc_attr( $class ), esc_html( self::line( $told ) ) );
		} elseif ( isset( $_GET['superseded'] ) ) { // phpcs:ignore WordPress.Security.NonceVerification.Recommended -- Only shows.
			echo '<div class="notice notice-error"><p>' . esc_html__( 'Not sent again: a later event about that domain holds, or it is no longer there.', 'multisite-runcloud-bridge' ) . '</p></div>';
		}
		echo '<p><strong>' . esc_html( $health['label'] ) . '</strong></p>';
		foreach ( $health['lines'] as $line ) {
			echo '<p>' . esc_html( $line ) . '</p>';
		}
		if ( self::is_ready() ) {
			self::show_button( 'test', 0, __( 'Send test', 'multisite-runcloud-bridge' ), 'button button-primary' );
		}
		echo '<h2>' . esc_html__( 'Last deliveries', 'multisite-runcloud-bridge' ) . '</h2>';
		self::show_rows( self::last_rows() );
		echo '</div>';
	}

	/**
	 * Shows deliveries as a table.
	 *
	 * @param object[] $rows Rows.
	 */
	private static function show_rows( $rows ) {
		$titles = array(
			__( 'When', 'multisite-runcloud-bridge' ),
			__( 'Domain', 'multisite-runcloud-bridge' ),
			__( 'Event', 'multisite-runcloud-bridge' ),
			__( 'State', 'multisite-runcloud-bridge' ),
			__( 'Tries', 'multisite-runcloud-bridge' ),
			__( 'Answer', 'multisite-runcloud-bridge' ),
			__( 'Again', 'multisite-runcloud-bridge' ),
		);
		echo '<table class="widefat striped"><thead><tr><th scope="col">' . implode( '</th><th scope="col">', array_map( 'esc_html', $titles ) ) . '</th></tr></thead><tbody>';
		if ( ! $rows ) {
			echo '<tr><td colspan="7">' . esc_html__( 'None yet.', 'multisite-runcloud-bridge' ) . '</td></tr>';
		}
		foreach ( $rows as $row ) {
			$cells = array(
				self::time( intdiv( (int) $row->occurred_ms, 1000 ) ),
				/* translators: 1: domain, 2: number of a site. */
				(int) $row->site_id > 0 ? sprintf( __( '%1$s (site %2$d)', 'multisite-runcloud-bridge' ), $row->domain, $row->site_id ) : $row->domain,
				self::kind_words( $row ),
				self::state_words( $row ) . self::next_try( $row ),
				(string) (int) $row->attempts,
				(string) $row->answer,
			);
			echo '<tr><td>' . implode( '</td><td>', array_map( 'esc_html', $cells ) ) . '</td><td>';
			if ( 'test' !== $row->kind && self::is_ready() ) {
				self::show_button( 'resend', (int) $row->id, __( 'Send again', 'multisite-runcloud-bridge' ), 'button' );
			}
			echo '</td></tr>';
		}
		echo '</tbody></table>';
	}

	/**
	 * Shows a button, as a form of its own.
	 *
	 * @param string $what  Either test or resend.
	 * @param int    $id    Id of the row.
	 * @param string $text  Text on it.
	 * @param string $css   Its classes.
	 */
	private static function show_button( $what, $id, $text, $css ) {
		echo '<form method="post" action="' . esc_url( network_admin_url( 'edit.php?action=' . self::SLUG ) ) . '">';
		wp_nonce_field( self::SLUG . "-$what-$id", '_wpnonce', false );
		printf( '<input type="hidden" name="what" value="%s"><input type="hidden" name="id" value="%d">', esc_attr( $what ), absint( $id ) );
		printf( '<button type="submit" class="%s">%s</button></form>', esc_attr( $css ), esc_html( $text ) );
	}

	/**
	 * A button was pressed.
	 */
	public static function on_form() {
		$what = isset( $_POST['what'] ) ? sanitize_key( wp_unslash( $_POST['what'] ) ) : '';
		$id   = isset( $_POST['id'] ) ? absint( $_POST['id'] ) : 0;
		check_admin_referer( self::SLUG . "-$what-$id" );
		if ( ! current_user_can( 'manage_network' ) || ! in_array( $what, array( 'test', 'resend' ), true ) || ! self::is_ready() ) {
			wp_die( esc_html__( 'You may not do this.', 'multisite-runcloud-bridge' ), 403 );
		}
		$row   = 'test' === $what ? self::send_test() : self::resend( $id );
		$query = is_object( $row ) ? array( 'delivery' => (int) $row->id ) : array( 'superseded' => 1 );
		wp_safe_redirect( add_query_arg( array( 'page' => self::SLUG ) + $query, network_admin_url( 'settings.php' ) ) );
		exit;
	}

	/**
	 * Adds the line of the Site Health screen.
	 *
	 * @param array $tests Tests.
	 * @return array
	 */
	public static function add_health_test( $tests ) {
		$tests['direct']['multisite_runcloud_bridge'] = array(
			'label' => __( 'RunCloud Bridge', 'multisite-runcloud-bridge' ),
			'test'  => array( __CLASS__, 'health_test' ),
		);
		return $tests;
	}

	/**
	 * Returns the line of the Site Health screen.
	 *
	 * @return array
	 */
	public static function health_test() {
		$health = self::health();
		$colors = array(
			'good'        => 'blue',
			'recommended' => 'orange',
			'critical'    => 'red',
		);
		return array(
			'label'       => $health['label'],
			'status'      => $health['level'],
			'badge'       => array(
				'label' => __( 'RunCloud Bridge', 'multisite-runcloud-bridge' ),
				'color' => $colors[ $health['level'] ],
			),
			'description' => '<p>' . implode( '</p><p>', array_map( 'esc_html', $health['lines'] ) ) . '</p>',
			'actions'     => sprintf( '<p><a href="%s">%s</a></p>', esc_url( network_admin_url( 'settings.php?page=' . self::SLUG ) ), esc_html__( 'Last deliveries', 'multisite-runcloud-bridge' ) ),
			'test'        => 'multisite_runcloud_bridge',
		);
	}

	/**
	 * Takes a time; returns it as the site shows times.
	 *
	 * @param int $time Time.
	 * @return string
	 */
	private static function time( $time ) {
		return (string) wp_date( 'Y-m-d H:i:s', $time );
	}

	/**
	 * Takes a row; returns when it is tried next, if it is.
	 *
	 * @param object $row Row.
	 * @return string
	 */
	private static function next_try( $row ) {
		/* translators: %s: time. */
		return 'waiting' === $row->state ? sprintf( __( ', next try %s', 'multisite-runcloud-bridge' ), self::time( (int) $row->due ) ) : '';
	}

	/**
	 * Takes a row; returns it as one line.
	 *
	 * @param object $row Row.
	 * @return string
	 */
	private static function line( $row ) {
		$what = trim( $row->domain . ' ' . self::kind_words( $row ) );
		return sprintf( '#%d %s %s: %s%s. %s', $row->id, self::time( intdiv( (int) $row->occurred_ms, 1000 ) ), $what, self::state_words( $row ), self::next_try( $row ), $row->answer );
	}

	/*
	 * WP-CLI.
	 */

	/**
	 * Shows whether the bridge is set up, how its queue is, and the last 20 deliveries.
	 */
	public static function cli_status() {
		$health = self::health();
		\WP_CLI::log( $health['label'] );
		foreach ( array_merge( $health['lines'], array_map( array( __CLASS__, 'line' ), self::last_rows() ) ) as $line ) {
			\WP_CLI::log( $line );
		}
		if ( 'critical' === $health['level'] ) {
			\WP_CLI::halt( 1 );
		}
	}

	/**
	 * Sends deliveries again, as the events they were.
	 *
	 * ## OPTIONS
	 *
	 * [<id>...]
	 * : Numbers of deliveries, as `status` shows them.
	 *
	 * [--failed]
	 * : All that were refused or given up.
	 *
	 * @param string[] $ids     Numbers.
	 * @param array    $options Options.
	 */
	public static function cli_resend( $ids, $options = array() ) {
		self::cli_need_settings();
		if ( ! empty( $options['failed'] ) ) {
			$table = self::table();
			foreach ( self::read( "SELECT id FROM `$table` WHERE state IN ('refused', 'given_up') ORDER BY id" ) as $row ) {
				$ids[] = $row->id;
			}
		}
		foreach ( array_unique( array_map( 'absint', $ids ) ) as $id ) {
			$row = self::resend( $id );
			if ( is_object( $row ) && 'accepted' === $row->state ) {
				\WP_CLI::success( self::line( $row ) );
			} else {
				\WP_CLI::warning( is_object( $row ) ? self::line( $row ) : $row );
			}
		}
		if ( ! $ids ) {
			\WP_CLI::log( __( 'Nothing to send.', 'multisite-runcloud-bridge' ) );
		}
	}

	/**
	 * Sends a test: whether address, secret and clock are right. It changes nothing.
	 */
	public static function cli_test() {
		self::cli_need_settings();
		$row = self::send_test();
		if ( $row && 'accepted' === $row->state ) {
			\WP_CLI::success( $row->answer );
		} else {
			\WP_CLI::error( $row ? $row->answer : __( 'The test could not be kept.', 'multisite-runcloud-bridge' ) );
		}
	}

	/**
	 * Ends the command where the constants are missing or wrong.
	 */
	private static function cli_need_settings() {
		if ( ! self::is_ready() ) {
			\WP_CLI::error( implode( ' ', self::faults() ) );
		}
	}
}

Bridge::boot();

endif;
