<?php
/**
 * Signs and posts.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * A request to the service, by Standard Webhooks: events and queries alike.
 */
final class Signed_Request {

	/**
	 * Posts a body, signed over `id.timestamp.body`, anew for each try.
	 *
	 * @param string $address   Address.
	 * @param string $id        Id of the event, the same for each try.
	 * @param string $body      JSON.
	 * @param int    $timeout   Seconds until it is given up.
	 * @param int    $most_read Bytes of the answer that are read.
	 * @return array|\WP_Error WordPress's answer.
	 */
	public static function post( $address, $id, $body, $timeout, $most_read ) {
		$timestamp = (string) Clock::now();
		$signature = base64_encode( hash_hmac( 'sha256', "$id.$timestamp.$body", Settings::key(), true ) ); // phpcs:ignore Generic.PHP.ForbiddenFunctions, WordPress.PHP.DiscouragedPHPFunctions -- Standard Webhooks writes it so.
		$firm      = array(
			'timeout'             => $timeout,
			'redirection'         => 0,
			'_redirection'        => 0,
			'sslverify'           => true,
			'blocking'            => true,
			'stream'              => false,
			'limit_response_size' => $most_read,
		);
		// Plugins that loosen requests (no check of certificates, say) do not mean this one.
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
