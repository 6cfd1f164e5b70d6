<?php
/**
 * Who calls the worker, and when.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Action Scheduler where it is there, else WP-Cron. Always of the main site: a subsite may be gone, or its domain not lead
 * here yet.
 */
final class Schedule {

	/** Hook of the worker, on WP-Cron's schedule and in Action Scheduler. */
	const HOOK = 'multisite_runcloud_bridge_deliver';

	/** Hook of the worker for a later try, in Action Scheduler: apart, so that a running worker can look for a waiting one. */
	const HOOK_LATER = 'multisite_runcloud_bridge_deliver_later';

	/** Group in Action Scheduler. */
	const GROUP = 'multisite-runcloud-bridge';

	/** Calls of the worker that may stand in WP-Cron's schedule: more means that it does not run. */
	const MOST_SCHEDULED = 10;

	/**
	 * Whether this request left something to be done, so that the worker has to be called.
	 *
	 * @var bool
	 */
	private static $is_worker_needed = false;

	/**
	 * Has the worker called after this request, once for all that it left.
	 */
	public static function request_worker() {
		self::$is_worker_needed = true;
	}

	/**
	 * The end of the request: everything is loaded that ever will be, Action Scheduler included.
	 */
	public static function on_shutdown() {
		if ( ! self::$is_worker_needed ) {
			return;
		}
		self::$is_worker_needed = false;
		self::on_main_site(
			static function () {
				if ( self::is_action_scheduler_there() && self::enqueue_action() ) {
					return;
				}
				// What this request knows of the schedule may be outdated: what stands there for a time that has passed may
				// have run before our INSERT. So every second has a call of its own, unless WP-Cron lets them pile up.
				$now = Clock::now();
				if ( count( self::scheduled() ) < self::MOST_SCHEDULED && ! self::is_scheduled_between( $now + 1, $now + 5 ) ) {
					self::schedule( $now );
				}
			}
		);
	}

	/**
	 * Has the worker called when the next event is due, if any waits.
	 */
	public static function call_worker_later() {
		self::call_worker_at( Queue::next_due() );
	}

	/**
	 * Has the worker called when something is due.
	 *
	 * @param int|null $next When; null for not at all.
	 */
	public static function call_worker_at( $next ) {
		if ( null === $next ) {
			return;
		}
		$now = Clock::now();
		$due = max( $now + 1, $next );
		self::on_main_site(
			static function () use ( $now, $due ) {
				if ( self::is_action_scheduler_there() && self::schedule_action( $due ) ) {
					return;
				}
				if ( ! self::is_scheduled_between( $now + 1, $due ) ) {
					self::schedule( $due );
				}
			}
		);
	}

	/**
	 * Has WP-Cron of the current site call the worker.
	 *
	 * Before it writes an option, WordPress asks once per request for the columns of that table, in order to strip what they
	 * cannot hold. What is written here is what was read there, and a name in ASCII; so that query is saved.
	 *
	 * @param int $time When.
	 */
	private static function schedule( $time ) {
		$unknown = static function ( $charset, $table ) {
			global $wpdb;
			return $wpdb->options === $table ? false : $charset;
		};
		add_filter( 'pre_get_table_charset', $unknown, 10, 2 );
		add_filter( 'pre_get_col_charset', $unknown, 10, 2 );
		wp_schedule_single_event( $time, self::HOOK, array( $time ) );
		remove_filter( 'pre_get_table_charset', $unknown );
		remove_filter( 'pre_get_col_charset', $unknown );
	}

	/**
	 * Runs something on the network's main site.
	 *
	 * @param callable $run What to run.
	 */
	private static function on_main_site( $run ) {
		$main = get_main_site_id();
		if ( get_current_blog_id() === $main ) {
			$run();
			return;
		}
		switch_to_blog( $main );
		$run();
		restore_current_blog();
	}

	/**
	 * Times for which the worker stands in WP-Cron's schedule. WordPress's own functions find an event by its arguments alone,
	 * and these are its time.
	 *
	 * @return int[]
	 */
	private static function scheduled() {
		$times = array();
		foreach ( (array) get_option( 'cron', array() ) as $time => $hooks ) {
			if ( is_array( $hooks ) && isset( $hooks[ self::HOOK ] ) ) {
				$times[] = (int) $time;
			}
		}
		return $times;
	}

	/**
	 * Whether WP-Cron is to call the worker between two times.
	 *
	 * @param int $from Time.
	 * @param int $to   Time.
	 * @return bool
	 */
	private static function is_scheduled_between( $from, $to ) {
		foreach ( self::scheduled() as $time ) {
			if ( $time >= $from && $time <= $to ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether Action Scheduler is there and takes actions. It refuses them before its start.
	 *
	 * @return bool
	 */
	private static function is_action_scheduler_there() {
		return function_exists( 'as_enqueue_async_action' ) && function_exists( 'as_schedule_single_action' )
			&& ( did_action( 'action_scheduler_init' ) || did_action( 'init' ) );
	}

	/**
	 * Has Action Scheduler call the worker as soon as it can.
	 *
	 * @return bool Whether it will: it may be here for one site only, and have no tables on the main site.
	 */
	private static function enqueue_action() {
		try {
			return (int) as_enqueue_async_action( self::HOOK, array(), self::GROUP ) > 0;
		} catch ( \Throwable $error ) {
			return false;
		}
	}

	/**
	 * Has Action Scheduler call the worker at a time, unless it will by then.
	 *
	 * @param int $due Time.
	 * @return bool Whether it will.
	 */
	private static function schedule_action( $due ) {
		try {
			if ( function_exists( 'as_get_scheduled_actions' ) ) {
				$query = array(
					'hook'         => self::HOOK_LATER,
					'status'       => 'pending',
					'date'         => gmdate( 'Y-m-d H:i:s', $due ),
					'date_compare' => '<=',
					'per_page'     => 1,
				);
				if ( as_get_scheduled_actions( $query, 'ids' ) ) {
					return true;
				}
			}
			return (int) as_schedule_single_action( $due, self::HOOK_LATER, array(), self::GROUP ) > 0;
		} catch ( \Throwable $error ) {
			return false;
		}
	}
}
