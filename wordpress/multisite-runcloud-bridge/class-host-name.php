<?php
/**
 * Host names, and when two are the same.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Ways to write a host name, for comparing alone: what is sent is the name as it was told, since the service knows more
 * about writing than a server without PHP's intl.
 */
final class Host_Name {

	/**
	 * Lower case. Letters beyond ASCII only where PHP can.
	 *
	 * @param string $domain Host name.
	 * @return string
	 */
	public static function lower( $domain ) {
		$domain = trim( $domain );
		return function_exists( 'mb_strtolower' ) ? mb_strtolower( $domain, 'UTF-8' ) : strtolower( $domain );
	}

	/**
	 * Lower case and without "www.": the service takes both forms for one mapping.
	 *
	 * @param string $domain Host name.
	 * @return string
	 */
	public static function without_www( $domain ) {
		$domain = self::lower( $domain );
		return 'www.' === substr( $domain, 0, 4 ) ? substr( $domain, 4 ) : $domain;
	}

	/**
	 * As DNS has it: "bücher.example" is "xn--bcher-kva.example".
	 *
	 * @param string $domain Host name.
	 * @return string The name in lower case where it cannot be written so.
	 */
	public static function ascii( $domain ) {
		$domain = self::lower( $domain );
		if ( ! preg_match( '/[^\x00-\x7f]/', $domain ) ) {
			return $domain;
		}
		if ( function_exists( 'idn_to_ascii' ) ) {
			$ascii = idn_to_ascii( $domain, IDNA_NONTRANSITIONAL_TO_ASCII, INTL_IDNA_VARIANT_UTS46 );
			return is_string( $ascii ) && '' !== $ascii ? $ascii : $domain;
		}
		// WordPress brings one along for its own requests: under the first name since 6.2.
		foreach ( array( 'WpOrg\\Requests\\IdnaEncoder', 'Requests_IDNAEncoder' ) as $encoder ) {
			try {
				if ( class_exists( $encoder ) ) {
					return $encoder::encode( $domain );
				}
			} catch ( \Throwable $error ) {
				return $domain;
			}
		}
		return $domain;
	}
}
