<?php
/**
 * What the bridge remembers beside its table.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Options of the main site of the main network: one place for the whole installation, as the table is, also where it holds
 * several networks. WordPress loads a site's options all at once, and the main site's anyway where an event is kept. A
 * network's option would cost a query of its own.
 */
final class Options {

	/** The network that the bridge was set up in. See Network. */
	const NETWORK = 'runcloud_bridge_network';

	/** How many events were deleted untold, and when the last ones were. See Queue_Limits. */
	const DELETED = 'runcloud_bridge_deleted';

	/**
	 * The main site of the main network.
	 *
	 * @return int
	 */
	public static function main_site_id() {
		$network_id = get_main_network_id();
		return get_current_network_id() === $network_id ? get_main_site_id() : get_main_site_id( $network_id );
	}

	/**
	 * Reads an option.
	 *
	 * @param string $name Name.
	 * @return string|null Null where it is not there.
	 */
	public static function read( $name ) {
		$value = get_blog_option( self::main_site_id(), $name );
		return is_string( $value ) && '' !== $value ? $value : null;
	}

	/**
	 * Writes an option.
	 *
	 * @param string $name  Name.
	 * @param string $value Value.
	 */
	public static function write( $name, $value ) {
		update_blog_option( self::main_site_id(), $name, $value );
	}
}
