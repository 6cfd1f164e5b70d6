<?php
/**
 * The bridge in the network's admin.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Network admin > Settings > RunCloud Bridge, and the notice on the other screens.
 */
final class Admin_Screen {

	/**
	 * Adds the screen.
	 */
	public static function add() {
		$title = __( 'RunCloud Bridge', 'multisite-runcloud-bridge' );
		add_submenu_page( 'settings.php', $title, $title, 'manage_network', Bridge::SLUG, array( __CLASS__, 'show' ) );
	}

	/**
	 * Tells those who can mend it what is missing in wp-config.php, or that this is not the network that the bridge was set
	 * up in. Once the network is on record, it asks the database nothing.
	 */
	public static function show_notice() {
		if ( ! current_user_can( 'manage_network' ) ) {
			return;
		}
		$faults = Settings::faults();
		if ( $faults ) {
			echo '<div class="notice notice-error"><p><strong>';
			esc_html_e( 'RunCloud is not told about domains. In wp-config.php:', 'multisite-runcloud-bridge' );
			echo '</strong></p><ul><li>' . implode( '</li><li>', array_map( 'esc_html', $faults ) ) . '</li></ul></div>';
			return;
		}
		if ( Settings::notify_fault() ) {
			echo '<div class="notice notice-warning"><p><strong>' . esc_html__( 'What the service tells about domains is not taken. In wp-config.php:', 'multisite-runcloud-bridge' ) . '</strong></p><p>' . esc_html( Settings::notify_fault() ) . '</p></div>';
		}
		// The bridge's own screen says it anyway.
		$is_shown = isset( $GLOBALS['plugin_page'] ) && Bridge::SLUG === $GLOBALS['plugin_page'];
		$lines    = $is_shown ? array() : Network::explain( Network::verdict() );
		if ( $lines ) {
			echo '<div class="notice notice-warning"><p><strong>' . esc_html__( 'RunCloud is not told about domains.', 'multisite-runcloud-bridge' ) . '</strong></p><p>';
			echo implode( '</p><p>', array_map( 'esc_html', $lines ) ) . '</p><p><a href="' . esc_url( network_admin_url( 'settings.php?page=' . Bridge::SLUG ) ) . '">';
			esc_html_e( 'RunCloud Bridge', 'multisite-runcloud-bridge' );
			echo '</a></p></div>';
		}
	}

	/**
	 * Shows the screen. Of a table that is a newer bridge's it shows nothing but that.
	 */
	public static function show() {
		if ( ! current_user_can( 'manage_network' ) ) {
			wp_die( esc_html__( 'You may not see this.', 'multisite-runcloud-bridge' ), 403 );
		}
		$health   = Site_Health::status();
		$is_newer = Table::NEWER === Table::prepare();
		echo '<div class="wrap"><h1>' . esc_html__( 'RunCloud Bridge', 'multisite-runcloud-bridge' ) . '</h1>';
		if ( ! $is_newer ) {
			self::show_result();
		}
		echo '<p><strong>' . esc_html( $health['label'] ) . '</strong></p>';
		foreach ( $health['lines'] as $line ) {
			echo '<p>' . esc_html( $line ) . '</p>';
		}
		if ( ! $is_newer ) {
			if ( Worker::may_send() ) {
				echo '<p>' . esc_html__( 'With WRITE_BACK=true the service sets a mapping to done when its domain is live. Ultimate Multisite 2.7.1 and later then does more: it makes that domain the primary one of its site, unless the site has another primary domain of its own. With that the address of the site changes.', 'multisite-runcloud-bridge' ) . '</p>';
				self::show_button( 'test', 0, __( 'Send test', 'multisite-runcloud-bridge' ), 'button button-primary' );
			} elseif ( Settings::is_ready() ) {
				self::show_button( 'network', 0, __( 'This is the network now', 'multisite-runcloud-bridge' ), 'button button-primary' );
			}
			self::show_news();
			echo '<h2>' . esc_html__( 'Last deliveries', 'multisite-runcloud-bridge' ) . '</h2>';
			require_once ABSPATH . 'wp-admin/includes/class-wp-list-table.php';
			$list = new Deliveries_Table();
			$list->prepare_items();
			$list->display();
		}
		echo '</div>';
	}

