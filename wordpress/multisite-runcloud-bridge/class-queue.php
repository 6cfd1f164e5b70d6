<?php
/**
 * The rows of the bridge's table.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB -- The bridge's own table, which has no other API. A cached row is one that somebody else has sent.

/**
 * Events that wait, and what became of the others: one row each. Two requests at the same time each INSERT a row, and
 * neither can lose the other's: an option holding a list is read, changed and written back whole, and the later writer wins.
 */
final class Queue {

	/** Seconds for which a worker has a row to itself: more than a request can take. */
	const LEASE = 60;

	/**
	 * Keeps an event. Not by $wpdb->insert(), which asks the database for the table's columns first.
	 *
	 * @param string $kind        One of mapped, unmapped, test.
	 * @param string $domain      Host name.
	 * @param int    $site_id     Site.
	 * @param int    $occurred_ms When it happened.
	 * @param string $state       Its state.
	 * @return int Id of the row; 0 where it could not be kept.
	 */
	public static function add( $kind, $domain, $site_id, $occurred_ms, $state = 'waiting' ) {
		global $wpdb;
		$table = Table::name();
		$now   = Clock::now();
		$sql   = "INSERT INTO `$table` (event_id, kind, domain, site_id, occurred_ms, since, due, state) VALUES (%s, %s, %s, %d, %d, %d, %d, %s)";
		$rows  = Table::write( $wpdb->prepare( $sql, 'msg_' . bin2hex( random_bytes( 16 ) ), $kind, $domain, $site_id, $occurred_ms, $now, $now, $state ) );
		if ( ! $rows ) {
			error_log( sprintf( 'multisite-runcloud-bridge: that %s was %s could not be kept, and will not be told: %s', wp_json_encode( $domain ), $kind, $wpdb->last_error ) ); // phpcs:ignore Generic.PHP.ForbiddenFunctions, WordPress.PHP.DevelopmentFunctions -- Nobody looks at what a hook returns.
			return 0;
		}
		$id = (int) $wpdb->insert_id;
		Queue_Limits::on_added( $id );
		return $id;
	}

	/**
	 * Whether the table's rows may have been written elsewhere. Where a copy is read in from a dump, the table is made then,
	 * and all that stands in it is older.
	 *
	 * @return bool|null Null where the database did not answer.
	 */
	public static function may_be_copied() {
		global $wpdb;
		$table = Table::name();
		$made  = 'SELECT UNIX_TIMESTAMP(CREATE_TIME) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s';
		$rows  = Table::read( $wpdb->prepare( "SELECT ( $made ) AS made, MAX(GREATEST(since, tried)) AS written FROM `$table`", $table ) );
		if ( ! $rows ) {
			return null;
		}
		return null !== $rows[0]->written && ( null === $rows[0]->made || (int) $rows[0]->written < (int) $rows[0]->made );
	}

	/**
	 * A row by its id.
	 *
	 * @param int $id Id.
	 * @return object|null
	 */
	public static function row( $id ) {
		global $wpdb;
		$table = Table::name();
		$rows  = Table::read( $wpdb->prepare( "SELECT * FROM `$table` WHERE id = %d", $id ) );
		return $rows ? $rows[0] : null;
	}

	/**
	 * What was told last about a domain, by any request.
	 *
	 * @param string $domain Host name.
	 * @return string|null Either mapped or unmapped; null where nothing is known.
	 */
	public static function last_kind( $domain ) {
		global $wpdb;
		$table = Table::name();
		$rows  = Table::read( $wpdb->prepare( "SELECT kind FROM `$table` WHERE domain = %s AND state <> 'dropped' ORDER BY id DESC LIMIT 1", $domain ) );
		return $rows ? $rows[0]->kind : null;
	}

