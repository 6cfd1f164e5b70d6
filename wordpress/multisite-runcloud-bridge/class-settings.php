<?php
/**
 * The constants of wp-config.php.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// phpcs:disable Generic.PHP.ForbiddenFunctions, WordPress.PHP.DiscouragedPHPFunctions -- A key is written in base64.

/**
 * Where events go, the key that signs them, and the keys that sign what the service tells.
 */
final class Settings {

	/**
	 * The address for webhooks. The constant may hold that, or the service's own.
	 *
	 * @return string Address, or '' where the constant is missing or wrong.
	 */
	public static function address() {
		if ( self::url_fault() ) {
			return '';
		}
		$url = rtrim( trim( (string) \MULTISITE_RUNCLOUD_URL ), '/' );
		return '/webhooks' === substr( $url, -9 ) ? $url : $url . '/webhooks';
	}

	/**
	 * The signing key. It is read here and nowhere else, and never handed on as an argument: PHP prints arguments in the
	 * trace of an error.
	 *
	 * @return string|null Bytes, or null where the constant is missing or wrong.
	 */
	public static function key() {
		return self::secret_fault() ? null : self::decode( trim( (string) \MULTISITE_RUNCLOUD_SECRET ) );
	}

	/**
	 * The key of customers' links, which only the service and this network can make.
	 *
	 * @return string|null Bytes, or null where the constant is missing or wrong.
	 */
	public static function link_key() {
		return self::secret_fault() ? null : hash_hkdf( 'sha256', self::key(), 32, 'multisite-runcloud/customer-link', '' );
	}

	/**
	 * The service's address as customers reach it.
	 *
	 * @return string Without a slash at its end; '' where they cannot reach it, or the constant for it is wrong.
	 */
	public static function public_address() {
		$url   = defined( 'MULTISITE_RUNCLOUD_PUBLIC_URL' ) ? \MULTISITE_RUNCLOUD_PUBLIC_URL : substr( self::address(), 0, -9 );
		$url   = is_string( $url ) ? rtrim( trim( $url ), '/' ) : '';
		$parts = preg_match( '/[^\x21-\x7e]/', $url ) ? false : wp_parse_url( $url );
		if ( ! is_array( $parts ) || ! isset( $parts['scheme'], $parts['host'] ) || array_intersect_key( $parts, array_flip( array( 'user', 'pass', 'query', 'fragment' ) ) ) ) {
			return '';
		}
		$host = strtolower( trim( $parts['host'], '[]' ) );
		if ( 'https' !== strtolower( $parts['scheme'] ) || 'localhost' === $host || '.localhost' === substr( $host, -10 ) ) {
			return '';
		}
		$is_private = filter_var( $host, FILTER_VALIDATE_IP ) && ! filter_var( $host, FILTER_VALIDATE_IP, FILTER_FLAG_NO_PRIV_RANGE | FILTER_FLAG_NO_RES_RANGE );
		return $is_private ? '' : $url;
	}

	/**
	 * What is wrong in the constant for that address, in words.
	 *
	 * @return string '' where nothing is wrong, or it is not there.
	 */
	public static function public_address_fault() {
		return defined( 'MULTISITE_RUNCLOUD_PUBLIC_URL' ) && '' === self::public_address()
			? __( 'MULTISITE_RUNCLOUD_PUBLIC_URL is not an address that customers reach: https://…, with a public name, and without user name, query and fragment. Customers get no links.', 'multisite-runcloud-bridge' )
			: '';
	}

	/**
	 * The keys that sign what the service tells: two, while keys are changed. Read here alone, as key() is.
	 *
	 * @return string[] Bytes; none where the constant is missing or wrong.
	 */
	public static function notify_keys() {
		return self::wants_news() && '' === self::notify_fault() ? array_map( array( __CLASS__, 'decode' ), self::notify_texts() ) : array();
	}

	/**
	 * Whether the constant is there that asks for what the service tells.
	 *
	 * @return bool
	 */
	public static function wants_news() {
		return defined( 'MULTISITE_RUNCLOUD_NOTIFY_SECRET' );
	}

	/**
	 * What is wrong in that constant, in words. Its value is not repeated.
	 *
	 * @return string '' where nothing is wrong, or it is not there.
	 */
	public static function notify_fault() {
		if ( ! self::wants_news() ) {
			return '';
		}
		$texts    = self::notify_texts();
		$is_right = in_array( count( $texts ), array( 1, 2 ), true ) && ! in_array( null, array_map( array( __CLASS__, 'decode' ), $texts ), true );
		return $is_right ? '' : __( 'MULTISITE_RUNCLOUD_NOTIFY_SECRET is not what the service has as NOTIFY_SECRET: one key, or two with a space between them, each of whsec_ and base64 of at least 24 bytes.', 'multisite-runcloud-bridge' );
	}