	/**
	 * Shows what the service told of the application: what concerns no single domain.
	 */
	private static function show_news() {
		$rows = Settings::notify_keys() && News_Table::is_usable() ? News::of_application() : array();
		if ( $rows ) {
			echo '<h2>' . esc_html__( 'News of the service', 'multisite-runcloud-bridge' ) . '</h2><ul class="ul-disc"><li>';
			echo implode( '</li><li>', array_map( 'esc_html', array_map( array( News_Text::class, 'line' ), $rows ) ) ) . '</li></ul>';
		}
	}

	/**
	 * Shows a button, as a form of its own.
	 *
	 * @param string $what One of test, resend, network.
	 * @param int    $id   Id of the row.
	 * @param string $text Text on it.
	 * @param string $css  Its classes.
	 */
	public static function show_button( $what, $id, $text, $css ) {
		echo '<form method="post" action="' . esc_url( network_admin_url( 'edit.php?action=' . Bridge::SLUG ) ) . '">';
		wp_nonce_field( Bridge::SLUG . "-$what-$id", '_wpnonce', false );
		printf( '<input type="hidden" name="what" value="%s"><input type="hidden" name="id" value="%d">', esc_attr( $what ), absint( $id ) );
		printf( '<button type="submit" class="%s">%s</button></form>', esc_attr( $css ), esc_html( $text ) );
	}

	/**
	 * A button was pressed.
	 */
	public static function on_form() {
		$what = isset( $_POST['what'] ) ? sanitize_key( wp_unslash( $_POST['what'] ) ) : '';
		$id   = isset( $_POST['id'] ) ? absint( $_POST['id'] ) : 0;
		check_admin_referer( Bridge::SLUG . "-$what-$id" );
		if ( ! current_user_can( 'manage_network' ) || ! in_array( $what, array( 'test', 'resend', 'network' ), true ) || ! Settings::is_ready() ) {
			wp_die( esc_html__( 'You may not do this.', 'multisite-runcloud-bridge' ), 403 );
		}
		$table = Table::prepare();
		if ( Table::NEWER === $table ) {
			wp_die( esc_html( Table::explain( $table ) ), 409 );
		}
		if ( 'network' === $what ) {
			Network::confirm();
			$query = array();
		} elseif ( ! Worker::may_send() ) {
			wp_die( esc_html( implode( ' ', Network::explain( Network::verdict() ) ) ), 409 );
		} else {
			$row   = 'test' === $what ? Worker::send_test() : Worker::resend( $id );
			$query = is_object( $row ) ? array( 'delivery' => (int) $row->id ) : array( 'superseded' => 1 );
		}
		wp_safe_redirect( add_query_arg( array( 'page' => Bridge::SLUG ) + $query, network_admin_url( 'settings.php' ) ) );
		exit;
	}

	/**
	 * Shows what became of the button that led here.
	 */
	private static function show_result() {
		$sent = isset( $_GET['delivery'] ) ? Queue::row( absint( $_GET['delivery'] ) ) : null; // phpcs:ignore WordPress.Security.NonceVerification.Recommended -- Only shows.
		if ( $sent ) {
			$class = in_array( $sent->state, array( 'accepted', 'waiting' ), true ) ? 'notice-success' : 'notice-error';
			printf( '<div class="notice %s"><p>%s</p></div>', esc_attr( $class ), esc_html( Delivery_Text::line( $sent ) ) );
		} elseif ( isset( $_GET['superseded'] ) ) { // phpcs:ignore WordPress.Security.NonceVerification.Recommended -- Only shows.
			echo '<div class="notice notice-error"><p>' . esc_html__( 'Not sent again: a later event about that domain holds, or it is no longer there.', 'multisite-runcloud-bridge' ) . '</p></div>';
		}
	}
}
