<?php
/**
 * The time.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * The one place where the bridge reads the clock.
 */
final class Clock {

	/**
	 * For when a change happened: two changes of a domain within a second have an order.
	 *
	 * @return int Milliseconds since 1970.
	 */
	public static function now_ms() {
		return (int) floor( microtime( true ) * 1000 );
	}

	/**
	 * For everything else.
	 *
	 * @return int Seconds since 1970.
	 */
	public static function now() {
		return intdiv( self::now_ms(), 1000 );
	}
}