	/**
	 * Whether both constants are there and right. Without them nothing is kept: it could wait for ever.
	 *
	 * @return bool
	 */
	public static function is_ready() {
		return '' === self::url_fault() && '' === self::secret_fault();
	}

	/**
	 * What is missing or wrong in the constants, in words. The values are not repeated.
	 *
	 * @return string[]
	 */
	public static function faults() {
		$texts = array(
			'url-missing'    => __( 'MULTISITE_RUNCLOUD_URL is missing: the address of the service, as in https://…/webhooks.', 'multisite-runcloud-bridge' ),
			'url-wrong'      => __( 'MULTISITE_RUNCLOUD_URL is not an address as in https://…/webhooks, without user name, query and fragment, and with nothing after it.', 'multisite-runcloud-bridge' ),
			'url-insecure'   => __( 'MULTISITE_RUNCLOUD_URL must begin with https://. Only a service on this very machine (127.0.0.1) may be reached without.', 'multisite-runcloud-bridge' ),
			'secret-missing' => __( 'MULTISITE_RUNCLOUD_SECRET is missing: the key that the service knows as WEBHOOK_SECRET, as in whsec_….', 'multisite-runcloud-bridge' ),
			'secret-wrong'   => __( 'MULTISITE_RUNCLOUD_SECRET is not a key: whsec_ and base64 of at least 24 bytes. Copy it whole, and only one.', 'multisite-runcloud-bridge' ),
		);
		return array_values( array_intersect_key( $texts, array_flip( array( self::url_fault(), self::secret_fault() ) ) ) );
	}

	/**
	 * What is wrong with the address, as a code: this is asked at each event, and texts are made only when they are shown.
	 *
	 * @return string Code, or '' where nothing is wrong.
	 */
	private static function url_fault() {
		if ( ! defined( 'MULTISITE_RUNCLOUD_URL' ) || ! is_string( \MULTISITE_RUNCLOUD_URL ) || '' === trim( \MULTISITE_RUNCLOUD_URL ) ) {
			return 'url-missing';
		}
		$parts = wp_parse_url( trim( \MULTISITE_RUNCLOUD_URL ) );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || preg_match( '/[^\x21-\x7e]/', trim( \MULTISITE_RUNCLOUD_URL ) ) ) {
			return 'url-wrong';
		}
		// What stands in an address ends in logs, so neither a password nor a query belongs there.
		if ( array_intersect_key( $parts, array_flip( array( 'user', 'pass', 'query', 'fragment' ) ) ) ) {
			return 'url-wrong';
		}
		// The address of the plugin's own webhook ends in a secret, which the screen would show.
		if ( preg_match( '~/webhooks/+[^/]~', isset( $parts['path'] ) ? $parts['path'] : '' ) ) {
			return 'url-wrong';
		}
		$scheme = strtolower( isset( $parts['scheme'] ) ? $parts['scheme'] : '' );
		if ( 'https' === $scheme ) {
			return '';
		}
		if ( 'http' !== $scheme ) {
			return 'url-wrong';
		}
		return in_array( strtolower( $parts['host'] ), array( '127.0.0.1', 'localhost', '[::1]' ), true ) ? '' : 'url-insecure';
	}

	/**
	 * What is wrong with the secret, as a code.
	 *
	 * @return string Code, or '' where nothing is wrong.
	 */
	private static function secret_fault() {
		if ( ! defined( 'MULTISITE_RUNCLOUD_SECRET' ) || ! is_string( \MULTISITE_RUNCLOUD_SECRET ) || '' === trim( \MULTISITE_RUNCLOUD_SECRET ) ) {
			return 'secret-missing';
		}
		return null === self::decode( trim( \MULTISITE_RUNCLOUD_SECRET ) ) ? 'secret-wrong' : '';
	}

	/**
	 * The keys of MULTISITE_RUNCLOUD_NOTIFY_SECRET, as they are written.
	 *
	 * @return string[]
	 */
	private static function notify_texts() {
		$text = \MULTISITE_RUNCLOUD_NOTIFY_SECRET;
		return is_string( $text ) ? (array) preg_split( '/\s+/', $text, -1, PREG_SPLIT_NO_EMPTY ) : array();
	}

	/**
	 * Reads a key as the service does: strictly, and at least 24 bytes.
	 *
	 * @param string $text As in whsec_….
	 * @return string|null Bytes; null where it is no key.
	 */
	private static function decode( $text ) {
		$base64 = substr( $text, 6 );
		$bytes  = 'whsec_' === substr( $text, 0, 6 ) ? base64_decode( $base64, true ) : false;
		return false === $bytes || base64_encode( $bytes ) !== $base64 || strlen( $bytes ) < 24 ? null : $bytes;
	}
}
