<?php
/**
 * How things stand.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * The bridge's line of the Site Health screen. The bridge's own screen and WP-CLI say the same.
 */
final class Site_Health {

	/** Seconds after which an event that nobody works on is worth a warning. */
	const OVERDUE = 15 * MINUTE_IN_SECONDS;

	/**
	 * Adds the test.
	 *
	 * @param array $tests Tests.
	 * @return array
	 */
	public static function add_test( $tests ) {
		$tests['direct']['multisite_runcloud_bridge'] = array(
			'label' => __( 'RunCloud Bridge', 'multisite-runcloud-bridge' ),
			'test'  => array( __CLASS__, 'test' ),
		);
		return $tests;
	}

	/**
	 * The test, as WordPress wants it.
	 *
	 * @return array
	 */
	public static function test() {
		$health = self::status();
		$colors = array(
			'good'        => 'blue',
			'recommended' => 'orange',
			'critical'    => 'red',
		);
		return array(
			'label'       => $health['label'],
			'status'      => $health['level'],
			'badge'       => array(
				'label' => __( 'RunCloud Bridge', 'multisite-runcloud-bridge' ),
				'color' => $colors[ $health['level'] ],
			),
			'description' => '<p>' . implode( '</p><p>', array_map( 'esc_html', $health['lines'] ) ) . '</p>',
			'actions'     => sprintf( '<p><a href="%s">%s</a></p>', esc_url( network_admin_url( 'settings.php?page=' . Bridge::SLUG ) ), esc_html__( 'Last deliveries', 'multisite-runcloud-bridge' ) ),
			'test'        => 'multisite_runcloud_bridge',
		);
	}

