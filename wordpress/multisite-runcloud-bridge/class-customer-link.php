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

	/** A label of a host name, as the service takes one: RFC 1035, without the underscore of names that are no hosts. */
	const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

	/** Characters of a host name at most. */
	const LONGEST = 253;

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
	 * @return string|null Null where the service would refuse the name, or there is no key.
	 */
	public static function token( $domain, $expires ) {
		$key  = Settings::link_key();
		$name = Host_Name::ascii( Host_Name::without_www( $domain ) );
		if ( null === $key || strlen( $name ) > self::LONGEST || ! preg_match( '/^(?:' . self::LABEL . '\.)+(?!\d+$)' . self::LABEL . '$/D', $name ) ) {
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
