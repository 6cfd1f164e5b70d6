<?php
/**
 * Which network this is, and whether the bridge was set up in it.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Tells the network from its copies: a staging site, a restored backup, a laptop. A copy has the network's database, its
 * files and its key, and what somebody tries out there must not reach the domains that customers use.
 *
 * A network is known by the address of its main site, from WordPress's table of sites: by that WordPress finds the site for
 * a request. Not by home_url(), which follows WP_HOME, and some let that follow the request. The protocol, "www." and the
 * usual ports do not count. Another host, port or path is another network.
 *
 * A copy may keep that address, and give itself away by what wp-config.php says: another host in one of its constants, or a
 * type of environment. Such marks count where they were not there when the bridge was set up.
 *
 * All of it is remembered in hexadecimal digits. Who makes a copy mostly replaces the network's address in the whole
 * database, and would replace it here too.
 */
final class Network {

	/** What verdict() finds: the network that the bridge was set up in; another one; or nothing on record. */
	const SAME    = 'same';
	const OTHER   = 'other';
	const UNKNOWN = 'unknown';

	/** Seconds for which a request that lives on believes the verdict. */
	const KNOWN_FOR = 60;

	/** Constants that hold an address of the network. */
	const CONSTANTS = array( 'DOMAIN_CURRENT_SITE', 'WP_HOME', 'WP_SITEURL' );

	/**
	 * The verdict of this request. The plugin empties WordPress's cache at each save, and asking again would cost queries.
	 *
	 * @var string|null
	 */
	private static $verdict = null;

	/**
	 * When it was found.
	 *
	 * @var int
	 */
	private static $found_at = 0;

	/**
	 * Whether the bridge was set up in this network.
	 *
	 * - SAME: events are kept and sent.
	 * - OTHER: no event is kept, and none is sent.
	 * - UNKNOWN: events are kept, and none is sent until somebody has confirmed the network.
	 *
	 * @return string One of SAME, OTHER, UNKNOWN.
	 */
	public static function verdict() {
		$now = Clock::now();
		if ( null === self::$verdict || abs( $now - self::$found_at ) >= self::KNOWN_FOR ) {
			self::$verdict  = self::find_verdict();
			self::$found_at = $now;
		}
		return self::$verdict;
	}

	/**
	 * The name by which this network is told to the service: the address of its main site.
	 *
	 * @return string As in "network.example" or "network.example:8080/blogs".
	 */
	public static function name() {
		$main = get_site( Options::main_site_id() );
		return $main ? self::address( $main->domain . $main->path ) : '';
	}

	/**
	 * Has this network be the one from now on. What another one left waiting is not sent for it: it may have been sent there.
	 */
	public static function confirm() {
		$was = self::verdict();
		if ( self::OTHER === $was ) {
			/* translators: %s: address of a network. */
			Queue::give_up_waiting( sprintf( __( 'Recorded in %s, before this network was confirmed.', 'multisite-runcloud-bridge' ), self::remembered_name() ) );
		}
		self::remember();
		self::$verdict = null;
		Schedule::request_worker();
	}

	/**
	 * What a verdict means and what to do, in words.
	 *
	 * @param string $verdict What verdict() returned.
	 * @return string[] Sentences; none where all is well.
	 */
	public static function explain( $verdict ) {
		if ( self::SAME === $verdict ) {
			return array();
		}
		$marks = self::marks();
		$lines = array();
		if ( self::UNKNOWN === $verdict ) {
			/* translators: %s: address of a network. */
			$lines[] = sprintf( __( 'It is not on record whether the bridge was set up in this network, %s, or whether this is a copy. Events are kept here, and none is sent until somebody says so.', 'multisite-runcloud-bridge' ), self::name() );
		} elseif ( self::remembered_name() === self::name() ) {
			/* translators: %s: address of a network. */
			$lines[] = sprintf( __( 'The bridge was set up in %s. This network has the same address, but is set up otherwise, as a copy is. Nothing that happens here is kept or sent.', 'multisite-runcloud-bridge' ), self::name() );
		} else {
			/* translators: 1: address of a network, 2: address of this network. */
			$lines[] = sprintf( __( 'The bridge was set up in %1$s, and this is %2$s: a copy of it, or the network has moved. Nothing that happens here is kept or sent.', 'multisite-runcloud-bridge' ), self::remembered_name(), self::name() );
		}
		if ( $marks ) {
			/* translators: %s: host names, types of environment. */
			$lines[] = sprintf( __( 'What may mark a copy in wp-config.php or in the environment: %s.', 'multisite-runcloud-bridge' ), implode( ', ', $marks ) );
		}
		$lines[] = __( 'Is this the network itself? Then say so: with the button "This is the network now" under Settings > RunCloud Bridge, or with wp runcloud-bridge confirm-network. On a copy leave it as it is, or take MULTISITE_RUNCLOUD_URL and MULTISITE_RUNCLOUD_SECRET out of wp-config.php.', 'multisite-runcloud-bridge' );
		return $lines;
	}

