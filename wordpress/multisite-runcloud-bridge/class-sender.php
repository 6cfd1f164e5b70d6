<?php
/**
 * Sends events.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Posts an event by Standard Webhooks.
 */
final class Sender {

	/** Seconds until a request is given up. */
	const TIMEOUT = 10;

	/** Bytes of an answer that are read. The service's own are far shorter. */
	const MOST_READ = 16384;

	/**
	 * Sends an event or a test, once.
	 *
	 * @param object $row Row.
	 * @return array{outcome: string, status: int, words: string, retry_after: int} See Answer.
	 */
	public static function send( $row ) {
		$body = self::body( $row );
		if ( null === $body ) {
			return Answer::result( 'refused', 0, __( 'The domain is not valid text.', 'multisite-runcloud-bridge' ) );
		}
		return Answer::result_of( Signed_Request::post( Settings::address(), $row->event_id, $body, self::TIMEOUT, self::MOST_READ ), 'test' === $row->kind );
	}

	/**
	 * What is sent.
	 *
	 * @param object $row Row.
	 * @return string|null JSON; null where the domain is not valid text.
	 */
	private static function body( $row ) {
		if ( 'test' === $row->kind ) {
			// Not an event: it changes nothing, whatever else is right or wrong.
			return wp_json_encode(
				array(
					'type' => 'bridge.test',
					'data' => array( 'network' => Network::name() ),
				),
				JSON_UNESCAPED_SLASHES
			);
		}
		$ms   = (int) $row->occurred_ms;
		$data = array(
			'domain'  => $row->domain,
			'network' => Network::name(),
		);
		if ( (int) $row->site_id > 0 ) {
			$data['siteId'] = (int) $row->site_id;
		}
		$body = json_encode( // phpcs:ignore Generic.PHP.ForbiddenFunctions, WordPress.WP.AlternativeFunctions -- WordPress's own would change a text that is not valid.
			array(
				'type'      => 'domain.' . $row->kind,
				'timestamp' => gmdate( 'Y-m-d\TH:i:s', intdiv( $ms, 1000 ) ) . sprintf( '.%03dZ', $ms % 1000 ),
				'data'      => $data,
			),
			JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE
		);
		return false === $body ? null : $body;
	}
}
