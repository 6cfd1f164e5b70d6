<?php
/**
 * One domain, in the network's admin.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * All that the service knows of a domain: how it is, what is not done and why, which records to set, and what happened.
 */
final class Domain_Page {

	/** Events that are shown. */
	const MOST_EVENTS = 50;

	/**
	 * Shows the page.
	 *
	 * @param string $domain Host name.
	 */
	public static function show( $domain ) {
		echo '<h1>' . esc_html( Domain_Words::domain( $domain ) ) . '</h1>';
		echo '<p><a href="' . esc_url( Domains_Screen::url() ) . '">' . esc_html__( 'All domains', 'multisite-runcloud-bridge' ) . '</a></p>';
		$answer = Service_Query::ask( 'domain', array( 'domain' => $domain ) );
		if ( is_string( $answer ) ) {
			Domains_Screen::show_reason( $answer );
			return;
		}
		self::show_axes( $answer );
		self::show_holds( Domain_Words::items( $answer, 'holds' ), Domain_Words::items( $answer, 'steps' ) );
		self::show_records( Domain_Words::items( $answer, 'records' ) );
		self::show_link( Domain_Words::text( $answer, 'domain' ) );
		self::show_history( $domain );
	}

	/**
	 * Shows how it is.
	 *
	 * @param array $answer The service's answer.
	 */
	private static function show_axes( $answer ) {
		$rows = array(
			__( 'State', 'multisite-runcloud-bridge' )       => Domain_Words::of( $answer, 'state' ),
			__( 'Since', 'multisite-runcloud-bridge' )       => Domain_Words::time( $answer, 'since' ),
			__( 'Mapping', 'multisite-runcloud-bridge' )     => Domain_Words::of( $answer, 'mapping' ),
			__( 'DNS', 'multisite-runcloud-bridge' )         => Domain_Words::of( $answer, 'dns' ),
			__( 'Certificate', 'multisite-runcloud-bridge' ) => Domain_Words::of( $answer, 'certificate' ),
			__( 'Looked at', 'multisite-runcloud-bridge' )   => Domain_Words::time( $answer, 'probed_at' ),
			__( 'Why', 'multisite-runcloud-bridge' )         => Domain_Words::advice( $answer, 'reason' ),
			__( 'Next', 'multisite-runcloud-bridge' )        => Domain_Words::advice( $answer, 'next' ),
		);
		echo '<h2>' . esc_html__( 'How it is', 'multisite-runcloud-bridge' ) . '</h2><table class="widefat striped"><tbody>';
		foreach ( array_filter( $rows, 'strlen' ) as $title => $text ) {
			echo '<tr><th scope="row">' . esc_html( $title ) . '</th><td>' . esc_html( $text ) . '</td></tr>';
		}
		echo '</tbody></table>';
	}

	/**
	 * Shows what is not done, why, and what to do; and what the next run does.
	 *
	 * @param array[] $holds Part of an answer.
	 * @param array[] $steps Part of an answer.
	 */
	private static function show_holds( $holds, $steps ) {
		if ( $holds ) {
			echo '<h2>' . esc_html__( 'What is held', 'multisite-runcloud-bridge' ) . '</h2><ul class="ul-disc">';
			foreach ( $holds as $hold ) {
				echo '<li>' . esc_html( Domain_Words::advice( $hold, 'reason' ) ) . ' <strong>' . esc_html( Domain_Words::advice( $hold, 'what_to_do' ) ) . '</strong> <code>' . esc_html( Domain_Words::text( $hold, 'code' ) ) . '</code></li>';
			}
			echo '</ul>';
		}
		if ( $steps ) {
			echo '<h2>' . esc_html__( 'What the next run does', 'multisite-runcloud-bridge' ) . '</h2><ul class="ul-disc">';
			foreach ( $steps as $step ) {
				echo '<li><code>' . esc_html( Domain_Words::text( $step, 'action' ) ) . '</code> ' . esc_html( Domain_Words::advice( $step, 'why' ) ) . '</li>';
			}
			echo '</ul>';
		}
	}

