<?php
/**
 * All domains, in the network's admin.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Network admin > Settings > RunCloud Domains: what the service knows. It changes nothing, and keeps nothing: each view of the
 * screen is a query.
 */
final class Domains_Screen {

	/** Address of the screen. */
	const SLUG = 'multisite-runcloud-domains';

	/** Who may look. */
	const RIGHT = 'manage_network_options';

	/**
	 * Adds the screen.
	 */
	public static function add() {
		$title = __( 'RunCloud Domains', 'multisite-runcloud-bridge' );
		add_submenu_page( 'settings.php', $title, $title, self::RIGHT, self::SLUG, array( __CLASS__, 'show' ) );
	}

	/**
	 * The address of the screen.
	 *
	 * @param array<string, string> $more Further parts of its query.
	 * @return string
	 */
	public static function url( $more = array() ) {
		return add_query_arg( array_map( 'rawurlencode', array( 'page' => self::SLUG ) + $more ), network_admin_url( 'settings.php' ) );
	}

	/**
	 * Shows the list, or the page of a domain.
	 */
	public static function show() {
		if ( ! current_user_can( self::RIGHT ) ) {
			wp_die( esc_html__( 'You may not see this.', 'multisite-runcloud-bridge' ), 403 );
		}
		$domain = self::asked( 'domain' );
		echo '<div class="wrap">';
		if ( '' === $domain ) {
			self::show_list( self::asked( 'state' ), self::asked( 's' ), max( 1, absint( self::asked( 'paged' ) ) ) );
		} else {
			Domain_Page::show( $domain );
		}
		echo '</div>';
	}

	/**
	 * Says why there is nothing to show.
	 *
	 * @param string $why Why.
	 */
	public static function show_reason( $why ) {
		echo '<div class="notice notice-error inline"><p>' . esc_html( News_Text::with_commands( $why ) ) . '</p></div>';
	}

	/**
	 * Shows numbers, what needs a person, and a page of rows.
	 *
	 * @param string $state  The state that is chosen; '' for all.
	 * @param string $search A part of the name.
	 * @param int    $page   Number of the page.
	 */
	private static function show_list( $state, $search, $page ) {
		$state = array_key_exists( $state, Domain_Words::states() ) ? $state : '';
		echo '<h1>' . esc_html__( 'RunCloud Domains', 'multisite-runcloud-bridge' ) . '</h1>';
		$filter = array(
			'from'  => ( $page - 1 ) * Domains_Table::PER_PAGE,
			'limit' => Domains_Table::PER_PAGE,
		);
		if ( '' !== $state ) {
			$filter['state'] = array( $state );
		}
		if ( '' !== $search ) {
			$filter['search'] = $search;
		}
		$answer = Service_Query::ask( 'status', $filter );
		if ( is_string( $answer ) ) {
			self::show_reason( $answer );
			return;
		}
		echo '<p>' . esc_html( Domain_Words::advice( $answer, 'summary' ) ) . '</p>';
		$quota = Service_Query::ask( 'quota' );
		$calls = isset( $answer['calls'] ) && is_array( $answer['calls'] ) ? $answer['calls'] : array();
		self::show_calls( is_array( $quota ) && isset( $quota['used'] ) ? $quota : $calls );
		self::show_needs( Domain_Words::items( $answer, 'needs' ) );
		echo '<h2>' . esc_html__( 'Domains', 'multisite-runcloud-bridge' ) . '</h2>';
		require_once ABSPATH . 'wp-admin/includes/class-wp-list-table.php';
		$list = new Domains_Table();
		$list->fill( $answer, $state );
		$list->views();
		echo '<form method="get" action="' . esc_url( network_admin_url( 'settings.php' ) ) . '"><input type="hidden" name="page" value="' . esc_attr( self::SLUG ) . '">';
		if ( '' !== $state ) {
			echo '<input type="hidden" name="state" value="' . esc_attr( $state ) . '">';
		}
		$list->search_box( __( 'Search domains', 'multisite-runcloud-bridge' ), 'runcloud-domains' );
		$list->display();
		echo '</form>';
		Runs_Table::show( Domain_Words::items( $answer, 'runs' ) );
	}

	/**
	 * Shows the calls to RunCloud of this month.
	 *
	 * @param array $calls Answer about calls, or that part of another answer, which has no days.
	 */
	private static function show_calls( $calls ) {
		if ( ! isset( $calls['used'] ) ) {
			return;
		}
		$used  = number_format_i18n( Domain_Words::number( $calls, 'used' ) );
		$since = Domain_Words::time( $calls, 'since' );
		if ( Domain_Words::number( $calls, 'quota' ) > 0 ) {
			/* translators: 1: number of calls, 2: number of calls of the plan, 3: percentage, 4: time. */
			$text = sprintf( __( 'Calls to RunCloud: %1$s of %2$s (%3$d %%) since %4$s.', 'multisite-runcloud-bridge' ), $used, number_format_i18n( Domain_Words::number( $calls, 'quota' ) ), Domain_Words::number( $calls, 'percent' ), $since );
		} else {
			/* translators: 1: number of calls, 2: time. */
			$text = sprintf( __( 'Calls to RunCloud: %1$s since %2$s.', 'multisite-runcloud-bridge' ), $used, $since );
		}
		echo '<p>' . esc_html( $text ) . '</p>';
		Calls_Chart::show( Domain_Words::items( $calls, 'days' ) );
	}

	/**
	 * Shows what needs a person.
	 *
	 * @param array[] $needs Part of an answer.
	 */
	private static function show_needs( $needs ) {
		if ( ! $needs ) {
			return;
		}
		echo '<h2>' . esc_html__( 'What needs a person', 'multisite-runcloud-bridge' ) . '</h2><ul class="ul-disc">';
		foreach ( $needs as $need ) {
			$count = Domain_Words::number( $need, 'count' );
			/* translators: %s: number of domains. */
			$many = $count > 1 ? sprintf( _n( '%s domain:', '%s domains, as here:', $count, 'multisite-runcloud-bridge' ), number_format_i18n( $count ) ) . ' ' : '';
			echo '<li>' . esc_html( $many . Domain_Words::advice( $need, 'found' ) ) . ' <strong>' . esc_html( Domain_Words::advice( $need, 'what_to_do' ) ) . '</strong></li>';
		}
		echo '</ul>';
	}

	/**
	 * What the address asks for.
	 *
	 * @param string $name Name.
	 * @return string
	 */
	private static function asked( $name ) {
		return isset( $_GET[ $name ] ) && is_string( $_GET[ $name ] ) ? mb_substr( sanitize_text_field( wp_unslash( $_GET[ $name ] ) ), 0, 253 ) : ''; // phpcs:ignore WordPress.Security.NonceVerification.Recommended -- Only shows.
	}
}
