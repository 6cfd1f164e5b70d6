<?php
/**
 * What the service told.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB -- The bridge's own table, which has no other API. What is known decides what is told to people.

/**
 * Rows of the table of news. Of a domain there are two: the last event, and the last one that says whether it is live, so
 * that a renewed certificate does not hide since when it is.
 */
final class News {

	/**
	 * Kinds of rows: an event that was taken; a call of listeners that it asks for (see Pending_Calls); the last event of a
	 * domain; whether it is live; the last event of a type.
	 */
	const TAKEN       = 'taken';
	const PENDING     = 'pending';
	const DOMAIN      = 'domain';
	const LIVE        = 'live';
	const APPLICATION = 'application';

	/** Rows of each kind that are kept. A retry of an event comes within a day, and an event names up to 6,200 domains. */
	const KEEP = array(
		self::TAKEN       => 5000,
		self::PENDING     => 20000,
		self::DOMAIN      => 5000,
		self::LIVE        => 5000,
		self::APPLICATION => 20,
	);

	/** Types that say whether a domain is live. */
	const OF_LIFE = array( 'domain.added', 'domain.removed', 'domain.live', 'domain.not-live' );

	/** Rows of one INSERT. */
	const AT_ONCE = 500;

	/**
	 * Whether an event was taken before.
	 *
	 * @param string $id Id of the event.
	 * @return bool
	 */
	public static function was_taken( $id ) {
		global $wpdb;
		$table = News_Table::name();
		return (bool) News_Table::read( $wpdb->prepare( "SELECT id FROM `$table` WHERE key_hash = %s", self::hash_of( self::TAKEN, $id ) ) );
	}

	/**
	 * Keeps what an event says. What is known already and newer stays, so it may be done twice.
	 *
	 * @param Incoming_Event $event Event.
	 * @return bool Whether the database took it.
	 */
	public static function keep( $event ) {
		if ( ! $event->domains ) {
			return self::keep_rows( $event, array( array( self::APPLICATION, $event->type ) ) );
		}
		$rows = array();
		foreach ( $event->domains as $domain ) {
			$rows[] = array( self::DOMAIN, $domain );
			if ( in_array( $event->type, self::OF_LIFE, true ) ) {
				$rows[] = array( self::LIVE, $domain );
			}
		}
		return self::keep_rows( $event, $rows );
	}

	/**
	 * Takes an event: of several requests at once one has it. The calls of listeners that it asks for are there once it is
	 * taken, and not before.
	 *
	 * @param Incoming_Event $event    Event.
	 * @param bool           $is_heard Whether there are listeners.
	 * @return bool|null Whether it is the caller's; null where the database took nothing.
	 */
	public static function take( $event, $is_heard ) {
		global $wpdb;
		$table = News_Table::name();
		$sql   = "INSERT IGNORE INTO `$table` (key_hash, kind, name, type, at_ms, data, taken) VALUES (%s, %s, %s, %s, %d, NULLIF(%s, ''), %d)";
		$data  = $is_heard ? (string) wp_json_encode( $event->data ) : '';
		$wpdb->query( 'START TRANSACTION' );
		$rows = $wpdb->query( $wpdb->prepare( $sql, self::hash_of( self::TAKEN, $event->id ), self::TAKEN, $event->id, $event->type, $event->at_ms, $data, Clock::now() ) );
		if ( false !== $rows && ( ! $rows || ! $is_heard || Pending_Calls::add( $event ) ) && false !== $wpdb->query( 'COMMIT' ) ) {
			return 1 === $rows;
		}
		$wpdb->query( 'ROLLBACK' );
		return null;
	}

	/**
	 * Bounds the table, the oldest first.
	 */
	public static function prune() {
		global $wpdb;
		$table = News_Table::name();
		foreach ( self::KEEP as $kind => $keep ) {
			$sql  = "SELECT id, taken FROM `$table` WHERE kind = %s ORDER BY taken DESC, id DESC LIMIT 1 OFFSET %d";
			$rows = News_Table::read( $wpdb->prepare( $sql, $kind, $keep ) );
			if ( $rows ) {
				$sql  = "DELETE FROM `$table` WHERE kind = %s AND ( taken < %d OR ( taken = %d AND id <= %d ) )";
				$gone = News_Table::write( $wpdb->prepare( $sql, $kind, $rows[0]->taken, $rows[0]->taken, $rows[0]->id ) );
				if ( self::PENDING === $kind && $gone ) {
					News_Log::complain( sprintf( '%d calls of listeners of %s were dropped: more than %d waited.', $gone, Announcer::HOOK, $keep ) );
				}
			}
		}
	}