	/**
	 * The newest row about the domain of a row, apart from those that turned out not to hold.
	 *
	 * @param object $row Row.
	 * @return object|null
	 */
	public static function newest_like( $row ) {
		global $wpdb;
		$table = Table::name();
		$bare  = Host_Name::without_www( $row->domain );
		$sql   = "SELECT * FROM `$table` WHERE domain IN (%s, %s) AND kind <> 'test' AND ( id = %d OR state <> 'dropped' ) ORDER BY id DESC LIMIT 1";
		$rows  = Table::read( $wpdb->prepare( $sql, $bare, 'www.' . $bare, $row->id ) );
		return $rows ? $rows[0] : null;
	}

	/**
	 * The row to send next. Fewest failures first, then fewest attempts, so that a single event that always fails does not
	 * hold up the others. None at all while the service has asked for no requests.
	 *
	 * @return object|null
	 */
	public static function next() {
		global $wpdb;
		if ( self::next_due() > Clock::now() ) {
			return null;
		}
		$table = Table::name();
		$sql   = "SELECT * FROM `$table` WHERE state = 'waiting' AND ( due <= %d OR due > %d ) ORDER BY failures, attempts, id LIMIT 1";
		$rows  = Table::read( $wpdb->prepare( $sql, Clock::now(), self::latest( Retry::LONGEST_WAIT ) ) );
		return $rows ? $rows[0] : null;
	}

	/**
	 * When the next row may be sent. A time further away than any wait was written by a clock that was ahead, or by a bridge
	 * that let itself be put off for longer. It counts for nothing.
	 *
	 * @return int|null Time, perhaps past; null where none waits.
	 */
	public static function next_due() {
		global $wpdb;
		$table = Table::name();
		$sql   = "SELECT MIN(IF(due > %d, 0, due)) AS due, MAX(IF(not_before > %d, 0, not_before)) AS not_before FROM `$table` WHERE state = 'waiting'";
		$rows  = Table::read( $wpdb->prepare( $sql, self::latest( Retry::LONGEST_WAIT ), self::latest( Answer::MOST_PATIENCE ) ) );
		return $rows && null !== $rows[0]->due ? max( (int) $rows[0]->due, (int) $rows[0]->not_before ) : null;
	}

	/**
	 * The latest time that may stand in the table.
	 *
	 * @param int $wait Longest wait, in seconds.
	 * @return int Time. Web servers' clocks may differ.
	 */
	private static function latest( $wait ) {
		return Clock::now() + $wait + Answer::CLOCK_TOLERANCE;
	}

	/**
	 * Takes a row by moving its time on: a worker that dies with it gives it back by that.
	 *
	 * @param object $row Row that waits.
	 * @return bool|null Whether it is the caller's; null where the database takes no change.
	 */
	public static function take( $row ) {
		global $wpdb;
		$table = Table::name();
		$now   = Clock::now();
		$sql   = "UPDATE `$table` SET due = %d, tried = %d, attempts = attempts + 1 WHERE id = %d AND state = 'waiting' AND due = %d";
		$taken = Table::write( $wpdb->prepare( $sql, $now + self::LEASE, $now, $row->id, $row->due ) );
		return false === $taken ? null : 1 === $taken;
	}

	/**
	 * Ends a row without sending it.
	 *
	 * @param object $row   Row.
	 * @param string $state Its state.
	 * @param string $words Why.
	 * @return bool Whether the database took it.
	 */
	public static function settle( $row, $state, $words ) {
		global $wpdb;
		$table = Table::name();
		return false !== Table::write( $wpdb->prepare( "UPDATE `$table` SET state = %s, answer = %s WHERE id = %d AND state = 'waiting'", $state, $words, $row->id ) );
	}

	/**
	 * Ends all rows that wait, without sending them. Somebody may look through them and send them again.
	 *
	 * @param string $words Why.
	 */
	public static function give_up_waiting( $words ) {
		global $wpdb;
		$table = Table::name();
		Table::write( $wpdb->prepare( "UPDATE `$table` SET state = 'given_up', answer = %s WHERE state = 'waiting'", $words ) );
	}

