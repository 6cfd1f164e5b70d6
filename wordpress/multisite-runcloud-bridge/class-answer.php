<?php
/**
 * What the service's answer means.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * The result of a try: its outcome is accepted, refused (sending it again does not help), or failed (it may).
 */
final class Answer {

	/** Seconds by which the service lets clocks differ. */
	const CLOCK_TOLERANCE = 300;

	/** Seconds of patience that an answer may ask for. The service asks for half a minute; what stands before it may ask for a day. */
	const MOST_PATIENCE = 15 * MINUTE_IN_SECONDS;

	/**
	 * Reads WordPress's answer.
	 *
	 * @param array|\WP_Error $answer  WordPress's answer.
	 * @param bool            $is_test Whether a test was sent.
	 * @return array{outcome: string, status: int, words: string, retry_after: int}
	 */
	public static function result_of( $answer, $is_test ) {
		if ( is_wp_error( $answer ) ) {
			/* translators: %s: error message. */
			return self::failure( 0, sprintf( __( 'The service could not be reached: %s', 'multisite-runcloud-bridge' ), $answer->get_error_message() ) );
		}
		$status  = (int) wp_remote_retrieve_response_code( $answer );
		$json    = json_decode( wp_remote_retrieve_body( $answer ), true );
		$why     = is_array( $json ) && isset( $json['why'] ) && is_string( $json['why'] ) ? $json['why'] : '';
		$is_ours = is_array( $json ) && isset( $json['accepted'] ) && is_bool( $json['accepted'] );
		// Parked domains, log-in pages and other services answer everything with 200: nobody has taken the event there.
		if ( $status >= 200 && $status < 300 && $is_ours && $json['accepted'] ) {
			$words = $is_test
				? __( 'Address, secret and clock are right.', 'multisite-runcloud-bridge' )
				: __( 'Accepted.', 'multisite-runcloud-bridge' );
			return self::result( 'accepted', $status, '' !== $why ? $why : $words );
		}
		// Another one's 401 is a password that is asked for in front of the service, and says nothing of the secret.
		if ( 401 === $status && $is_ours ) {
			return self::failure( $status, self::explain_401( $answer, $why ) );
		}
		// Its settings may follow later, when the network has moved. So it is tried again, as with a wrong secret.
		if ( 403 === $status && $is_ours ) {
			/* translators: %s: the service's words. */
			return self::failure( $status, sprintf( __( 'The service takes events of another network (403): %s', 'multisite-runcloud-bridge' ), $why ) );
		}
		if ( in_array( $status, array( 400, 413, 415 ), true ) && $is_ours ) {
			/* translators: 1: HTTP status, 2: the service's words. */
			return self::result( 'refused', $status, sprintf( __( 'Refused (%1$d): %2$s', 'multisite-runcloud-bridge' ), $status, $why ) );
		}
		if ( $status >= 300 && $status < 400 ) {
			/* translators: %d: HTTP status. */
			return self::failure( $status, sprintf( __( 'The address redirects (%d), and redirects are refused. Check MULTISITE_RUNCLOUD_URL.', 'multisite-runcloud-bridge' ), $status ) );
		}
		if ( $status < 500 && 429 !== $status ) {
			/* translators: %d: HTTP status. */
			return self::failure( $status, sprintf( __( 'What answers there is not the service (%d). Check MULTISITE_RUNCLOUD_URL.', 'multisite-runcloud-bridge' ), $status ) );
		}
		/* translators: 1: HTTP status, 2: the service's words. */
		$words = sprintf( __( 'Not now (%1$d). %2$s', 'multisite-runcloud-bridge' ), $status, $why );
		return self::failure( $status, $words, self::retry_after( $answer ) );
	}

	/**
	 * A try that may be repeated.
	 *
	 * @param int    $status      HTTP status; 0 for none.
	 * @param string $words       What happened.
	 * @param int    $retry_after Seconds to wait at least.
	 * @return array{outcome: string, status: int, words: string, retry_after: int}
	 */
	public static function failure( $status, $words, $retry_after = 0 ) {
		return self::result( 'failed', $status, $words, $retry_after );
	}

