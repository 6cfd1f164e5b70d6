<?php
/**
 * The last runs of the service.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * What the last runs over all domains came to, newest first.
 */
final class Runs_Table {

	/**
	 * Shows them.
	 *
	 * @param array[] $runs Part of the service's answer. A service from before this bridge has none.
	 */
	public static function show( $runs ) {
		if ( ! $runs ) {
			return;
		}
		$heads = array(
			__( 'Ended', 'multisite-runcloud-bridge' ),
			__( 'Seconds', 'multisite-runcloud-bridge' ),
			__( 'Changes', 'multisite-runcloud-bridge' ),
			__( 'Held or left alone', 'multisite-runcloud-bridge' ),
			__( 'Failed', 'multisite-runcloud-bridge' ),
			__( 'Outcome', 'multisite-runcloud-bridge' ),
		);
		echo '<h2>' . esc_html__( 'Last runs', 'multisite-runcloud-bridge' ) . '</h2><table class="widefat striped"><thead><tr>';
		foreach ( $heads as $head ) {
			echo '<th scope="col">' . esc_html( $head ) . '</th>';
		}
		echo '</tr></thead><tbody>';
		foreach ( $runs as $run ) {
			echo '<tr><th scope="row">' . esc_html( Domain_Words::time( $run, 'at' ) ) . '</th>';
			echo '<td>' . esc_html( number_format_i18n( ceil( Domain_Words::number( $run, 'took_ms' ) / 1000 ) ) ) . '</td>';
			foreach ( array( 'done', 'held', 'failed' ) as $field ) {
				echo '<td>' . esc_html( number_format_i18n( Domain_Words::number( $run, $field ) ) ) . '</td>';
			}
			echo '<td>' . esc_html( self::outcome( $run ) ) . '</td></tr>';
		}
		echo '</tbody></table>';
	}

	/**
	 * How a run ended.
	 *
	 * @param array $run Run.
	 * @return string
	 */
	private static function outcome( $run ) {
		$why = Domain_Words::advice( $run, 'aborted' );
		if ( '' === $why ) {
			return __( 'done', 'multisite-runcloud-bridge' );
		}
		if ( ! empty( $run['progress'] ) ) {
			/* translators: %s: why a run ended. */
			return sprintf( __( 'The next run went on. %s', 'multisite-runcloud-bridge' ), $why );
		}
		/* translators: %s: why a run ended. */
		return sprintf( __( 'Ended early. %s', 'multisite-runcloud-bridge' ), $why );
	}
}
