<?php
/**
 * What people want to know of the queue.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB -- The bridge's own table, which has no other API. Who looks wants to see what is there now.

/**
 * Deliveries and figures, for the screen, Site Health and WP-CLI.
 */
final class Queue_Report {

	/**
	 * The last 20 deliveries, the newest first.
	 *
	 * @return object[]
	 */
	public static function last_rows() {
		$table = Table::name();
		return Table::read( "SELECT * FROM `$table` ORDER BY GREATEST(tried, since) DESC, id DESC LIMIT 20" );
	}

	/**
	 * Ids of what the service refused and of what was given up.
	 *
	 * @return int[]
	 */
	public static function failed_ids() {
		$table = Table::name();
		return array_map( 'intval', array_column( Table::read( "SELECT id FROM `$table` WHERE state IN ('refused', 'given_up') ORDER BY id" ), 'id' ) );
	}

	/**
	 * How the queue is.
	 *
	 * @return array{waiting: int, failing: int, given_up: int, refused: int, deleted: int, overdue: int, words: string}|null
	 *               Seconds for overdue; words: of the last try that failed. Null where the table is not to be had.
	 */
	public static function figures() {
		global $wpdb;
		$table = Table::name();
		$now   = Clock::now();
		$sql   = "SELECT COALESCE(SUM(state = 'waiting'), 0) AS waiting,
			COALESCE(SUM(state = 'waiting' AND tried > 0), 0) AS failing, MIN(IF(state = 'waiting', due, NULL)) AS due,
			COALESCE(SUM(state = 'given_up' AND since > %d), 0) AS given_up, COALESCE(SUM(state = 'refused' AND since > %d), 0) AS refused FROM `$table`";
		$week  = $now - WEEK_IN_SECONDS;
		$rows  = Table::read( $wpdb->prepare( $sql, $week, $week ) );
		if ( ! $rows ) {
			return null;
		}
		$failed = Table::read( "SELECT answer FROM `$table` WHERE state IN ('waiting', 'given_up') AND tried > 0 ORDER BY tried DESC LIMIT 1" );
		$due    = (int) $rows[0]->due;
		return array(
			'waiting'  => (int) $rows[0]->waiting,
			'failing'  => (int) $rows[0]->failing,
			'given_up' => (int) $rows[0]->given_up,
			'refused'  => (int) $rows[0]->refused,
			'deleted'  => Queue_Limits::deleted(),
			'overdue'  => $due > 0 ? max( 0, $now - $due ) : 0,
			'words'    => $failed ? (string) $failed[0]->answer : '',
		);
	}
}
