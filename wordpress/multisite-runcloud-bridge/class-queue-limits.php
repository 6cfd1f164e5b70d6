<?php
/**
 * How long the queue may get.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Bounds the table. Of events that the service was not told of, and that are deleted all the same, the number is kept.
 */
final class Queue_Limits {

	/** Rows kept of what is done with, of what failed for good and somebody has to see to, and of what waits. */
	const KEEP_DONE    = 200;
	const KEEP_FAILED  = 1000;
	const KEEP_WAITING = 5000;

	/** After so many new rows the table is bounded, whatever becomes of the worker. A prime: in a cluster ids go in steps. */
	const PRUNE_EVERY = 101;

	/**
	 * A row was added.
	 *
	 * @param int $id Its id.
	 */
	public static function on_added( $id ) {
		if ( 0 === $id % self::PRUNE_EVERY && Table::is_usable() ) {
			self::prune();
		}
	}

	/**
	 * Gives up and deletes what is too much, the oldest first.
	 */
	public static function prune() {
		global $wpdb;
		$table = Table::name();
		$id    = self::id_beyond( "state = 'waiting'", self::KEEP_WAITING );
		if ( $id ) {
			$words = __( 'Too many events were waiting.', 'multisite-runcloud-bridge' );
			Table::write( $wpdb->prepare( "UPDATE `$table` SET state = 'given_up', answer = %s WHERE state = 'waiting' AND id <= %d", $words, $id ) );
		}
		$untold = self::delete( "state IN ('refused', 'given_up')", self::KEEP_FAILED );
		if ( $untold > 0 ) {
			Options::write( Options::DELETED, sprintf( '%d %d', self::deleted() + $untold, Clock::now() ) );
		}
		self::delete( "state NOT IN ('waiting', 'refused', 'given_up')", self::KEEP_DONE );
	}

	/**
	 * How many events were deleted although the service was not told of them. After a week without any the count begins anew.
	 *
	 * @return int
	 */
	public static function deleted() {
		list( $number, $last ) = array_map( 'intval', explode( ' ', Options::read( Options::DELETED ) . ' 0' ) );
		return $last > Clock::now() - WEEK_IN_SECONDS ? $number : 0;
	}

	/**
	 * Deletes all but the newest rows of some states.
	 *
	 * @param string $condition Which states.
	 * @param int    $keep      How many stay.
	 * @return int How many went.
	 */
	private static function delete( $condition, $keep ) {
		global $wpdb;
		$table = Table::name();
		$id    = self::id_beyond( $condition, $keep );
		return $id ? (int) Table::write( $wpdb->prepare( "DELETE FROM `$table` WHERE $condition AND id <= %d", $id ) ) : 0;
	}

	/**
	 * The newest row that is one too many.
	 *
	 * @param string $condition Which states.
	 * @param int    $keep      How many stay.
	 * @return int Its id; 0 where there is none.
	 */
	private static function id_beyond( $condition, $keep ) {
		$table = Table::name();
		$rows  = Table::read( "SELECT id FROM `$table` WHERE $condition ORDER BY id DESC LIMIT 1 OFFSET $keep" );
		return $rows ? (int) $rows[0]->id : 0;
	}
}
