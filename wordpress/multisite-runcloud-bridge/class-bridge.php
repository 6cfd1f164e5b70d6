<?php
/**
 * The start of the bridge.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Takes part in WordPress.
 *
 * The way of an event: Hooks hears of a change, Recorder turns it into an event, and one INSERT keeps it in the Queue. That
 * is all that happens in a visitor's request, beside putting the worker on the Schedule. The Worker, in the background, has
 * Validity ask the database whether the event still holds, has Sender sign and send it, has Answer say what the service's
 * answer means, and has Retry say when to try again. The other way, Event_Receiver takes what the service tells, News keeps
 * it, and Announcer tells it to the network's own code. Recorder and Worker ask Network first, and do nothing in a copy.
 *
 * No class has an instance (but WordPress's list table): WordPress runs one request per process.
 */
final class Bridge {

	/** As in the header of the loader. */
	const VERSION = '1.2.0';

	/** Address of the screen and of its forms. */
	const SLUG = 'multisite-runcloud-bridge';

	/** The other classes of this folder, each in a file of its name. */
	const CLASSES = array(
		'Admin_Screen',
		'Announcer',
		'Answer',
		'Calls_Chart',
		'Cli',
		'Clock',
		'Customer_Link',
		'Customer_Panel',
		'Deliveries_Table',
		'Delivery_Text',
		'Dns_Instructions',
		'Domain_Page',
		'Domain_Words',
		'Domains_Screen',
		'Domains_Table',
		'Event_Receiver',
		'Event_Signature',
		'Hooks',
		'Host_Name',
		'Incoming_Event',
		'Mappings',
		'Network',
		'News',
		'News_Log',
		'News_Table',
		'News_Text',
		'Options',
		'Pending_Calls',
		'Plugin_Integration',
		'Queue',
		'Queue_Limits',
		'Queue_Report',
		'Recorder',
		'Retry',
		'Runs_Table',
		'Schedule',
		'Sender',
		'Service_Query',
		'Settings',
		'Signed_Request',
		'Site_Health',
		'Table',
		'Validity',
		'Versioned_Table',
		'Worker',
	);

	/**
	 * Registers hooks and does nothing else. A class is loaded when its hook fires: a page view loads those that listen on its
	 * end, and none that reads, sends or shows.
	 *
	 * @return bool Whether the folder is whole. A file that is missed in the middle of a request would end that request.
	 */
	public static function boot() {
		if ( ! is_multisite() ) {
			return true;
		}
		foreach ( self::CLASSES as $name ) {
			if ( ! is_readable( self::file_of( $name ) ) ) {
				return false;
			}
		}
		spl_autoload_register( array( __CLASS__, 'load_class' ) );

		// WordPress's own site hooks. With the plugin, the same change comes through its hooks as well, and is told once.
		add_action( 'wp_initialize_site', array( Hooks::class, 'on_site_created' ), 200 );
		add_action( 'wp_update_site', array( Hooks::class, 'on_site_updated' ), 20, 2 );
		add_action( 'wp_delete_site', array( Hooks::class, 'on_site_deleted' ), 5 );

		// Ultimate Multisite. Never wu_add_domain or wu_remove_domain: the plugin takes a listener there for a host
		// integration that will put the domain on the server.
		add_action( 'wu_domain_added', array( Hooks::class, 'on_domain_added' ), 10, 2 );
		add_action( 'wu_domain_removed', array( Hooks::class, 'on_domain_removed' ), 10, 2 );
		add_action( 'wu_transition_domain_domain', array( Hooks::class, 'on_domain_name_changed' ), 10, 2 );
		add_action( 'wu_domain_post_save', array( Hooks::class, 'on_domain_saved' ), 10, 3 );
		add_action( 'wu_domain_post_delete', array( Hooks::class, 'on_domain_deleted' ), 10, 2 );

		// The end of the request, in this order: what was announced becomes an event, events call the worker, and WP-Cron
		// works on what nobody else did.
		add_action( 'shutdown', array( Hooks::class, 'on_shutdown' ), 1 );
		add_action( 'shutdown', array( Schedule::class, 'on_shutdown' ), 1 );
		add_action( 'shutdown', array( Worker::class, 'on_shutdown' ), 1 );
		add_action( Schedule::HOOK, array( Worker::class, 'work' ), 10, 0 );
		add_action( Schedule::HOOK_LATER, array( Worker::class, 'work' ), 10, 0 );

		add_filter( 'wu_domain_mapping_row_actions', array( Customer_Panel::class, 'add_to_row' ), 10, 2 );
		add_filter( 'wu_get_domain_mapping_instructions', array( Dns_Instructions::class, 'complete' ), 10, 3 );
		add_action( 'wp_dashboard_setup', array( Customer_Panel::class, 'add' ) );
		add_action( 'wu_register_integrations', array( Plugin_Integration::class, 'register' ) );
		add_filter( 'wu_hosting_integration_wizard_sections', array( Plugin_Integration::class, 'without_activation' ), 10, 2 );
		add_action( 'rest_api_init', array( Event_Receiver::class, 'add' ) );
		add_action( 'network_admin_menu', array( Admin_Screen::class, 'add' ) );
		add_action( 'network_admin_menu', array( Domains_Screen::class, 'add' ) );
		add_action( 'network_admin_notices', array( Admin_Screen::class, 'show_notice' ) );
		add_action( 'network_admin_edit_' . self::SLUG, array( Admin_Screen::class, 'on_form' ) );
		add_filter( 'site_status_tests', array( Site_Health::class, 'add_test' ) );
		add_action( 'init', array( __CLASS__, 'load_translations' ) );

		if ( defined( 'WP_CLI' ) && \WP_CLI ) {
			foreach ( array( 'status', 'resend', 'test', 'confirm-network' ) as $command ) {
				\WP_CLI::add_command( 'runcloud-bridge ' . $command, array( Cli::class, str_replace( '-', '_', $command ) ) );
			}
		}
		return true;
	}

	/**
	 * Loads a class of this folder.
	 *
	 * @param string $name Whole name of any class that PHP does not know.
	 */
	public static function load_class( $name ) {
		$short = substr( $name, strlen( __NAMESPACE__ ) + 1 );
		if ( __NAMESPACE__ . '\\' . $short === $name && in_array( $short, self::CLASSES, true ) ) {
			require_once self::file_of( $short );
		}
	}

	/**
	 * Loads translations, where anything of this is shown or written down: first those that somebody put into
	 * wp-content/mu-plugins/languages, which count, then those that come along.
	 */
	public static function load_translations() {
		if ( is_admin() || wp_doing_cron() || defined( 'WP_CLI' ) ) {
			load_muplugin_textdomain( 'multisite-runcloud-bridge', 'languages' );
			load_muplugin_textdomain( 'multisite-runcloud-bridge', basename( __DIR__ ) . '/languages' );
		}
	}

	/**
	 * Gives the file of a class the name that WordPress gives such files.
	 *
	 * @param string $name Name without namespace.
	 * @return string Path.
	 */
	private static function file_of( $name ) {
		return __DIR__ . '/class-' . strtolower( str_replace( '_', '-', $name ) ) . '.php';
	}
}
