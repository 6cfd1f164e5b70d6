<?php
/**
 * A delivery in words.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * What the screen and WP-CLI show of a row. Nothing of it is escaped.
 */
final class Delivery_Text {

	/**
	 * A whole row as one line.
	 *
	 * @param object $row Row.
	 * @return string
	 */
	public static function line( $row ) {
		$what = trim( $row->domain . ' ' . self::kind( $row ) );
		return sprintf( '#%d %s %s: %s. %s', $row->id, self::when( $row ), $what, self::state( $row ), $row->answer );
	}

	/**
	 * When the event happened, as the site shows times.
	 *
	 * @param object $row Row.
	 * @return string
	 */
	public static function when( $row ) {
		return self::time( intdiv( (int) $row->occurred_ms, 1000 ) );
	}

	/**
	 * The domain, with its site where that is known.
	 *
	 * @param object $row Row.
	 * @return string
	 */
	public static function domain( $row ) {
		/* translators: 1: domain, 2: number of a site. */
		return (int) $row->site_id > 0 ? sprintf( __( '%1$s (site %2$d)', 'multisite-runcloud-bridge' ), $row->domain, $row->site_id ) : $row->domain;
	}

	/**
	 * What the event says. A row of a newer bridge may know more kinds: they are shown as they are.
	 *
	 * @param object $row Row.
	 * @return string
	 */
	public static function kind( $row ) {
		$texts = array(
			'mapped'   => __( 'mapped', 'multisite-runcloud-bridge' ),
			'unmapped' => __( 'unmapped', 'multisite-runcloud-bridge' ),
			'test'     => __( 'test', 'multisite-runcloud-bridge' ),
		);
		return isset( $texts[ $row->kind ] ) ? $texts[ $row->kind ] : $row->kind;
	}

	/**
	 * What became of it, and when it is tried next, if it is.
	 *
	 * @param object $row Row.
	 * @return string
	 */
	public static function state( $row ) {
		$texts = array(
			'waiting'    => __( 'waiting', 'multisite-runcloud-bridge' ),
			'accepted'   => __( 'accepted', 'multisite-runcloud-bridge' ),
			'refused'    => __( 'refused', 'multisite-runcloud-bridge' ),
			'given_up'   => __( 'given up', 'multisite-runcloud-bridge' ),
			'superseded' => __( 'superseded', 'multisite-runcloud-bridge' ),
			'dropped'    => __( 'not sent', 'multisite-runcloud-bridge' ),
			'failed'     => __( 'failed', 'multisite-runcloud-bridge' ),
		);
		$text  = isset( $texts[ $row->state ] ) ? $texts[ $row->state ] : $row->state;
		/* translators: %s: time. */
		return 'waiting' === $row->state ? $text . sprintf( __( ', next try %s', 'multisite-runcloud-bridge' ), self::time( (int) $row->due ) ) : $text;
	}

	/**
	 * A time as the site shows times.
	 *
	 * @param int $time Seconds since 1970.
	 * @return string
	 */
	private static function time( $time ) {
		return (string) wp_date( 'Y-m-d H:i:s', $time );
	}
}