	/**
	 * Shows the records to set. The fields can be copied from without JavaScript, and the buttons are there with it alone.
	 * The value of a record that has to go is none.
	 *
	 * @param array[] $records Part of an answer.
	 */
	private static function show_records( $records ) {
		if ( ! $records ) {
			return;
		}
		wp_enqueue_script( 'clipboard' );
		wp_enqueue_script( 'wp-a11y' );
		$said = wp_json_encode( __( 'Copied.', 'multisite-runcloud-bridge' ) );
		wp_add_inline_script( 'clipboard', "document.addEventListener( 'DOMContentLoaded', function () { new ClipboardJS( '.runcloud-copy' ).on( 'success', function () { wp.a11y.speak( $said ); } ); } );" );
		$titles = array( __( 'Type', 'multisite-runcloud-bridge' ), __( 'Name', 'multisite-runcloud-bridge' ), __( 'Value', 'multisite-runcloud-bridge' ), __( 'What DNS has now', 'multisite-runcloud-bridge' ), __( 'Right', 'multisite-runcloud-bridge' ) );
		echo '<h2>' . esc_html__( 'DNS records', 'multisite-runcloud-bridge' ) . '</h2><table class="widefat striped"><thead><tr><th scope="col">';
		echo implode( '</th><th scope="col">', array_map( 'esc_html', $titles ) ) . '</th></tr></thead><tbody>';
		foreach ( $records as $index => $record ) {
			echo '<tr><td>' . esc_html( Domain_Words::text( $record, 'type' ) ) . '</td><td>';
			self::show_field( "runcloud-name-$index", $titles[1], Domain_Words::text( $record, 'name' ) );
			echo '</td><td>';
			if ( 'none' === Domain_Words::text( $record, 'value' ) ) {
				esc_html_e( 'delete it', 'multisite-runcloud-bridge' );
			} else {
				self::show_field( "runcloud-value-$index", $titles[2], Domain_Words::text( $record, 'value' ) );
			}
			echo '</td><td>' . esc_html( Domain_Words::text( $record, 'now' ) ) . '</td><td>';
			echo esc_html( empty( $record['ok'] ) ? __( 'no', 'multisite-runcloud-bridge' ) : __( 'yes', 'multisite-runcloud-bridge' ) ) . '</td></tr>';
		}
		echo '</tbody></table>';
	}

	/**
	 * Shows a text to copy.
	 *
	 * @param string $id    Id of the field.
	 * @param string $label What it is.
	 * @param string $text  Text.
	 */
	private static function show_field( $id, $label, $text ) {
		printf( '<input type="text" readonly class="regular-text code" id="%s" aria-label="%s" value="%s"> ', esc_attr( $id ), esc_attr( $label ), esc_attr( $text ) );
		/* translators: %s: text that is copied. */
		$copies = sprintf( __( 'Copy %s', 'multisite-runcloud-bridge' ), $text );
		printf( '<button type="button" class="button hide-if-no-js runcloud-copy" data-clipboard-target="#%s" aria-label="%s">%s</button>', esc_attr( $id ), esc_attr( $copies ), esc_html__( 'Copy', 'multisite-runcloud-bridge' ) );
	}

	/**
	 * Shows the link that the customer has.
	 *
	 * @param string $domain Host name.
	 */
	private static function show_link( $domain ) {
		$link = '' === $domain ? '' : Customer_Link::of( $domain );
		if ( '' !== $link ) {
			echo '<h2>' . esc_html__( "The customer's page", 'multisite-runcloud-bridge' ) . '</h2><p><a href="' . esc_url( $link ) . '" target="_blank" rel="noreferrer noopener">';
			esc_html_e( 'What the customer sees', 'multisite-runcloud-bridge' );
			echo '</a> ' . esc_html__( 'Whoever has such a link sees the same, for 30 days.', 'multisite-runcloud-bridge' ) . '</p>';
		}
	}

	/**
	 * Shows what happened.
	 *
	 * @param string $domain Host name.
	 */
	private static function show_history( $domain ) {
		echo '<h2>' . esc_html__( 'What happened', 'multisite-runcloud-bridge' ) . '</h2>';
		$answer = Service_Query::ask(
			'events',
			array(
				'domain' => $domain,
				'limit'  => self::MOST_EVENTS,
			)
		);
		if ( is_string( $answer ) ) {
			Domains_Screen::show_reason( $answer );
			return;
		}
		$events = Domain_Words::items( $answer, 'events' );
		if ( ! $events ) {
			echo '<p>' . esc_html__( 'Nothing in the last 90 days.', 'multisite-runcloud-bridge' ) . '</p>';
			return;
		}
		echo '<ul class="ul-disc">';
		foreach ( $events as $event ) {
			$row = (object) array(
				'type'       => Domain_Words::text( $event, 'type' ),
				'at_ms'      => 1000 * (int) strtotime( Domain_Words::text( $event, 'at' ) ),
				'reason'     => Domain_Words::text( $event, 'reason' ),
				'what_to_do' => Domain_Words::text( $event, 'what_to_do' ),
			);
			echo '<li>' . esc_html( News_Text::line( $row ) ) . '</li>';
		}
		echo '</ul>';
	}
}
