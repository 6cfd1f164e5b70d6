<?php
/**
 * From a change to an event in the queue.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Keeps an event for each change, and one event where two hooks speak of the same change.
 */
final class Recorder {

	/** Seconds within which the same news of a domain in the same request is the same change, heard through two hooks. */
	const SAME_CHANGE = 60;

	/**
	 * What this request recorded, by domain.
	 *
	 * @var array<string, array{kind: string, at: int}>
	 */
	private static $recorded = array();

	/**
	 * Time (ms) of the last event of this request. Of two events at the same instant the service believes the mapping.
	 *
	 * @var int
	 */
	private static $last_ms = 0;

	/**
	 * Keeps an event, unless this request has just kept the same one.
	 *
	 * @param string $kind    Either mapped or unmapped.
	 * @param mixed  $domain  Host name, from a hook that anybody may fire with anything.
	 * @param mixed  $site_id Site.
	 */
	public static function record( $kind, $domain, $site_id ) {
		$domain = is_string( $domain ) ? Host_Name::lower( $domain ) : '';
		if ( '' === $domain || ! self::is_recording() || self::recorded_kind( $domain ) === $kind ) {
			return;
		}
		$now                       = Clock::now_ms();
		self::$last_ms             = max( $now, self::$last_ms + 1 );
		self::$recorded[ $domain ] = array(
			'kind' => $kind,
			'at'   => intdiv( $now, 1000 ),
		);
		Schedule::request_worker();
		Queue::add( $kind, substr( $domain, 0, 255 ), max( 0, (int) $site_id ), self::$last_ms );
	}

	/**
	 * What this request recorded of a domain just now. (A worker that runs for hours is one request too.)
	 *
	 * @param string $domain Host name in lower case.
	 * @return string|null Either mapped or unmapped; null for nothing.
	 */
	public static function recorded_kind( $domain ) {
		$is_known = isset( self::$recorded[ $domain ] ) && Clock::now() - self::$recorded[ $domain ]['at'] < self::SAME_CHANGE;
		return $is_known ? self::$recorded[ $domain ]['kind'] : null;
	}

	/**
	 * Whether anything is kept. In another network nothing is: whoever confirmed it later would send it.
	 *
	 * @return bool
	 */
	private static function is_recording() {
		return Settings::is_ready() && Network::OTHER !== Network::verdict();
	}

	/**
	 * Records the host of a site, unless that is the network's own: sites in folders live there.
	 *
	 * @param string   $kind Either mapped or unmapped.
	 * @param \WP_Site $site Site.
	 */
	public static function record_host( $kind, $site ) {
		$network = get_network( $site->network_id );
		if ( ! $network || Host_Name::without_www( $network->domain ) !== Host_Name::without_www( $site->domain ) ) {
			self::record( $kind, $site->domain, $site->blog_id );
		}
	}

	/**
	 * Records all active mappings of a site.
	 *
	 * @param string $kind    Either mapped or unmapped.
	 * @param int    $site_id Site.
	 */
	public static function record_mappings_of( $kind, $site_id ) {
		if ( ! self::is_recording() ) {
			return;
		}
		$domains = Mappings::active_domains_of( $site_id );
		if ( null === $domains ) {
			global $wpdb;
			error_log( sprintf( 'multisite-runcloud-bridge: the mappings of site %d could not be read, so that they are %s will not be told: %s', $site_id, $kind, $wpdb->last_error ) ); // phpcs:ignore Generic.PHP.ForbiddenFunctions, WordPress.PHP.DevelopmentFunctions -- Nobody looks at what a hook returns.
			return;
		}
		foreach ( $domains as $domain ) {
			self::record( $kind, $domain, $site_id );
		}
	}
}
