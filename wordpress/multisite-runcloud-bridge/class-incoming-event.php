<?php
/**
 * An event that the service tells.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * What is read from a request that the service signed. Only its form is doubted: a service of a later version may know more
 * types of events and say more in them.
 */
final class Incoming_Event {

	/** Types that are of the application, even where they name domains. */
	const OF_APPLICATION = array( 'removals.held', 'quota.low', 'notify.test' );

	/** Characters of a reason and of what to do that are kept. */
	const MOST_WORDS = 1000;

	/**
	 * The event's id, the same for each delivery.
	 *
	 * @var string
	 */
	public $id;

	/**
	 * Type, as in domain.live.
	 *
	 * @var string
	 */
	public $type;

	/**
	 * Host names as DNS has them; none where the event is the application's.
	 *
	 * @var string[]
	 */
	public $domains = array();

	/**
	 * When it happened, in milliseconds since 1970.
	 *
	 * @var int
	 */
	public $at_ms;

	/**
	 * Its place among all of the service's events, by which they have an order; null from a service that tells none.
	 *
	 * @var int|null
	 */
	public $sequence = null;

	/**
	 * The number at the end of its id; 0 where there is none.
	 *
	 * @var int
	 */
	public $number = 0;

	/**
	 * Why.
	 *
	 * @var string
	 */
	public $reason;

	/**
	 * What a person can do.
	 *
	 * @var string
	 */
	public $what_to_do;

	/**
	 * All that the service says, as it came.
	 *
	 * @var array
	 */
	public $data;

	/**
	 * Reads an event.
	 *
	 * @param string $id   The header webhook-id.
	 * @param string $body JSON.
	 * @return self|string The event, or what is wrong with it.
	 */
	public static function parse( $id, $body ) {
		$json = json_decode( $body, true );
		if ( ! is_array( $json ) || ! isset( $json['type'], $json['data'] ) || ! is_string( $json['type'] ) || ! is_array( $json['data'] ) ) {
			return 'the body is not JSON with type and data';
		}
		if ( ! preg_match( '/^[a-z][a-z0-9._-]{0,39}$/D', $json['type'] ) ) {
			return 'the type is not of 1 to 40 small letters';
		}
		$event       = new self();
		$event->id   = $id;
		$event->type = $json['type'];
		$event->data = $json['data'];
		$at_ms       = self::time_of( $event->data );
		if ( null === $at_ms ) {
			return 'data.at is not a time as in 2026-11-22T08:00:00.000Z';
		}
		// A clock that was ahead must not keep out for long what comes after.
		$event->at_ms = min( $at_ms, Clock::now_ms() + Answer::CLOCK_TOLERANCE * 1000 );
		if ( ! in_array( $event->type, self::OF_APPLICATION, true ) ) {
			$named = isset( $event->data['domains'] ) ? $event->data['domains'] : ( isset( $event->data['domain'] ) ? array( $event->data['domain'] ) : array() );
			if ( ! is_array( $named ) ) {
				return 'data.domains is not a list';
			}
			$event->domains = array_values( array_unique( array_filter( $named, array( __CLASS__, 'is_host_name' ) ) ) );
			if ( $named && ! $event->domains ) {
				return 'data names no domain as DNS has it';
			}
		}
		$sequence = isset( $event->data['sequence'] ) ? $event->data['sequence'] : null;
		if ( is_int( $sequence ) && $sequence >= 0 ) {
			$event->sequence = $sequence;
		}
		// Of many domains at once the id says no number.
		$event->number     = preg_match( '/\.(\d{1,15})$/D', $id, $found ) ? (int) $found[1] : 0;
		$event->reason     = self::words( $event->data, 'reason' );
		$event->what_to_do = self::words( $event->data, 'whatToDo' );
		return $event;
	}

	/**
	 * Whether something is a host name in ASCII and small letters, as the service writes all of them.
	 *
	 * @param mixed $name Anything.
	 * @return bool
	 */
	private static function is_host_name( $name ) {
		return is_string( $name ) && 1 === preg_match( '/^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/D', $name );
	}

	/**
	 * When it happened.
	 *
	 * @param array $data Data.
	 * @return int|null Milliseconds since 1970.
	 */
	private static function time_of( $data ) {
		$at = isset( $data['at'] ) && is_string( $data['at'] ) ? $data['at'] : '';
		if ( ! preg_match( '/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,3}))?Z$/D', $at, $found ) ) {
			return null;
		}
		$date = \DateTime::createFromFormat( '!Y-m-d\TH:i:s', substr( $at, 0, 19 ), new \DateTimeZone( 'UTC' ) );
		return false === $date || $date->getTimestamp() < 0 ? null : $date->getTimestamp() * 1000 + (int) str_pad( isset( $found[1] ) ? $found[1] : '', 3, '0' );
	}

	/**
	 * Words of the service, on one line and not without end.
	 *
	 * @param array  $data Data.
	 * @param string $name Their name in it.
	 * @return string
	 */
	private static function words( $data, $name ) {
		$text = isset( $data[ $name ] ) && is_string( $data[ $name ] ) ? $data[ $name ] : '';
		return mb_substr( trim( (string) preg_replace( '/[\x00-\x1f\x7f]+/', ' ', $text ) ), 0, self::MOST_WORDS );
	}
}