	/**
	 * A result, with words from elsewhere made safe to keep.
	 *
	 * @param string $outcome     One of accepted, refused, failed.
	 * @param int    $status      HTTP status; 0 for none.
	 * @param string $words       What happened.
	 * @param int    $retry_after Seconds to wait at least.
	 * @return array{outcome: string, status: int, words: string, retry_after: int}
	 */
	public static function result( $outcome, $status, $words, $retry_after = 0 ) {
		$words = wp_check_invalid_utf8( $words, true );
		$words = trim( (string) preg_replace( '/[\x00-\x1f\x7f]+/', ' ', $words ) );
		return array(
			'outcome'     => $outcome,
			'status'      => $status,
			'words'       => mb_substr( $words, 0, 500 ),
			'retry_after' => $retry_after,
		);
	}

	/**
	 * What a 401 comes from. The signature holds the time, so there are two causes, and the answer's date tells them apart.
	 *
	 * @param array  $answer WordPress's answer.
	 * @param string $why    The service's words.
	 * @return string
	 */
	public static function explain_401( $answer, $why ) {
		$date = self::time( self::header( $answer, 'date' ) );
		if ( null === $date ) {
			$clock = __( 'The answer carries no date to compare the clocks by.', 'multisite-runcloud-bridge' );
		} else {
			$seconds = Clock::now() - $date;
			if ( abs( $seconds ) > self::CLOCK_TOLERANCE ) {
				/* translators: 1: number of seconds, 2: the word "ahead" or "behind". */
				$clock = sprintf( __( 'It is the clock: this server\'s is %1$d seconds %2$s.', 'multisite-runcloud-bridge' ), abs( $seconds ), $seconds > 0 ? __( 'ahead', 'multisite-runcloud-bridge' ) : __( 'behind', 'multisite-runcloud-bridge' ) );
			} else {
				/* translators: %d: number of seconds. */
				$clock = sprintf( __( 'The clocks differ by %d seconds, so it is the secret: MULTISITE_RUNCLOUD_SECRET is not the key that the service has as WEBHOOK_SECRET.', 'multisite-runcloud-bridge' ), abs( $seconds ) );
			}
		}
		/* translators: 1: which of the two it is, 2: the service's words. */
		return sprintf( __( 'Secret or clock (401). %1$s The service says: %2$s', 'multisite-runcloud-bridge' ), $clock, $why );
	}

	/**
	 * For how long an answer asks for patience. The header holds seconds, or a date by the clock of whoever answered. What is
	 * neither asks for nothing.
	 *
	 * @param array $answer WordPress's answer.
	 * @return int Seconds, at most MOST_PATIENCE.
	 */
	private static function retry_after( $answer ) {
		$header = trim( self::header( $answer, 'retry-after' ) );
		if ( ctype_digit( $header ) ) {
			return min( self::MOST_PATIENCE, (int) $header );
		}
		$date = self::time( $header );
		return null === $date ? 0 : max( 0, min( self::MOST_PATIENCE, $date - Clock::now() ) );
	}

	/**
	 * A date as HTTP writes it. PHP's strtotime() reads much more: to it "-5" is a time of day in a zone.
	 *
	 * @param string $text As in "Sun, 22 Nov 2026 08:00:00 GMT".
	 * @return int|null Seconds since 1970; null where it is no date.
	 */
	private static function time( $text ) {
		$date = \DateTime::createFromFormat( 'D, d M Y H:i:s \G\M\T', trim( $text ), new \DateTimeZone( 'UTC' ) );
		return false === $date ? null : $date->getTimestamp();
	}

	/**
	 * A header's value, the last one where it comes several times.
	 *
	 * @param array  $answer WordPress's answer.
	 * @param string $name   Name.
	 * @return string
	 */
	private static function header( $answer, $name ) {
		$values = (array) wp_remote_retrieve_header( $answer, $name );
		return (string) end( $values );
	}
}
