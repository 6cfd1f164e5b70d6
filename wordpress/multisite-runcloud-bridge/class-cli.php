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
	 * Sends deliveries again, as the events they were.
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
		foreach ( array_unique( array_map( 'absint', $ids ) ) as $id ) {
			$row = Worker::resend( $id );
			if ( is_object( $row ) && 'accepted' === $row->state ) {
				\WP_CLI::success( Delivery_Text::line( $row ) );
			} else {
				\WP_CLI::warning( is_object( $row ) ? Delivery_Text::line( $row ) : $row );
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
	 * Ends the command where the constants are missing or wrong, or the table is a newer bridge's.
	 */
	private static function need_readiness() {
		if ( ! Settings::is_ready() ) {
			\WP_CLI::error( implode( ' ', Settings::faults() ) );
		}
		$table = Table::prepare();
		if ( Table::NEWER === $table ) {
			\WP_CLI::error( Table::explain( $table ) );
		}
	}
}
