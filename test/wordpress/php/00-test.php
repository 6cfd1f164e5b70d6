<?php
/**
 * What the tests put around the bridge: another clock, and no mail. Loaded before it.
 */

namespace Multisite_RunCloud_Bridge {
	/**
	 * The bridge's clock: seconds off the real one.
	 *
	 * @param bool $as_float As PHP's own.
	 * @return float
	 */
	function microtime( $as_float ) {
		return \microtime( $as_float ) + (float) getenv( 'CLOCK_OFF_BY' );
	}
}

namespace {
	if ( ! function_exists( 'wp_mail' ) ) {
		/**
		 * There is no mail here.
		 */
		function wp_mail() {
			return true;
		}
	}
}

namespace {
	if ( getenv( 'WU_CLI' ) ) {
		/**
		 * A stand-in for WP-CLI: it keeps the commands, and prints.
		 */
		class WP_CLI {
			public static $commands = array();

			public static function add_command( $name, $callable ) {
				self::$commands[ $name ] = $callable;
			}

			public static function log( $text ) {
				echo "$text\n";
			}

			public static function success( $text ) {
				echo "Success: $text\n";
			}

			public static function warning( $text ) {
				echo "Warning: $text\n";
			}

			public static function error( $text ) {
				echo "Error: $text\n";
				exit( 0 );
			}

			public static function halt( $code ) {
				echo "Halt: $code\n";
				exit( 0 );
			}
		}
		define( 'WP_CLI', true );
	}

	if ( getenv( 'AS_EARLY' ) ) {
		// Long before Action Scheduler has started.
		add_action(
			'muplugins_loaded',
			function () {
				do_action( 'wu_domain_added', getenv( 'AS_EARLY' ), 1 );
			}
		);
	}
}
