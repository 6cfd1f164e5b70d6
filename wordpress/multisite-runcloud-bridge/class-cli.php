<?php
/**
 * WP-CLI.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * The commands `wp runcloud-bridge …`. What `wp help` shows of one is the comment above its function.
 */
final class Cli {

	/**
	 * Shows whether the bridge is set up, how its queue is, and the last 20 deliveries.
	 */
	public static function status() {
		$health = Site_Health::status();
		$rows   = Table::NEWER === Table::prepare() ? array() : Queue_Report::last_rows();
		\WP_CLI::log( $health['label'] );
		foreach ( array_merge( $health['lines'], array_map( array( Delivery_Text::class, 'line' ), $rows ) ) as $line ) {
			\WP_CLI::log( $line );
		}
		if ( 'critical' === $health['level'] ) {
			\WP_CLI::halt( 1 );
		}
	}

	/**
	 * Sends deliveries again, as the events they were. Where the service takes nothing now, it ends there and leaves the
	 * others as they are.
	 *
	 * ## OPTIONS
	 *
	 * [<id>...]
	 * : Numbers of deliveries, as `status` shows them.
	 *
	 * [--failed]
	 * : All that were refused or given up.
	 *
	 * @param string[] $ids     Numbers.
	 * @param array    $options Options.
	 */
	public static function resend( $ids, $options = array() ) {
		self::need_readiness();
		if ( ! empty( $options['failed'] ) ) {
			$ids = array_merge( $ids, Queue_Report::failed_ids() );
		}
		$ids = array_values( array_unique( array_map( 'absint', $ids ) ) );
		foreach ( $ids as $index => $id ) {
			$row = Worker::resend( $id );
			if ( is_object( $row ) && 'accepted' === $row->state ) {
				\WP_CLI::success( Delivery_Text::line( $row ) );
			} else {
				\WP_CLI::warning( is_object( $row ) ? Delivery_Text::line( $row ) : $row );
			}
			// It failed, and waits for its next try. The others would fail as well, each after its time-out.
			if ( is_object( $row ) && 'waiting' === $row->state && (int) $row->failures > 0 ) {
				/* translators: %d: number of deliveries. */
				\WP_CLI::error( sprintf( __( 'The service takes nothing now. Not tried, and left as they were: %d.', 'multisite-runcloud-bridge' ), count( $ids ) - $index - 1 ) );
			}
		}
		if ( ! $ids ) {
			\WP_CLI::log( __( 'Nothing to send.', 'multisite-runcloud-bridge' ) );
		}
	}

	/**
	 * Sends a test: whether address, secret and clock are right. It changes nothing.
	 */
	public static function test() {
		self::need_readiness();
		$row = Worker::send_test();
		if ( $row && 'accepted' === $row->state ) {
			\WP_CLI::success( $row->answer );
		} else {
			\WP_CLI::error( $row ? $row->answer : __( 'The test could not be kept.', 'multisite-runcloud-bridge' ) );
		}
	}

	/**
	 * Says that this is the network, after it moved, or where nobody knows whether it is a copy. Its events are sent from
	 * then on. Those that wait from before it moved are given up: look through them and resend what still holds.
	 */
	public static function confirm_network() {
		self::need_setup();
		Network::confirm();
		/* translators: %s: address of a network. */
		\WP_CLI::success( sprintf( __( 'The bridge tells about %s from now on.', 'multisite-runcloud-bridge' ), Network::name() ) );
	}

	/**
	 * Ends the command where nothing may be sent.
	 */
	private static function need_readiness() {
		self::need_setup();
		$verdict = Network::verdict();
		if ( Network::SAME !== $verdict ) {
			\WP_CLI::error( implode( ' ', Network::explain( $verdict ) ) );
		}
	}

	/**
	 * Ends the command where the constants are missing or wrong, or the table is a newer bridge's.
	 */
	private static function need_setup() {
		if ( ! Settings::is_ready() ) {
			\WP_CLI::error( implode( ' ', Settings::faults() ) );
		}
		$table = Table::prepare();
		if ( Table::NEWER === $table ) {
			\WP_CLI::error( Table::explain( $table ) );
		}
	}
}
