<?php
/**
 * When an event is tried again.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Waits. They grow with the outage and not with the single event: one that comes in the middle of an outage waits as long as
 * those that were there before it.
 */
final class Retry {

	/** Seconds until the second try; each further wait is twice as long, up to the longest one. */
	const FIRST_WAIT   = 15;
	const LONGEST_WAIT = HOUR_IN_SECONDS;

	/** Seconds for which an event is tried. */
	const TRY_FOR = 3 * DAY_IN_SECONDS;

	/**
	 * What a row is after a try.
	 *
	 * @param object $row     Row.
	 * @param array  $result  See Answer.
	 * @param int    $longest Most failures of any row that waits.
	 * @return array{state: string, failures: int, due: int, not_before: int} not_before: 0, or until when the service asked
	 *               for no requests.
	 */
	public static function after( $row, $result, $longest ) {
		$now        = Clock::now();
		$not_before = $result['retry_after'] > 0 ? $now + $result['retry_after'] : 0;
		if ( 'failed' !== $result['outcome'] ) {
			return array(
				'state'      => $result['outcome'],
				'failures'   => (int) $row->failures,
				'due'        => $now,
				'not_before' => $not_before,
			);
		}
		$failures = max( 1 + (int) $row->failures, $longest );
		$last     = (int) $row->since + self::TRY_FOR;
		$wait     = min( self::LONGEST_WAIT, self::FIRST_WAIT * ( 2 ** min( 12, $failures - 1 ) ) );
		return array(
			'state'      => $now >= $last ? 'given_up' : 'waiting',
			'failures'   => $failures,
			// A last try when the three days end. The service's own word counts where it asks for more patience than we have.
			'due'        => max( min( $now + $wait, max( $last, $now + self::FIRST_WAIT ) ), $now + $result['retry_after'] ),
			'not_before' => $not_before,
		);
	}
}