	/**
	 * Writes down what became of a try.
	 *
	 * @param object $row    Row.
	 * @param array  $result See Answer.
	 * @param array  $next   See Retry.
	 */
	public static function record( $row, $result, $next ) {
		global $wpdb;
		$table = Table::name();
		$sql   = "UPDATE `$table` SET state = %s, failures = %d, due = %d, not_before = %d, status = %d, answer = %s WHERE id = %d";
		Table::write( $wpdb->prepare( $sql, $next['state'], $next['failures'], $next['due'], $next['not_before'], $result['status'], $result['words'], $row->id ) );
	}

	/**
	 * Writes down what became of a test, which is tried once.
	 *
	 * @param int   $id     Id of the row.
	 * @param array $result See Answer.
	 */
	public static function record_test( $id, $result ) {
		global $wpdb;
		$table = Table::name();
		$sql   = "UPDATE `$table` SET state = %s, attempts = 1, tried = %d, status = %d, answer = %s WHERE id = %d";
		Table::write( $wpdb->prepare( $sql, $result['outcome'], Clock::now(), $result['status'], $result['words'], $id ) );
	}

	/**
	 * The most failures that a waiting row has.
	 *
	 * @return int
	 */
	public static function most_failures() {
		global $wpdb;
		$table = Table::name();
		return (int) $wpdb->get_var( "SELECT MAX(failures) FROM `$table` WHERE state = 'waiting'" );
	}

	/**
	 * What failed for one fails for all: they wait too, so that an outage costs one request per wait.
	 *
	 * @param int $due      When the one is tried again.
	 * @param int $failures Its failures.
	 */
	public static function hold_back( $due, $failures ) {
		global $wpdb;
		$table = Table::name();
		Table::write( $wpdb->prepare( "UPDATE `$table` SET due = GREATEST(due, %d), failures = GREATEST(failures, %d) WHERE state = 'waiting'", $due, $failures ) );
	}

	/**
	 * The service takes events: what waits for it to come back need not wait any longer, but for rows that somebody has just
	 * tried or is trying.
	 */
	public static function release() {
		global $wpdb;
		$table = Table::name();
		$now   = Clock::now();
		$sql   = "UPDATE `$table` SET due = %d, not_before = 0, failures = 0 WHERE state = 'waiting' AND due > %d AND tried < %d";
		Table::write( $wpdb->prepare( $sql, $now, $now, $now - self::LEASE ) );
	}

	/**
	 * Has a row wait again as if it were new, unless a worker has it now.
	 *
	 * @param object $row Row.
	 */
	public static function renew( $row ) {
		global $wpdb;
		$table = Table::name();
		$now   = Clock::now();
		$sql   = "UPDATE `$table` SET state = 'waiting', attempts = 0, failures = 0, not_before = 0, since = %d, due = %d WHERE id = %d AND ( state <> 'waiting' OR due = %d )";
		Table::write( $wpdb->prepare( $sql, $now, $now, $row->id, $row->due ) );
	}

	/**
	 * When an event happened, as it is sent; it is kept so. Where the clock went ahead it is now at the latest, because the
	 * service refuses news from the future for good. And it is after what the service took last about this domain, also where
	 * two web servers differ, or the clock was put back meanwhile: rows are numbered in their true order, and news that looks
	 * older than what it has the service would take and pass over. What it took once is not too far in its future.
	 *
	 * @param object $row Row.
	 * @return int Milliseconds since 1970.
	 */
	public static function settle_time( $row ) {
		global $wpdb;
		$table = Table::name();
		$bare  = Host_Name::without_www( $row->domain );
		$ms    = min( (int) $row->occurred_ms, Clock::now_ms() );
		$sql   = "SELECT MAX(occurred_ms) AS ms FROM `$table` WHERE domain IN (%s, %s) AND id < %d AND state = 'accepted' AND kind <> 'test'";
		$rows  = Table::read( $wpdb->prepare( $sql, $bare, 'www.' . $bare, $row->id ) );
		$last  = $rows ? (int) $rows[0]->ms : 0;
		if ( $last >= $ms ) {
			$ms = $last + 1;
		}
		if ( (int) $row->occurred_ms !== $ms ) {
			Table::write( $wpdb->prepare( "UPDATE `$table` SET occurred_ms = %d WHERE id = %d", $ms, $row->id ) );
		}
		return $ms;
	}
}
