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
 * knows the one that works, and whether www. is to be served too. Which domain it is about is not known here.
 */
final class Dns_Instructions {

	/** Where the server's address and the service's setting WWW are kept. */
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
		$known   = is_string( $text ) ? self::known() : array();
		$address = isset( $known['address'] ) ? $known['address'] : '';
		if ( '' === $address ) {
			return $text;
		}
		if ( is_string( $guess ) && filter_var( $guess, FILTER_VALIDATE_IP ) ) {
			$text = str_replace( $guess, $address, $text );
		}
		$type  = false === strpos( $address, ':' ) ? 'A' : 'AAAA';
		$lines = array(
			esc_html__( 'The DNS records for this network, with your domain in the place of shop.example:', 'multisite-runcloud-bridge' ),
			"<code>$type shop.example → $address</code>",
		);
		// Under auto, www. has no certificate where the domain is a subdomain, and under never it has none at all.
		if ( 'auto' === $known['www'] ) {
			$lines[] = esc_html__( 'Also www, if you want it, and unless your domain is a subdomain such as blog.shop.example:', 'multisite-runcloud-bridge' );
		}
		if ( in_array( $known['www'], array( 'auto', 'always' ), true ) ) {
			$lines[] = '<code>CNAME www.shop.example → shop.example</code>';
		}
		return implode( PHP_EOL . PHP_EOL, array_merge( array( $text ), $lines ) );
	}

	/**
	 * The address that customers set, and the service's setting WWW. They are asked for once an hour, and after a miss once a
	 * minute.
	 *
	 * @return array<string, string> Address and www, each '' where it is not known; empty where nobody may be asked.
	 */
	private static function known() {
		if ( ! Worker::may_send() ) {
			return array();
		}
		$kept = get_site_transient( self::KEPT );
		if ( is_array( $kept ) && isset( $kept['address'], $kept['www'] ) ) {
			return $kept;
		}
		$answer  = Service_Query::ask( 'status', array( 'limit' => 0 ), self::TIMEOUT );
		$answer  = is_array( $answer ) ? $answer : array();
		$address = Domain_Words::text( $answer, 'server_address' );
		$known   = array(
			'address' => filter_var( $address, FILTER_VALIDATE_IP ) ? $address : '',
			'www'     => Domain_Words::text( $answer, 'www' ),
		);
		set_site_transient( self::KEPT, $known, '' === $known['address'] ? MINUTE_IN_SECONDS : HOUR_IN_SECONDS );
		return $known;
	}
}
