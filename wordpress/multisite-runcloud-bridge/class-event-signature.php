<?php
/**
 * Whether the service sent a request.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// phpcs:disable Generic.PHP.ForbiddenFunctions, WordPress.PHP.DiscouragedPHPFunctions -- Standard Webhooks writes signatures in base64.

/**
 * Signatures of Standard Webhooks. What is said of one that does not fit helps nobody to make one.
 */
final class Event_Signature {

	/** Signatures in a header that are looked at. A sender that changes keys sends two. */
	const MOST_SIGNATURES = 10;

	/**
	 * Checks a request by the keys of wp-config.php.
	 *
	 * @param \WP_REST_Request $request Request.
	 * @return string Why it is refused, or '' where one of the keys signed exactly this, at this time.
	 */
	public static function objection( $request ) {
		$id         = (string) $request->get_header( 'webhook-id' );
		$timestamp  = (string) $request->get_header( 'webhook-timestamp' );
		$signatures = (string) $request->get_header( 'webhook-signature' );
		if ( '' === $id || '' === $timestamp || '' === $signatures ) {
			return 'the headers webhook-id, webhook-timestamp and webhook-signature are needed';
		}
		if ( ! preg_match( '/^[\x20-\x7e]{1,256}$/D', $id ) ) {
			return 'webhook-id is not of 1 to 256 printable ASCII characters';
		}
		if ( ! preg_match( '/^\d{1,12}$/D', $timestamp ) ) {
			return 'webhook-timestamp is not a number of seconds';
		}
		if ( ! self::is_signed( "$id.$timestamp." . $request->get_body(), $signatures ) ) {
			return 'the signature does not fit: another key than MULTISITE_RUNCLOUD_NOTIFY_SECRET, or a changed body';
		}
		// Only who holds the key learns how this clock runs.
		if ( abs( Clock::now() - (int) $timestamp ) > Answer::CLOCK_TOLERANCE ) {
			return sprintf( 'the message is from %s, more than 5 minutes off this clock', gmdate( 'Y-m-d\TH:i:s\Z', (int) $timestamp ) );
		}
		return '';
	}

	/**
	 * Whether one of the signatures is of one of the keys. Every pair is compared, so that the time does not tell which key
	 * came near.
	 *
	 * @param string $signed     What is signed.
	 * @param string $signatures Value of the header.
	 * @return bool
	 */
	private static function is_signed( $signed, $signatures ) {
		$is_signed = false;
		foreach ( Settings::notify_keys() as $key ) {
			$right = 'v1,' . base64_encode( hash_hmac( 'sha256', $signed, $key, true ) );
			foreach ( array_slice( explode( ' ', $signatures ), 0, self::MOST_SIGNATURES ) as $signature ) {
				$is_signed = hash_equals( $right, $signature ) || $is_signed;
			}
		}
		return $is_signed;
	}
}
