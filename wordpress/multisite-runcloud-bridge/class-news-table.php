<?php
/**
 * The table of what the service tells.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * What the service told of domains and of the application, and which of its events were taken. See News.
 */
final class News_Table extends Versioned_Table {

	/** The version this bridge reads and writes. */
	const SCHEMA = 2;

	/** Its name, without WordPress's prefix. */
	const NAME = 'runcloud_bridge_news';

	/**
	 * Columns and keys. key_hash is of kind and name: the unique key is what lets one of two requests at once take an event, and
	 * some engines take no key as long as a host name can be. due: from when a call that waits may be made; tries: how often it
	 * was begun; data: what an event says, while calls of it wait. taken and due: seconds since 1970.
	 *
	 * @return string SQL.
	 */
	protected static function columns() {
		return "id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
			key_hash char(64) NOT NULL,
			kind varchar(12) NOT NULL,
			name varchar(256) NOT NULL,
			event_id varchar(256) NOT NULL DEFAULT '',
			type varchar(40) NOT NULL DEFAULT '',
			at_ms bigint(20) unsigned NOT NULL DEFAULT 0,
			number bigint(20) unsigned NOT NULL DEFAULT 0,
			sequence bigint(20) unsigned NULL,
			reason text NULL,
			what_to_do text NULL,
			data mediumtext NULL,
			due bigint(20) unsigned NOT NULL DEFAULT 0,
			tries int(10) unsigned NOT NULL DEFAULT 0,
			taken bigint(20) unsigned NOT NULL,
			PRIMARY KEY  (id),
			UNIQUE KEY key_hash (key_hash),
			KEY kind_taken (kind, taken)";
	}

	/**
	 * What leads from each version to the next. A table that lost its comment on the way gets it back.
	 *
	 * @return array<int, callable>
	 */
	protected static function steps() {
		return array(
			1 => '__return_empty_array',
			2 => array( __CLASS__, 'changes_to_2' ),
		);
	}

	/**
	 * In version 1 rows had no sequence, and no call waited.
	 *
	 * @return string[] Parts of an ALTER TABLE.
	 */
	protected static function changes_to_2() {
		return array(
			'ADD COLUMN sequence bigint(20) unsigned NULL AFTER number',
			'ADD COLUMN data mediumtext NULL AFTER what_to_do',
			'ADD COLUMN due bigint(20) unsigned NOT NULL DEFAULT 0 AFTER data',
			'ADD COLUMN tries int(10) unsigned NOT NULL DEFAULT 0 AFTER due',
		);
	}

	/**
	 * What it means that there is no table, or a newer bridge's.
	 *
	 * @param string $found Either MISSING or NEWER.
	 * @return string A sentence.
	 */
	protected static function consequence( $found ) {
		return self::NEWER === $found
			? __( 'It is left alone: what the service tells is not taken until the newer bridge is back.', 'multisite-runcloud-bridge' )
			: __( 'What the service tells is not taken.', 'multisite-runcloud-bridge' );
	}
}
