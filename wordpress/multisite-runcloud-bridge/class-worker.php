<?php
/**
 * Works on the queue.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Sends what is due, and has listeners called, in the background; and sends what a person has asked for, at once.
 */
final class Worker {

	/** Seconds that one run may take. */
	const RUN = 20;

	/**
	 * Whether the worker ran in this request.
	 *
	 * @var bool
	 */
	private static $has_run = false;

	/**
	 * Whether the bridge is set up, and this is the network that it was set up in.
	 *
	 * @return bool
	 */
	public static function may_send() {
		return Settings::is_ready() && Network::SAME === Network::verdict();
	}

	/**
	 * Does what waits. Listeners come last: they are the network's own code, and one of them may end PHP.
	 */
	public static function work() {
		self::$has_run = true;
		self::deliver();
		Announcer::work();
	}

	/**
	 * Sends what is due, for at most RUN seconds. Several may run at once: each takes its rows for itself.
	 */
	private static function deliver() {
		if ( ! self::may_send() || ! Table::is_usable() ) {
			return;
		}
		$end     = Clock::now() + self::RUN;
		$handled = 0;
		do {
			$row = Queue::next();
			++$handled;
		} while ( $row && self::handle( $row ) && Clock::now() < $end );
		if ( $handled > 1 || $row ) {
			Queue_Limits::prune();
		}
		Schedule::call_worker_later();
	}

	/**
	 * The end of a run of WP-Cron, which is no visitor's request. WP-Cron's schedule is one option, which requests overwrite
	 * for each other, and Action Scheduler's action may have died with its process. So each run of the main site's WP-Cron
	 * looks for itself.
	 */
	public static function on_shutdown() {
		if ( wp_doing_cron() && is_main_site() && ! self::$has_run ) {
			self::work();
		}
	}

	/**
	 * Sends a test at once. It is never tried again by itself.
	 *
	 * @return object|null Its row; null where it could not be kept.
	 */
	public static function send_test() {
		$id  = Queue::add( 'test', '', 0, Clock::now_ms(), 'failed' );
		$row = Queue::row( $id );
		if ( null === $row ) {
			return null;
		}
		$result = Sender::send( $row );
		Queue::record_test( $id, $result );
		if ( 'accepted' === $result['outcome'] ) {
			Queue::release();
			Schedule::call_worker_later();
		}
		return Queue::row( $id );
	}

	/**
	 * Sends an event again at once, as the one it was: of the same id and time. So the service keeps what it heard later
	 * about that domain, and an old removal can do no harm.
	 *
	 * @param int $id Id of the row.
	 * @return object|string The row as it is then, or why it was not sent.
	 */
	public static function resend( $id ) {
		$row = Queue::row( $id );
		if ( null === $row ) {
			/* translators: %d: number of a delivery. */
			return sprintf( __( 'There is no delivery %d.', 'multisite-runcloud-bridge' ), $id );
		}
		if ( 'test' === $row->kind ) {
			return __( 'This was a test: send another one.', 'multisite-runcloud-bridge' );
		}
		$newest = Queue::newest_like( $row );
		if ( $newest && (int) $newest->id !== (int) $row->id ) {
			/* translators: 1: domain, 2: number of a delivery. */
			return sprintf( __( 'A later event about %1$s holds: delivery %2$d.', 'multisite-runcloud-bridge' ), $row->domain, $newest->id );
		}
		Queue::renew( $row );
		$row = Queue::row( $id );
		if ( (int) $row->due <= Clock::now() ) {
			self::handle( $row );
		}
		Schedule::call_worker_later();
		return Queue::row( $id );
	}

	/**
	 * Sends an event if it still holds.
	 *
	 * @param object $row Row that waits.
	 * @return bool Whether to go on: false where the service does not take anything now, or the database does not: the same
	 *              row would come again and again.
	 */
	private static function handle( $row ) {
		// The last state wins: an older event about a domain is not sent any more. Unless the newer one turns out not to hold.
		$newest = Queue::newest_like( $row );
		if ( $newest && (int) $newest->id !== (int) $row->id ) {
			$objection = 'waiting' === $newest->state ? Validity::objection( $newest ) : '';
			if ( '' === $objection ) {
				return Queue::settle( $row, 'superseded', __( 'A later event about this domain holds.', 'multisite-runcloud-bridge' ) );
			}
			$row = $newest;
		}
		$is_taken = Queue::take( $row );
		if ( ! $is_taken ) {
			return false === $is_taken;
		}
		$objection = Validity::objection( $row );
		if ( null === $objection ) {
			$result = Answer::failure( 0, __( 'The database did not say whether the event still holds.', 'multisite-runcloud-bridge' ) );
		} elseif ( '' !== $objection ) {
			return Queue::settle( $row, 'dropped', $objection );
		} else {
			$row->occurred_ms = Queue::settle_time( $row );
			$result           = Sender::send( $row );
		}
		self::record( $row, $result );
		return 'failed' !== $result['outcome'];
	}

	/**
	 * Writes down what became of a try, and what it means for the others that wait.
	 *
	 * @param object $row    Row.
	 * @param array  $result See Answer.
	 */
	private static function record( $row, $result ) {
		$next = Retry::after( $row, $result, 'failed' === $result['outcome'] ? Queue::most_failures() : 0 );
		Queue::record( $row, $result, $next );
		if ( 'accepted' === $result['outcome'] ) {
			Queue::release();
		} elseif ( 'failed' === $result['outcome'] ) {
			Queue::hold_back( $next['due'], $next['failures'] );
		}
	}
}
