<?php
/**
 * What the service told, in words.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * What the screen shows of a row of News. Nothing of it is escaped. Reasons are the service's own words, in its language.
 */
final class News_Text {

	/**
	 * A row as a sentence or several.
	 *
	 * @param object $row Row.
	 * @return string
	 */
	public static function line( $row ) {
		$at    = (string) wp_date( 'Y-m-d H:i', intdiv( (int) $row->at_ms, 1000 ) );
		$parts = array( sprintf( self::what( $row->type ), $at ) );
		if ( '' !== (string) $row->reason ) {
			$parts[] = $row->reason;
		}
		if ( '' !== (string) $row->what_to_do ) {
			/* translators: %s: what to do, in the service's words. */
			$parts[] = sprintf( __( 'What to do: %s', 'multisite-runcloud-bridge' ), self::with_commands( $row->what_to_do ) );
		}
		return implode( ' ', $parts );
	}

	/**
	 * The service names actions of its console as JSON. People have a command that does the same.
	 *
	 * @param string $text As in '{"action":"verify","domain":"shop.example"} says why.'.
	 * @return string As in 'mrc verify shop.example says why.'.
	 */
	public static function with_commands( $text ) {
		return (string) preg_replace_callback(
			'/(\{"action":[^{}]*\})(?: of the console)?/',
			static function ( $found ) {
				$json   = json_decode( $found[1], true );
				$action = is_array( $json ) && isset( $json['action'] ) ? $json['action'] : '';
				$domain = is_array( $json ) && isset( $json['domain'] ) ? $json['domain'] : '';
				// What is shown as a command is copied.
				$is_plain = is_string( $action ) && preg_match( '/^[a-z]+$/D', $action ) && is_string( $domain ) && preg_match( '/^[a-z0-9.-]*$/D', $domain )
					&& ! array_diff( array_keys( $json ), array( 'action', 'domain' ) );
				return $is_plain ? trim( 'mrc ' . ( 'domain' === $action ? 'why' : $action ) . " $domain" ) : $found[0];
			},
			$text
		);
	}

	/**
	 * What a type means. One of a newer service is shown as it is.
	 *
	 * @param string $type Type.
	 * @return string Sentence with a place for the time.
	 */
	private static function what( $type ) {
		switch ( $type ) {
			case 'domain.added':
				/* translators: %s: time. */
				return __( 'On RunCloud since %s, not live yet.', 'multisite-runcloud-bridge' );
			case 'domain.removed':
				/* translators: %s: time. */
				return __( 'Not on RunCloud any more since %s.', 'multisite-runcloud-bridge' );
			case 'domain.live':
				/* translators: %s: time. */
				return __( 'Live since %s.', 'multisite-runcloud-bridge' );
			case 'domain.not-live':
				/* translators: %s: time. */
				return __( 'Not live since %s.', 'multisite-runcloud-bridge' );
			case 'dns.lost':
				/* translators: %s: time. */
				return __( 'Its DNS does not point to the server any more since %s.', 'multisite-runcloud-bridge' );
			case 'dns.restored':
				/* translators: %s: time. */
				return __( 'Its DNS points to the server again since %s.', 'multisite-runcloud-bridge' );
			case 'certificate.issued':
				/* translators: %s: time. */
				return __( 'It has a valid certificate since %s.', 'multisite-runcloud-bridge' );
			case 'certificate.failed':
				/* translators: %s: time. */
				return __( 'It got no valid certificate, although one was requested (%s).', 'multisite-runcloud-bridge' );
			case 'certificate.expiring':
				/* translators: %s: time. */
				return __( 'Its certificate runs out and was not renewed (%s).', 'multisite-runcloud-bridge' );
			case 'removals.held':
				/* translators: %s: time. */
				return __( 'The brake holds removals of domains since %s.', 'multisite-runcloud-bridge' );
			case 'quota.low':
				/* translators: %s: time. */
				return __( "RunCloud's calls of this month run low (%s).", 'multisite-runcloud-bridge' );
			case 'notify.test':
				/* translators: %s: time. */
				return __( 'A test of the service arrived (%s).', 'multisite-runcloud-bridge' );
			default:
				return str_replace( '%', '%%', $type ) . ' (%s).';
		}
	}
}
