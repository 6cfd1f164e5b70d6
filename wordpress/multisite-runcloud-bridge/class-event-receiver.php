<?php
/**
 * The address that the service tells its events to.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * A receiver of the service's NOTIFY_URL, by Standard Webhooks, in WordPress's REST API.
 *
 * What it answers is for the service, which quotes it where people look, so it is in the service's language. Its status says
 * whom it concerns: 400 and 413 this event alone; all others the receiver, and then the service keeps its events and tries for
 * a day. Never 410, which switches a receiver off: not even in a copy, because that may be the network that has moved.
 */
final class Event_Receiver {

	/** Where the route is, below wp-json. */
	const SPACE = 'multisite-runcloud/v1';
	const ROUTE = '/events';

	/** Bytes. The service's longest message, which names some thousand domains, has half of it. */
	const MOST_BYTES = 262144;

	/**
	 * Adds the route: on the main site alone, and where the keys are known.
	 */
	public static function add() {
		if ( get_current_blog_id() !== Options::main_site_id() || ! Settings::notify_keys() ) {
			return;
		}
		register_rest_route(
			self::SPACE,
			self::ROUTE,
			array(
				'methods'             => \WP_REST_Server::CREATABLE,
				'callback'            => array( __CLASS__, 'take' ),
				'permission_callback' => array( __CLASS__, 'check' ),
				'show_in_index'       => false,
			)
		);
	}

	/**
	 * The address of the route, as it belongs into NOTIFY_URL.
	 *
	 * @return string
	 */
	public static function address() {
		return get_rest_url( Options::main_site_id(), self::SPACE . self::ROUTE );
	}

	/**
	 * Whether the service sent it, and to this network.
	 *
	 * @param \WP_REST_Request $request Request.
	 * @return true|\WP_Error
	 */
	public static function check( $request ) {
		if ( strlen( $request->get_body() ) > self::MOST_BYTES ) {
			return self::refusal( 413, sprintf( 'more than %d bytes', self::MOST_BYTES ) );
		}
		$objection = Event_Signature::objection( $request );
		if ( '' !== $objection ) {
			return self::refusal( 401, $objection );
		}
		$verdict = Network::verdict();
		if ( Network::OTHER === $verdict ) {
			return self::refusal( 403, 'this is a copy of the network, or the network has moved. RunCloud Bridge in its network admin says more' );
		}
		if ( Network::SAME !== $verdict ) {
			return self::refusal( 403, 'nobody has confirmed that this is the network. RunCloud Bridge in its network admin says more' );
		}
		return true;
	}

	/**
	 * Takes an event. First what it says of the domains is kept, which may be done twice. Then it is taken, and in the same
	 * transaction the calls of listeners are kept that it asks for. One that is cut off before that is whole when it comes
	 * again; after that, whoever comes next makes the calls that are left: the event itself, or the worker.
	 *
	 * @param \WP_REST_Request $request Request.
	 * @return \WP_REST_Response|\WP_Error
	 */
	public static function take( $request ) {
		$event = Incoming_Event::parse( (string) $request->get_header( 'webhook-id' ), $request->get_body() );
		if ( is_string( $event ) ) {
			return self::refusal( 400, $event );
		}
		if ( ! News_Table::is_usable() ) {
			return self::refusal( 503, 'the table for it cannot be used. RunCloud Bridge in the network admin says more' );
		}
		$is_first = false;
		if ( ! News::was_taken( $event->id ) ) {
			$is_first = News::keep( $event ) ? News::take( $event, Announcer::is_heard() ) : null;
		}
		if ( null === $is_first ) {
			return self::refusal( 503, 'the database does not take it' );
		}
		if ( $is_first ) {
			News::prune();
			News_Log::write( $event );
		}
		Announcer::tell( $event );
		return self::thanks( $is_first ? 'Taken.' : 'It was taken before.' );
	}

	/**
	 * The answer to what is not taken.
	 *
	 * @param int    $status HTTP status.
	 * @param string $why    Why.
	 * @return \WP_Error
	 */
	private static function refusal( $status, $why ) {
		return new \WP_Error( 'not_accepted', "Not accepted: $why.", array( 'status' => $status ) );
	}

	/**
	 * The answer to what is.
	 *
	 * @param string $words What became of it.
	 * @return \WP_REST_Response
	 */
	private static function thanks( $words ) {
		return new \WP_REST_Response(
			array(
				'accepted' => true,
				'why'      => $words,
			)
		);
	}
}
