<?php
/**
 * Tells the network's own code what the service told.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Makes the pending calls of multisite_runcloud_domain_event: in the request of the event itself, where they are few, else in
 * the background. A call is marked after it was made. So each is made at least once, also where a listener ends PHP, the time
 * is up, or the process is killed in the middle of it.
 */
final class Announcer {

	/** Name of the hook. */
	const HOOK = 'multisite_runcloud_domain_event';

	/** Domains of one event whose listeners are called in its own request. The service waits for ten seconds. */
	const MOST_IN_REQUEST = 10;

	/** Seconds within which a request begins calls, and a run of the worker. */
	const REQUEST = 5;
	const RUN     = 20;

	/** How often a call is made that ends PHP each time. */
	const MOST_TRIES = 3;

	/** Seconds after which nobody is told any more, as where nobody has listened since. */
	const TOO_LATE = 3 * DAY_IN_SECONDS;

	/** Calls that are read at once. */
	const AT_ONCE = 50;

	/**
	 * The call that is under way.
	 *
	 * @var object|null
	 */
	private static $current = null;

	/**
	 * Ids of the events that this process has made calls of, as keys.
	 *
	 * @var array<string, true>
	 */
	private static $events = array();

	/**
	 * Whether anybody listens.
	 *
	 * @return bool
	 */
	public static function is_heard() {
		return (bool) has_action( self::HOOK );
	}

	/**
	 * Makes the calls of an event that has come, for the first time or again, or leaves them to the worker.
	 *
	 * @param Incoming_Event $event Event.
	 */
	public static function tell( $event ) {
		if ( ! self::is_heard() ) {
			return;
		}
		if ( count( $event->domains ) <= self::MOST_IN_REQUEST ) {
			self::call( self::REQUEST, $event->id );
		}
		if ( null !== Pending_Calls::next_due() ) {
			Schedule::request_worker();
		}
	}

	/**
	 * Makes calls in the background. Never in a copy of the network, to which they came with the database: it would tell
	 * customers a second time.
	 */
	public static function work() {
		if ( ! self::is_heard() || ! Settings::notify_keys() || Network::SAME !== Network::verdict() || ! News_Table::is_usable() ) {
			return;
		}
		self::call( self::RUN );
		Schedule::call_worker_at( Pending_Calls::next_due() );
	}

	/**
	 * The end of a request, where a call has not come back. It is made again, after all others.
	 */
	public static function on_shutdown() {
		if ( null === self::$current ) {
			return;
		}
		$row           = self::$current;
		self::$current = null;
		Pending_Calls::give_back( $row );
		Schedule::request_worker();
		self::complain( $row, 'ended PHP' );
		self::tidy_up();
	}

	/**
	 * Makes calls that are due.
	 *
	 * @param int         $seconds For how long.
	 * @param string|null $id      Id of the only event they may be of.
	 */
	private static function call( $seconds, $id = null ) {
		// Before the schedule does what was asked for in this request.
		add_action( 'shutdown', array( __CLASS__, 'on_shutdown' ), 0 );
		$end = Clock::now() + $seconds;
		do {
			$rows = Pending_Calls::due( self::AT_ONCE, $id );
			foreach ( $rows as $row ) {
				self::$events[ $row->event_id ] = true;
				if ( ! self::make( $row ) || Clock::now() >= $end ) {
					$rows = array();
					break;
				}
			}
		} while ( $rows );
		self::tidy_up();
	}

	/**
	 * Keeps nothing of events that all have heard of.
	 */
	private static function tidy_up() {
		foreach ( array_keys( self::$events ) as $id ) {
			Pending_Calls::forget_data( (string) $id );
		}
		self::$events = array();
	}

	/**
	 * Makes one call. What a listener throws is written down, and the call counts as made: it would throw again.
	 *
	 * @param object $row Row.
	 * @return bool Whether to go on: false where the database takes nothing.
	 */
	private static function make( $row ) {
		$is_taken = Pending_Calls::take( $row );
		if ( ! $is_taken ) {
			return false === $is_taken;
		}
		$data = Pending_Calls::data_of( $row->event_id );
		if ( (int) $row->tries >= self::MOST_TRIES ) {
			self::complain( $row, sprintf( 'ended PHP %d times, and is not called again', self::MOST_TRIES ) );
		} elseif ( null === $data || (int) $row->taken < Clock::now() - self::TOO_LATE ) {
			self::complain( $row, 'was not called in time, and will not be' );
		} else {
			self::$current = $row;
			try {
				/**
				 * The service has told something. At least once for each event and domain.
				 *
				 * @param string      $type   As in domain.live.
				 * @param string|null $domain Host name as DNS has it; null where it is the application's.
				 * @param array       $data   All that the service says of it.
				 */
				do_action( 'multisite_runcloud_domain_event', $row->type, '' === $row->name ? null : $row->name, $data );
			} catch ( \Throwable $error ) {
				self::complain( $row, 'failed', $error->getMessage() );
			}
			self::$current = null;
		}
		return Pending_Calls::mark( $row );
	}

	/**
	 * Writes down what became of a call that did not end well.
	 *
	 * @param object $row  Row.
	 * @param string $what What a listener did.
	 * @param string $why  Its words.
	 */
	private static function complain( $row, $what, $why = '' ) {
		News_Log::complain( sprintf( 'A listener of %s %s at %s%s (%s)%s', self::HOOK, $what, $row->type, '' === $row->name ? '' : " of $row->name", $row->event_id, '' === $why ? '.' : ": $why" ) );
	}
}
