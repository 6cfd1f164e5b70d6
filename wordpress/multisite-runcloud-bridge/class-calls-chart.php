<?php
/**
 * Calls to RunCloud, day by day.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * A bar for each day of the billing period, and the same numbers as a table.
 */
final class Calls_Chart {

	/** Pixels. */
	const HEIGHT = 80;
	const BAR    = 12;
	const STEP   = 16;

	/**
	 * Shows both.
	 *
	 * @param array[] $days Part of the service's answer. A service from before this bridge has none.
	 */
	public static function show( $days ) {
		if ( ! $days ) {
			return;
		}
		$calls = array();
		foreach ( $days as $day ) {
			$calls[ Domain_Words::text( $day, 'day' ) ] = Domain_Words::number( $day, 'calls' );
		}
		$most = max( 1, max( $calls ) );
		echo '<svg role="img" aria-label="' . esc_attr__( 'Calls to RunCloud by day. The table has the numbers.', 'multisite-runcloud-bridge' ) . '" width="' . (int) ( count( $calls ) * self::STEP ) . '" height="' . (int) self::HEIGHT . '" style="max-width:100%">';
		$left = 0;
		foreach ( $calls as $number ) {
			$height = max( 1, (int) round( $number / $most * self::HEIGHT ) );
			printf( '<rect x="%d" y="%d" width="%d" height="%d" fill="#2271b1"/>', (int) $left, (int) ( self::HEIGHT - $height ), (int) self::BAR, (int) $height );
			$left += self::STEP;
		}
		echo '</svg><details><summary>' . esc_html__( 'Calls by day', 'multisite-runcloud-bridge' ) . '</summary><table class="widefat striped"><thead><tr><th scope="col">' . esc_html__( 'Day', 'multisite-runcloud-bridge' ) . '</th><th scope="col">' . esc_html__( 'Calls', 'multisite-runcloud-bridge' ) . '</th></tr></thead><tbody>';
		foreach ( $calls as $day => $number ) {
			echo '<tr><th scope="row">' . esc_html( $day ) . '</th><td>' . esc_html( number_format_i18n( $number ) ) . '</td></tr>';
		}
		echo '</tbody></table></details>';
	}
}
