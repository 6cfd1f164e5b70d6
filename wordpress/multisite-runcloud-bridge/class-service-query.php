<?php
/**
 * Asks the service.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Queries: what the service knows, from its own records. They change nothing.
 */
final class Service_Query {

	/** Seconds until a query of somebody who looks is given up. */
	const TIMEOUT = 10;

	/** Bytes of an answer that are read. A page of rows has some ten thousand. */
	const MOST_READ = 1048576;

	/**
	 * Asks, once.
	 *
	 * @param string $type    One of status, domain, events, quota.
	 * @param array  $data    What is asked for.
	 * @param int    $timeout Seconds.
	 * @return array|string The answer, or in words why there is none.
	 */
	public static function ask( $type, $data = array(), $timeout = self::TIMEOUT ) {
		if ( ! Settings::is_ready() ) {
			return implode( ' ', Settings::faults() );
		}
		$verdict = Network::verdict();
		if ( Network::SAME !== $verdict ) {
			return implode( ' ', Network::explain( $verdict ) );
		}
		$query  = array_filter(
			array(
				'type' => $type,
				'data' => $data,
			)
		);
		$body   = (string) wp_json_encode( $query, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE );
		$answer = Signed_Request::post( substr( Settings::address(), 0, -8 ) . 'queries', 'query_' . bin2hex( random_bytes( 16 ) ), $body, $timeout, self::MOST_READ );
		if ( is_wp_error( $answer ) ) {
			/* translators: %s: error message. */
			return Answer::failure( 0, sprintf( __( 'The service could not be reached: %s', 'multisite-runcloud-bridge' ), $answer->get_error_message() ) )['words'];
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		$json   = json_decode( wp_remote_retrieve_body( $answer ), true );
		if ( ! is_array( $json ) || ! isset( $json['ok'], $json['summary'] ) || ! is_string( $json['summary'] ) ) {
			/* translators: %d: HTTP status. */
			return sprintf( __( 'What answers there is not the service (%d). Check MULTISITE_RUNCLOUD_URL.', 'multisite-runcloud-bridge' ), $status );
		}
		if ( 401 === $status ) {
			return Answer::failure( $status, Answer::explain_401( $answer, $json['summary'] ) )['words'];
		}
		return 200 === $status && true === $json['ok'] ? $json : Answer::failure( $status, $json['summary'] )['words'];
	}
}
