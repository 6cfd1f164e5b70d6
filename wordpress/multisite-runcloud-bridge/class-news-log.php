<?php
/**
 * What the service told, in the plugin's log.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Writes to the log of Ultimate Multisite that its documentation sends people to for RunCloud.
 */
final class News_Log {

	/** Name of the log, in uploads/wu-logs. */
	const LOG = 'integration-runcloud';

	/** Levels of types that somebody should look at. All others are information. */
	const LEVELS = array(
		'domain.not-live'      => 'error',
		'dns.lost'             => 'error',
		'certificate.failed'   => 'error',
		'certificate.expiring' => 'warning',
		'removals.held'        => 'warning',
		'quota.low'            => 'warning',
	);

	/** Domains that a line names. */
	const MOST_NAMED = 20;

	/**
	 * Writes one line for an event.
	 *
	 * @param Incoming_Event $event Event.
	 */
	public static function write( $event ) {
		$names = implode( ', ', array_slice( $event->domains, 0, self::MOST_NAMED ) );
		$rest  = count( $event->domains ) - self::MOST_NAMED;
		$parts = array_filter(
			array(
				$event->type,
				$names . ( $rest > 0 ? " and $rest more" : '' ),
				$event->reason,
				'' === $event->what_to_do ? '' : 'What to do: ' . News_Text::with_commands( $event->what_to_do ),
			),
			'strlen'
		);
		self::add( implode( ' | ', $parts ) . " ($event->id)", isset( self::LEVELS[ $event->type ] ) ? self::LEVELS[ $event->type ] : 'info' );
	}

	/**
	 * Writes that something of this network's own code failed, also where the plugin is not there.
	 *
	 * @param string $words What failed.
	 */
	public static function complain( $words ) {
		error_log( "multisite-runcloud-bridge: $words" ); // phpcs:ignore Generic.PHP.ForbiddenFunctions, WordPress.PHP.DevelopmentFunctions -- The sender cannot mend it.
		self::add( $words, 'error' );
	}

	/**
	 * Adds a line, where the plugin is there. A log that cannot be written is no reason to refuse an event.
	 *
	 * @param string $line  Line.
	 * @param string $level Level, as in PSR-3.
	 */
	private static function add( $line, $level ) {
		if ( ! function_exists( 'wu_log_add' ) ) {
			return;
		}
		try {
			wu_log_add( self::LOG, $line, $level );
		} catch ( \Throwable $error ) {
			error_log( 'multisite-runcloud-bridge: the log ' . self::LOG . ' could not be written: ' . $error->getMessage() ); // phpcs:ignore Generic.PHP.ForbiddenFunctions, WordPress.PHP.DevelopmentFunctions -- There is no other log left.
		}
	}
}
