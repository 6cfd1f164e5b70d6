<?php
/**
 * Plugin Name:       Multisite RunCloud Bridge
 * Description:       Tells multisite-runcloud at once, and signed, about every domain that is mapped or unmapped in this network.
 * Version:           1.2.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Network:           true
 * License:           MIT
 * Text Domain:       multisite-runcloud-bridge
 *
 * Copy this file and the folder multisite-runcloud-bridge beside it to wp-content/mu-plugins/, and put two constants into
 * wp-config.php:
 *
 *     define( 'MULTISITE_RUNCLOUD_URL', 'https://…/webhooks' ); // Address of the service.
 *     define( 'MULTISITE_RUNCLOUD_SECRET', 'whsec_…' );         // The key it knows as WEBHOOK_SECRET.
 *
 * Two more are for who wants them: MULTISITE_RUNCLOUD_NOTIFY_SECRET, to take what the service tells, and
 * MULTISITE_RUNCLOUD_PUBLIC_URL, where customers reach it under another name.
 *
 * WordPress loads the files of mu-plugins and looks into no folder, so this file loads the bridge, which is in the folder.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// A copy of this file that somebody keeps beside it is loaded as well. PHP declares nothing twice, and would end every page
// of the network: what stands within a condition is declared when that holds, and not before the file is run.
if ( ! function_exists( __NAMESPACE__ . '\load' ) ) {

	/**
	 * Starts the bridge, unless another copy of this file has, or a copy of the time when the bridge was a single file.
	 *
	 * @param string $folder Folder of the classes.
	 */
	function load( $folder ) {
		if ( class_exists( __NAMESPACE__ . '\Bridge', false ) ) {
			return;
		}
		// An upload may have brought this file and not, or not yet, the folder: a bridge that is not whole does nothing at all.
		if ( is_readable( $folder . '/class-bridge.php' ) ) {
			require_once $folder . '/class-bridge.php';
			if ( Bridge::boot() ) {
				return;
			}
		}
		add_action( 'network_admin_notices', __NAMESPACE__ . '\show_incomplete' );
	}

	/**
	 * Tells those who can mend it that a part of the bridge is missing.
	 */
	function show_incomplete() {
		if ( ! current_user_can( 'manage_network' ) ) {
			return;
		}
		load_muplugin_textdomain( 'multisite-runcloud-bridge', 'languages' );
		load_muplugin_textdomain( 'multisite-runcloud-bridge', 'multisite-runcloud-bridge/languages' );
		echo '<div class="notice notice-error"><p><strong>';
		esc_html_e( 'RunCloud is not told about domains: a part of Multisite RunCloud Bridge is missing.', 'multisite-runcloud-bridge' );
		echo '</strong></p><p>';
		esc_html_e( 'Copy both to wp-content/mu-plugins: the file multisite-runcloud-bridge.php and the whole folder multisite-runcloud-bridge.', 'multisite-runcloud-bridge' );
		echo '</p></div>';
	}
}

load( __DIR__ . '/multisite-runcloud-bridge' );
