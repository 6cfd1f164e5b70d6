<?php
/**
 * How the service's words for a domain are shown.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Words of the service's answers. What a later service may say beside them is shown as it is. Nothing of it is escaped.
 */
final class Domain_Words {

	/**
	 * What rows can be chosen by, in the order that they are shown in: first what is wrong.
	 *
	 * @return array<string, string>
	 */
	public static function states() {
		return array(
			'needs-person' => __( 'Needs a person', 'multisite-runcloud-bridge' ),
			'failed'       => __( 'Certificate failed', 'multisite-runcloud-bridge' ),
			'expiring'     => __( 'Certificate runs out', 'multisite-runcloud-bridge' ),
			'dns'          => __( 'DNS leads elsewhere', 'multisite-runcloud-bridge' ),
			'certificate'  => __( 'Waits for its certificate', 'multisite-runcloud-bridge' ),
			'absent'       => __( 'Not on RunCloud', 'multisite-runcloud-bridge' ),
			'unknown'      => __( 'Not looked at yet', 'multisite-runcloud-bridge' ),
			'not-ours'     => __( 'Not ours', 'multisite-runcloud-bridge' ),
			'live'         => __( 'Live', 'multisite-runcloud-bridge' ),
		);
	}

	/**
	 * A word of a row.
	 *
	 * @param array  $row   Row of the service.
	 * @param string $field One of state, mapping, dns, certificate.
	 * @return string
	 */
	public static function of( $row, $field ) {
		$word  = self::text( $row, $field );
		$texts = 'state' === $field ? self::states() : array(
			'on RunCloud'     => __( 'on RunCloud', 'multisite-runcloud-bridge' ),
			'not on RunCloud' => __( 'not on RunCloud', 'multisite-runcloud-bridge' ),
			'unknown'         => __( 'unknown', 'multisite-runcloud-bridge' ),
			'pending'         => __( 'does not point to the server yet', 'multisite-runcloud-bridge' ),
			'pointing'        => __( 'points to the server', 'multisite-runcloud-bridge' ),
			'proxied'         => __( 'behind a proxy', 'multisite-runcloud-bridge' ),
			'moved away'      => __( 'pointed to the server, and does not any more', 'multisite-runcloud-bridge' ),
			'none'            => __( 'none', 'multisite-runcloud-bridge' ),
			'waiting'         => __( 'waits for DNS', 'multisite-runcloud-bridge' ),
			'requested'       => __( 'requested', 'multisite-runcloud-bridge' ),
			'valid'           => __( 'valid', 'multisite-runcloud-bridge' ),
			'expiring'        => __( 'runs out', 'multisite-runcloud-bridge' ),
			'failed'          => __( 'requested in vain', 'multisite-runcloud-bridge' ),
		);
		return isset( $texts[ $word ] ) ? $texts[ $word ] : $word;
	}

	/**
	 * A text of an answer.
	 *
	 * @param array  $row   Answer, or a part of it.
	 * @param string $field Field.
	 * @return string '' where it is none.
	 */
	public static function text( $row, $field ) {
		return isset( $row[ $field ] ) && ( is_string( $row[ $field ] ) || is_int( $row[ $field ] ) ) ? (string) $row[ $field ] : '';
	}

	/**
	 * A text of an answer, with commands in the place of the service's JSON.
	 *
	 * @param array  $row   Answer, or a part of it.
	 * @param string $field Field.
	 * @return string
	 */
	public static function advice( $row, $field ) {
		return News_Text::with_commands( self::text( $row, $field ) );
	}

	/**
	 * A number of an answer.
	 *
	 * @param array  $row   Answer, or a part of it.
	 * @param string $field Field.
	 * @return int
	 */
	public static function number( $row, $field ) {
		return isset( $row[ $field ] ) && is_int( $row[ $field ] ) ? $row[ $field ] : 0;
	}

	/**
	 * A list of an answer: those of its items that are objects.
	 *
	 * @param array  $row   Answer, or a part of it.
	 * @param string $field Field.
	 * @return array[]
	 */
	public static function items( $row, $field ) {
		return isset( $row[ $field ] ) && is_array( $row[ $field ] ) ? array_values( array_filter( $row[ $field ], 'is_array' ) ) : array();
	}

	/**
	 * A time of an answer, as the site shows times.
	 *
	 * @param array  $row   Answer, or a part of it.
	 * @param string $field Field.
	 * @return string '' where there is none.
	 */
	public static function time( $row, $field ) {
		$time = strtotime( self::text( $row, $field ) );
		return false === $time ? '' : (string) wp_date( 'Y-m-d H:i', $time );
	}

	/**
	 * A domain as people write it, with the name that DNS has for it where that is another one.
	 *
	 * @param string $domain Host name in ASCII.
	 * @return string
	 */
	public static function domain( $domain ) {
		$shown = function_exists( 'idn_to_utf8' ) && false !== strpos( $domain, 'xn--' ) ? idn_to_utf8( $domain, IDNA_NONTRANSITIONAL_TO_UNICODE, INTL_IDNA_VARIANT_UTS46 ) : $domain;
		return is_string( $shown ) && $shown !== $domain && '' !== $shown ? "$shown ($domain)" : $domain;
	}
}