	/**
	 * Compares this network with the one on record. Where none is, as at first, or after an upgrade from a bridge that kept no
	 * record, this one is put on record if nothing tells of a copy: neither a mark, nor events that came with the database.
	 * Otherwise that somebody has to decide is put on record: the next event would hide where the others came from.
	 *
	 * @return string One of SAME, OTHER, UNKNOWN.
	 */
	private static function find_verdict() {
		$stored = Options::read( Options::NETWORK );
		if ( self::UNKNOWN === $stored ) {
			return self::UNKNOWN;
		}
		if ( null !== $stored ) {
			$remembered = self::decode( $stored );
			$is_same    = self::name() === $remembered[0] && ! array_diff( self::marks(), $remembered );
			return $is_same ? self::SAME : self::OTHER;
		}
		$is_copied = Queue::may_be_copied();
		if ( null === $is_copied || ! Settings::is_ready() ) {
			return self::UNKNOWN;
		}
		if ( $is_copied || self::marks() ) {
			Options::write( Options::NETWORK, self::UNKNOWN );
			return self::UNKNOWN;
		}
		self::remember();
		return self::SAME;
	}

	/**
	 * Puts this network on record.
	 */
	private static function remember() {
		Options::write( Options::NETWORK, bin2hex( implode( "\n", array_merge( array( self::name() ), self::marks() ) ) ) );
	}

	/**
	 * Reads a network as remember() writes it.
	 *
	 * @param string $stored What is stored.
	 * @return string[] Its name, then its marks; a name of no length where nobody can read it.
	 */
	private static function decode( $stored ) {
		return explode( "\n", ctype_xdigit( $stored ) && 0 === strlen( $stored ) % 2 ? hex2bin( $stored ) : '' );
	}

	/**
	 * The name of the network on record.
	 *
	 * @return string
	 */
	private static function remembered_name() {
		$name = self::decode( (string) Options::read( Options::NETWORK ) )[0];
		return '' === $name ? __( 'another network', 'multisite-runcloud-bridge' ) : $name;
	}

	/**
	 * What sets this installation apart from another one of the same address: hosts that wp-config.php names beside the main
	 * site's, and the type of environment, if it is not production, which is what WordPress takes for granted.
	 *
	 * @return string[]
	 */
	private static function marks() {
		$request = isset( $_SERVER['HTTP_HOST'] ) ? self::host_of( sanitize_text_field( wp_unslash( $_SERVER['HTTP_HOST'] ) ) ) : '';
		$hosts   = array();
		foreach ( self::CONSTANTS as $constant ) {
			$hosts[] = defined( $constant ) && is_string( constant( $constant ) ) ? self::host_of( constant( $constant ) ) : '';
		}
		// A constant that follows the request says nothing.
		$foreign = array_diff( $hosts, array( '', self::host_of( self::name() ), $request ) );
		$type    = wp_get_environment_type();
		return array_values( array_unique( array_merge( $foreign, 'production' === $type ? array() : array( $type ) ) ) );
	}

	/**
	 * The host and port of an address.
	 *
	 * @param string $address Address.
	 * @return string
	 */
	private static function host_of( $address ) {
		return explode( '/', self::address( $address ) )[0];
	}

	/**
	 * An address without what does not tell networks apart.
	 *
	 * @param string $text Address, with or without protocol.
	 * @return string
	 */
	private static function address( $text ) {
		$parts = explode( '/', (string) preg_replace( '~^[a-z]+://~', '', Host_Name::lower( $text ) ), 2 );
		preg_match( '/^(.*?)(:\d+)?$/', $parts[0], $found );
		$port = isset( $found[2] ) && ! in_array( $found[2], array( ':80', ':443' ), true ) ? $found[2] : '';
		$path = isset( $parts[1] ) ? trim( $parts[1], '/' ) : '';
		return Host_Name::ascii( Host_Name::without_www( $found[1] ) ) . $port . ( '' === $path ? '' : "/$path" );
	}
}
