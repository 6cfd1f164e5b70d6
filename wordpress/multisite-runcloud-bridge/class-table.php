<?php
/**
 * The table of what is told.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB -- The bridge's own table, which has no other API.

/**
 * Events that the service is told of. See Queue.
 *
 * A visitor's request puts rows into a newer table unasked, with the columns that Queue::add() names. Where such a row would
 * mean something else in a new schema, rename one of these columns: then the older bridge's INSERT fails and is logged.
 */
final class Table extends Versioned_Table {

	/** The version this bridge reads and writes. 0 is a table from before versions, which says nothing. */
	const SCHEMA = 1;

	/** Its name, without WordPress's prefix. */
	const NAME = 'runcloud_bridge_events';

	/**
	 * Columns and keys. Times are seconds since 1970, but occurred_ms. due: when it may be tried; since: when the three days
	 * began; not_before: until when the service asked for no requests at all; failures: how often it failed, for this row or
	 * another one meanwhile, which is what the wait grows by.
	 *
	 * @return string SQL.
	 */
	protected static function columns() {
		return "id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
			event_id varchar(64) NOT NULL,
			kind varchar(10) NOT NULL,
			domain varchar(255) NOT NULL,
			site_id bigint(20) unsigned NOT NULL DEFAULT 0,
			occurred_ms bigint(20) unsigned NOT NULL,
			since bigint(20) unsigned NOT NULL,
			state varchar(12) NOT NULL DEFAULT 'waiting',
			attempts int(10) unsigned NOT NULL DEFAULT 0,
			failures int(10) unsigned NOT NULL DEFAULT 0,
			due bigint(20) unsigned NOT NULL,
			not_before bigint(20) unsigned NOT NULL DEFAULT 0,
			tried bigint(20) unsigned NOT NULL DEFAULT 0,
			status smallint(5) unsigned NOT NULL DEFAULT 0,
			answer text NULL,
			PRIMARY KEY  (id),
			KEY state_due (state, due),
			KEY domain (domain(191))";
	}

	/**
	 * What leads from each version to the next.
	 *
	 * @return array<int, callable>
	 */
	protected static function steps() {
		return array( 1 => array( __CLASS__, 'changes_to_1' ) );
	}

	/**
	 * What it means that there is no table, or a newer bridge's.
	 *
	 * @param string $found Either MISSING or NEWER.
	 * @return string A sentence.
	 */
	protected static function consequence( $found ) {
		return self::NEWER === $found
			? __( 'The table is left alone: what happens meanwhile is kept in it where it fits, and nothing is sent until the newer bridge is back.', 'multisite-runcloud-bridge' )
			: __( 'What happens meanwhile is not told.', 'multisite-runcloud-bridge' );
	}

	/**
	 * Before versions, the table began without the column of failures, and with WordPress's collation.
	 *
	 * @return string[] Parts of an ALTER TABLE.
	 */
	protected static function changes_to_1() {
		global $wpdb;
		$table   = self::name();
		$changes = array( 'CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' );
		if ( ! in_array( 'failures', (array) $wpdb->get_col( "SHOW COLUMNS FROM `$table`" ), true ) ) {
			$changes[] = 'ADD COLUMN failures int(10) unsigned NOT NULL DEFAULT 0 AFTER attempts';
		}
		return $changes;
	}
}
