<?php
/**
 * The link to a customer's page.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * The service has a page for the customer of one domain: how it is, and which DNS records to set. Whoever has its link may see
 * it, so the link is made here, without asking anybody, for those who manage the domain's site. It ends after a while.
 */
final class Customer_Link {

	/** Seconds that a link is good for. */
	const GOOD_FOR = 30 * DAY_IN_SECONDS;

	/** Hexadecimal digits of the code. */
	const DIGITS = 32;

	/** Languages of the page, by the beginning of WordPress's locale. English for all others. */
	const LANGUAGES = array( 'th', 'gu', 'id' );

	/**
	 * The link of a domain, in the language of whoever looks.
	 *
	 * @param string $domain Host name, as anybody writes it.
	 * @return string Address; '' where there is none: customers cannot reach the service, or the bridge is not set up in this
	 *                network.
	 */
	public static function of( $domain ) {
		$address = Settings::public_address();
		if ( '' === $address || ! Worker::may_send() ) {
			return '';
		}
		$token = self::token( $domain, Clock::now() + self::GOOD_FOR );
		return null === $token ? '' : "$address/domains/$token?lang=" . self::language( get_user_locale() );
	}

	/**
	 * What opens the page.
	 *
	 * @param string $domain  Host name, as anybody writes it.
	 * @param int    $expires When it ends, in seconds since 1970.
	 * @return string|null Null where the domain cannot be written as DNS has it, or there is no key.
	 */
	public static function token( $domain, $expires ) {
		$key  = Settings::link_key();
		$name = Host_Name::ascii( Host_Name::without_www( $domain ) );
		if ( null === $key || ! preg_match( '/^[a-z0-9_.-]{1,253}$/D', $name ) ) {
			return null;
		}
		$claim = sprintf( '%s.%d', $name, $expires );
		return $claim . '.' . substr( hash_hmac( 'sha256', $claim, $key ), 0, self::DIGITS );
	}

	/**
	 * The page's language.
	 *
	 * @param string $locale As in id_ID.
	 * @return string As in id.
	 */
	private static function language( $locale ) {
		$language = strtolower( (string) strtok( $locale, '_' ) );
		return in_array( $language, self::LANGUAGES, true ) ? $language : 'en';
	}
}
