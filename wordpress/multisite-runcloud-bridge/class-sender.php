<?php
/**
 * Signs and sends.
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
		return Answer::result_of( self::post( $row->event_id, $body ), 'test' === $row->kind );
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

	/**
	 * Posts a body, signed over `id.timestamp.body`, anew for each try.
	 *
	 * @param string $id   Id of the event, the same for each try.
	 * @param string $body JSON.
	 * @return array|\WP_Error WordPress's answer.
	 */
	private static function post( $id, $body ) {
		$timestamp = (string) Clock::now();
		$signature = base64_encode( hash_hmac( 'sha256', "$id.$timestamp.$body", Settings::key(), true ) ); // phpcs:ignore Generic.PHP.ForbiddenFunctions, WordPress.PHP.DiscouragedPHPFunctions -- Standard Webhooks writes it so.
		$firm      = array(
			'timeout'             => self::TIMEOUT,
			'redirection'         => 0,
			'_redirection'        => 0,
			'sslverify'           => true,
			'blocking'            => true,
			'stream'              => false,
			'limit_response_size' => self::MOST_READ,
		);
		// Plugins that loosen requests (no check of certificates, say) do not mean this one.
		$address = Settings::address();
		$args_of = static function ( $args, $url ) use ( $firm, $address ) {
			return $url === $address ? array_merge( $args, $firm ) : $args;
		};
		$verify  = static function ( $verify, $url ) use ( $address ) {
			return $url === $address && ! $verify ? ABSPATH . WPINC . '/certificates/ca-bundle.crt' : $verify;
		};
		add_filter( 'http_request_args', $args_of, PHP_INT_MAX, 2 );
		add_filter( 'https_ssl_verify', $verify, PHP_INT_MAX, 2 );
		$answer = wp_remote_post(
			$address,
			$firm + array(
				'user-agent' => 'multisite-runcloud-bridge/' . Bridge::VERSION,
				'body'       => $body,
				'headers'    => array(
					'content-type'      => 'application/json',
					'webhook-id'        => $id,
					'webhook-timestamp' => $timestamp,
					'webhook-signature' => 'v1,' . $signature,
				),
			)
		);
		remove_filter( 'http_request_args', $args_of, PHP_INT_MAX );
		remove_filter( 'https_ssl_verify', $verify, PHP_INT_MAX );
		return $answer;
	}
}
