<?php
/**
 * Whether an event still holds.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Compares an event with the database, right before it is sent.
 */
final class Validity {

	/**
	 * Why an event must not be sent. Who listens for a change cannot know of everything else that wants the same name:
	 * another site, a second mapping with or without "www.", a row that was never active.
	 *
	 * @param object $row Row.
	 * @return string|null Reason, or '' to send it; null where the database did not answer.
	 */
	public static function objection( $row ) {
		$records = Mappings::records_of( $row->domain );
		if ( null === $records ) {
			return null;
		}
		$living = array_values(
			array_filter(
				$records,
				static function ( $record ) {
					return (bool) (int) $record->is_living;
				}
			)
		);
		if ( 'unmapped' === $row->kind && $living ) {
			/* translators: 1: host name, 2: number of a site. */
			return sprintf( __( 'Not sent: %1$s is still wanted, by site %2$d.', 'multisite-runcloud-bridge' ), $living[0]->domain, $living[0]->blog_id );
		}
		if ( 'mapped' === $row->kind && $records && ! $living ) {
			return __( 'Not sent: the mapping is not active, or its site is archived, spam or deleted.', 'multisite-runcloud-bridge' );
		}
		return '';
	}
}
