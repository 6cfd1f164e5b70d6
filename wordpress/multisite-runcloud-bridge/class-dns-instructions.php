<?php
/**
 * Which DNS records a customer has to set.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Completes the text that Ultimate Multisite shows to who adds a domain. The plugin guesses the network's address; the service
 * knows the one that works.
 */
final class Dns_Instructions {

	/** Where the server's address is kept. */
	const KEPT = 'multisite_runcloud_server_address';

	/** Seconds that a customer waits for the service at most. */
	const TIMEOUT = 3;

	/**
	 * Adds the records, and puts the server's address in the place of the plugin's guess.
	 *
	 * @param string $text   The plugin's text: HTML.
	 * @param string $domain The network's domain.
	 * @param string $guess  Its address, as the plugin guesses.
	 * @return string
	 */
	public static function complete( $text, $domain = '', $guess = '' ) {
		$address = is_string( $text ) ? self::server_address() : '';
		if ( '' === $address ) {
			return $text;
		}
		if ( is_string( $guess ) && filter_var( $guess, FILTER_VALIDATE_IP ) ) {
			$text = str_replace( $guess, $address, $text );
		}
		$type  = false === strpos( $address, ':' ) ? 'A' : 'AAAA';
		$lines = array(
			__( 'The DNS records for this network, with your domain in the place of shop.example:', 'multisite-runcloud-bridge' ),
			"<code>$type shop.example → $address</code>",
			'<code>CNAME www.shop.example → shop.example</code>',
		);
		return implode( PHP_EOL . PHP_EOL, array( $text, esc_html( $lines[0] ), $lines[1], $lines[2] ) );
	}

	/**
	 * The address that customers set. It is asked for once an hour, and after a miss once a minute.
	 *
	 * @return string '' where it is not known.
	 */
	private static function server_address() {
		if ( ! Worker::may_send() ) {
			return '';
		}
		$kept = get_site_transient( self::KEPT );
		if ( is_string( $kept ) ) {
			return $kept;
		}
		$answer  = Service_Query::ask( 'status', array( 'limit' => 0 ), self::TIMEOUT );
		$address = is_array( $answer ) && isset( $answer['server_address'] ) ? $answer['server_address'] : '';
		$address = is_string( $address ) && filter_var( $address, FILTER_VALIDATE_IP ) ? $address : '';
		set_site_transient( self::KEPT, $address, '' === $address ? MINUTE_IN_SECONDS : HOUR_IN_SECONDS );
		return $address;
	}
}