	/**
	 * What is known of some domains.
	 *
	 * @param string[] $domains Host names, as anybody writes them.
	 * @return array<string, object[]> Rows by the name as DNS has it: whether it is live, then what came after that.
	 */
	public static function of_domains( $domains ) {
		global $wpdb;
		$keys  = array();
		$found = array();
		foreach ( $domains as $domain ) {
			$name   = self::name_of( $domain );
			$keys[] = self::hash_of( self::LIVE, $name );
			$keys[] = self::hash_of( self::DOMAIN, $name );
		}
		if ( $keys ) {
			$table = News_Table::name();
			$marks = implode( ', ', array_fill( 0, count( $keys ), '%s' ) );
			$sql   = "SELECT * FROM `$table` WHERE key_hash IN ( $marks ) ORDER BY kind DESC";
			foreach ( News_Table::read( $wpdb->prepare( $sql, $keys ) ) as $row ) {
				$known = isset( $found[ $row->name ] ) ? $found[ $row->name ] : array();
				if ( ! $known || $known[0]->event_id !== $row->event_id ) {
					$found[ $row->name ][] = $row;
				}
			}
		}
		return $found;
	}

	/**
	 * What is known of the application, the newest first.
	 *
	 * @return object[]
	 */
	public static function of_application() {
		global $wpdb;
		$table = News_Table::name();
		return News_Table::read( $wpdb->prepare( "SELECT * FROM `$table` WHERE kind = %s ORDER BY at_ms DESC, id DESC", self::APPLICATION ) );
	}

	/**
	 * When the last event was taken.
	 *
	 * @return int|null Seconds since 1970; null for never.
	 */
	public static function last_taken() {
		global $wpdb;
		$table = News_Table::name();
		$rows  = News_Table::read( $wpdb->prepare( "SELECT MAX(taken) AS last FROM `$table` WHERE kind = %s", self::TAKEN ) );
		return $rows && null !== $rows[0]->last ? (int) $rows[0]->last : null;
	}

	/**
	 * The name that the service has for a domain.
	 *
	 * @param string $domain Host name, as anybody writes it.
	 * @return string
	 */
	public static function name_of( $domain ) {
		return Host_Name::ascii( Host_Name::without_www( $domain ) );
	}

	/**
	 * What a row is found by.
	 *
	 * @param string $kind Kind.
	 * @param string $name Name.
	 * @return string
	 */
	public static function hash_of( $kind, $name ) {
		return hash( 'sha256', "$kind\n$name" );
	}

	/**
	 * Puts rows there, or in the place of older ones. Which of two is newer is the service's sequence, where both have one. A
	 * service of before tells none: then it is their time, at the same time the number in their ids, where both have one, and
	 * otherwise what comes later.
	 *
	 * @param Incoming_Event $event Event.
	 * @param array[]        $names Kind and name of each row.
	 * @return bool Whether the database took it.
	 */
	private static function keep_rows( $event, $names ) {
		global $wpdb;
		$table    = News_Table::name();
		$by_time  = 'VALUES(at_ms) > at_ms OR ( VALUES(at_ms) = at_ms AND ( VALUES(number) = 0 OR number = 0 OR VALUES(number) >= number ) )';
		$is_newer = "IF(VALUES(sequence) IS NULL OR sequence IS NULL, $by_time, VALUES(sequence) >= sequence)";
		// The database sets one column after the other: the first one decides, by what all of them were, and they follow it.
		$changes = array( "event_id = IF($is_newer, VALUES(event_id), event_id)" );
		foreach ( array( 'type', 'at_ms', 'number', 'sequence', 'reason', 'what_to_do', 'taken' ) as $column ) {
			$changes[] = "$column = IF(event_id = VALUES(event_id), VALUES($column), $column)";
		}
		$sequence = null === $event->sequence ? 'NULL' : (string) $event->sequence;
		foreach ( array_chunk( $names, self::AT_ONCE ) as $some ) {
			$values = array();
			foreach ( $some as list( $kind, $name ) ) {
				$values[] = $wpdb->prepare( "(%s, %s, %s, %s, %s, %d, %d, $sequence, %s, %s, %d)", self::hash_of( $kind, $name ), $kind, $name, $event->id, $event->type, $event->at_ms, $event->number, $event->reason, $event->what_to_do, Clock::now() );
			}
			$sql = "INSERT INTO `$table` (key_hash, kind, name, event_id, type, at_ms, number, sequence, reason, what_to_do, taken) VALUES " . implode( ', ', $values ) . ' ON DUPLICATE KEY UPDATE ' . implode( ', ', $changes );
			if ( false === News_Table::write( $sql ) ) {
				return false;
			}
		}
		return true;
	}
}