	/**
	 * How things stand, as one word and sentences. Of several troubles the last one below gives its label: the worst.
	 *
	 * @return array{level: string, label: string, lines: string[]} Level: good, recommended, critical.
	 */
	public static function status() {
		$faults = Settings::faults();
		if ( $faults ) {
			return self::critical( __( 'RunCloud is not told about domains: the bridge is not set up', 'multisite-runcloud-bridge' ), $faults );
		}
		$table = Table::prepare();
		if ( Table::NEWER === $table ) {
			return self::critical( __( 'RunCloud is not told about domains: the table is of a newer bridge', 'multisite-runcloud-bridge' ), array( Table::explain( $table ) ) );
		}
		$figures = Queue_Report::figures();
		if ( null === $figures ) {
			return self::critical( __( 'RunCloud is not told about domains: nothing can be kept', 'multisite-runcloud-bridge' ), array( Table::explain( Table::OLDER === $table ? $table : Table::MISSING ) ) );
		}
		$verdict = Network::verdict();
		if ( Network::UNKNOWN === $verdict ) {
			return self::critical( __( 'RunCloud is not told about domains: nobody has confirmed that this is the network', 'multisite-runcloud-bridge' ), Network::explain( $verdict ) );
		}
		if ( Network::OTHER === $verdict ) {
			return self::critical( __( 'RunCloud is not told about domains: the bridge was set up in another network', 'multisite-runcloud-bridge' ), Network::explain( $verdict ) );
		}
		$lines = array(
			/* translators: 1: address of this network, 2: address of the service, 3: number of events. */
			sprintf( __( 'Events of %1$s go to %2$s. Waiting: %3$d.', 'multisite-runcloud-bridge' ), Network::name(), Settings::address(), $figures['waiting'] ),
		);
		$level = 'good';
		$label = __( 'RunCloud is told about domains', 'multisite-runcloud-bridge' );
		if ( Table::OLDER === $table ) {
			$level   = 'recommended';
			$label   = __( 'The table of events about domains could not be upgraded', 'multisite-runcloud-bridge' );
			$lines[] = Table::explain( $table );
		}
		if ( $figures['refused'] ) {
			$level = 'recommended';
			$label = __( 'Some domains were refused', 'multisite-runcloud-bridge' );
			/* translators: %d: number of events. */
			$lines[] = sprintf( __( 'Refused for good within a week: %d. The list of deliveries says why.', 'multisite-runcloud-bridge' ), $figures['refused'] );
		}
		if ( $figures['overdue'] > self::OVERDUE ) {
			$level = 'recommended';
			$label = __( 'Events about domains wait, and nobody works on them', 'multisite-runcloud-bridge' );
			/* translators: %s: a span of time. */
			$lines[] = sprintf( __( 'The oldest has been due for %s. WP-Cron or Action Scheduler of the main site does not run: check that something calls wp-cron.php.', 'multisite-runcloud-bridge' ), human_time_diff( Clock::now() - $figures['overdue'], Clock::now() ) );
		}
		if ( $figures['failing'] ) {
			$level = 'recommended';
			$label = __( 'Events about domains wait for the service', 'multisite-runcloud-bridge' );
			/* translators: %s: what happened. */
			$lines[] = sprintf( __( 'The last try: %s They are tried again for three days.', 'multisite-runcloud-bridge' ), $figures['words'] );
		}
		if ( $figures['given_up'] ) {
			$level = 'critical';
			$label = __( 'RunCloud was not told about some domains', 'multisite-runcloud-bridge' );
			/* translators: 1: number of events, 2: what happened. */
			$lines[] = sprintf( __( 'Given up within a week: %1$d. The last try: %2$s Mend the cause and send them again.', 'multisite-runcloud-bridge' ), $figures['given_up'], $figures['words'] );
		}
		if ( $figures['deleted'] ) {
			$level = 'critical';
			$label = __( 'RunCloud was not told about some domains', 'multisite-runcloud-bridge' );
			/* translators: %d: number of events. */
			$lines[] = sprintf( __( 'Deleted unsent, because the table was full: %d events. Where the service reads the network over its REST API, its next reconcile finds what they would have told. Otherwise compare its status with the mappings, and map or unmap what differs.', 'multisite-runcloud-bridge' ), $figures['deleted'] );
		}
		if ( '' !== Settings::public_address_fault() ) {
			$label   = 'good' === $level ? __( 'Customers get no links to how their domains are', 'multisite-runcloud-bridge' ) : $label;
			$level   = 'good' === $level ? 'recommended' : $level;
			$lines[] = Settings::public_address_fault();
		}
		$fault = self::fault_of_news();
		if ( '' !== $fault ) {
			$label   = 'good' === $level ? __( 'What RunCloud\'s service tells is not taken', 'multisite-runcloud-bridge' ) : $label;
			$level   = 'good' === $level ? 'recommended' : $level;
			$lines[] = $fault;
		} elseif ( Settings::wants_news() ) {
			$last = News::last_taken();
			/* translators: 1: address, 2: time. */
			$lines[] = sprintf( __( 'Events of the service come to %1$s. The last one came: %2$s.', 'multisite-runcloud-bridge' ), Event_Receiver::address(), null === $last ? __( 'none yet', 'multisite-runcloud-bridge' ) : wp_date( 'Y-m-d H:i:s', $last ) );
		}
		if ( self::is_other_integration_on() ) {
			$level   = 'good' === $level ? 'recommended' : $level;
			$lines[] = __( "Ultimate Multisite's own RunCloud integration is on as well: turn it off, so that two do not act.", 'multisite-runcloud-bridge' );
		}
		return array(
			'level' => $level,
			'label' => $label,
			'lines' => $lines,
		);
	}

	/**
	 * Why nothing is taken of what the service tells.
	 *
	 * @return string '' where all is well, or nothing is to be taken.
	 */
	private static function fault_of_news() {
		$fault = Settings::notify_fault();
		return Settings::wants_news() && '' === $fault ? News_Table::explain( News_Table::prepare() ) : $fault;
	}

	/**
	 * Nothing is told at all.
	 *
	 * @param string   $label Label.
	 * @param string[] $lines Sentences.
	 * @return array{level: string, label: string, lines: string[]}
	 */
	private static function critical( $label, $lines ) {
		return array(
			'level' => 'critical',
			'label' => $label,
			'lines' => $lines,
		);
	}

	/**
	 * Whether the plugin's own RunCloud integration will act on the next mapping: whether it listens, by its class.
	 *
	 * @return bool
	 */
	private static function is_other_integration_on() {
		global $wp_filter;
		$listeners = isset( $wp_filter['wu_add_domain'] ) ? $wp_filter['wu_add_domain']->callbacks : array();
		foreach ( $listeners as $same_priority ) {
			foreach ( $same_priority as $listener ) {
				$of = is_array( $listener['function'] ) ? $listener['function'][0] : $listener['function'];
				if ( false !== stripos( is_object( $of ) ? get_class( $of ) : (string) $of, 'runcloud' ) ) {
					return true;
				}
			}
		}
		return false;
	}
}
