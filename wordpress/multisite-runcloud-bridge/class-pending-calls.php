<?php
/**
 * Calls of listeners that are still to be made.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB -- The bridge's own table, which has no other API. Two may work on it at once.

/**
 * Rows of the table of news, one for each event and domain that the network's own code has not heard of yet. What the event
 * says is kept once, in the row of the event.
 */
final class Pending_Calls {

	/** Seconds for which a call is its caller's alone. A process that was killed says nothing: after that somebody else calls. */
	const LEASE = 300;

	/**
	 * Adds a call for each domain of an event, or one where it is the application's.
	 *
	 * @param Incoming_Event $event Event.
	 * @return bool Whether the database took it.
	 */
	public static function add( $event ) {
		global $wpdb;
		$table = News_Table::name();
		foreach ( array_chunk( $event->domains ? $event->domains : array( '' ), News::AT_ONCE ) as $some ) {
			$values = array();
			foreach ( $some as $domain ) {
				$values[] = $wpdb->prepare( '(%s, %s, %s, %s, %s, %d)', News::hash_of( News::PENDING, "$event->id\n$domain" ), News::PENDING, $domain, $event->id, $event->type, Clock::now() );
			}
			// No second try: this is within a transaction, which a failure may have ended.
			if ( false === $wpdb->query( "INSERT IGNORE INTO `$table` (key_hash, kind, name, event_id, type, taken) VALUES " . implode( ', ', $values ) ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Calls that may be made now. Those that were cut off come after all others, so that they keep nobody waiting.
	 *
	 * @param int         $most How many at most.
	 * @param string|null $id   Id of the only event they may be of.
	 * @return object[]
	 */
	public static function due( $most, $id = null ) {
		global $wpdb;
		$table = News_Table::name();
		$of    = null === $id ? '' : $wpdb->prepare( 'AND event_id = %s', $id );
		return News_Table::read( $wpdb->prepare( "SELECT * FROM `$table` WHERE kind = %s AND due <= %d $of ORDER BY tries, id LIMIT %d", News::PENDING, Clock::now(), $most ) );
	}

	/**
	 * When the next call may be made.
	 *
	 * @return int|null Seconds since 1970; null where none waits.
	 */
	public static function next_due() {
		global $wpdb;
		$table = News_Table::name();
		$rows  = News_Table::read( $wpdb->prepare( "SELECT MIN(due) AS next FROM `$table` WHERE kind = %s", News::PENDING ) );
		return $rows && null !== $rows[0]->next ? (int) $rows[0]->next : null;
	}

	/**
	 * Takes a call for this process.
	 *
	 * @param object $row Row.
	 * @return bool|null Whether it is the caller's; null where the database did not take it.
	 */
	public static function take( $row ) {
		global $wpdb;
		$table = News_Table::name();
		$rows  = News_Table::write( $wpdb->prepare( "UPDATE `$table` SET due = %d, tries = tries + 1 WHERE id = %d AND kind = %s AND due = %d AND tries = %d", Clock::now() + self::LEASE, $row->id, News::PENDING, $row->due, $row->tries ) );
		return false === $rows ? null : 1 === $rows;
	}

	/**
	 * Gives a call back that was cut off.
	 *
	 * @param object $row Row.
	 */
	public static function give_back( $row ) {
		global $wpdb;
		$table = News_Table::name();
		News_Table::write( $wpdb->prepare( "UPDATE `$table` SET due = %d WHERE id = %d AND kind = %s", Clock::now(), $row->id, News::PENDING ) );
	}

	/**
	 * Marks a call as made, or as one that will not be made: its row goes.
	 *
	 * @param object $row Row.
	 * @return bool Whether the database took it.
	 */
	public static function mark( $row ) {
		global $wpdb;
		$table = News_Table::name();
		return false !== News_Table::write( $wpdb->prepare( "DELETE FROM `$table` WHERE id = %d AND kind = %s", $row->id, News::PENDING ) );
	}

	/**
	 * All that the service said in an event.
	 *
	 * @param string $id Id of the event.
	 * @return array|null Null where it is not kept any more.
	 */
	public static function data_of( $id ) {
		global $wpdb;
		$table = News_Table::name();
		$rows  = News_Table::read( $wpdb->prepare( "SELECT data FROM `$table` WHERE key_hash = %s", News::hash_of( News::TAKEN, $id ) ) );
		$data  = $rows ? json_decode( (string) $rows[0]->data, true ) : null;
		return is_array( $data ) ? $data : null;
	}

	/**
	 * Forgets what was said in an event that has no call left.
	 *
	 * @param string $id Id of the event.
	 */
	public static function forget_data( $id ) {
		global $wpdb;
		$table = News_Table::name();
		News_Table::write( $wpdb->prepare( "UPDATE `$table` AS event LEFT JOIN `$table` AS call_left ON call_left.kind = %s AND call_left.event_id = %s SET event.data = NULL WHERE event.key_hash = %s AND call_left.id IS NULL", News::PENDING, $id, News::hash_of( News::TAKEN, $id ) ) );
	}
}
