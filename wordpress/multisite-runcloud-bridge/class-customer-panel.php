<?php
/**
 * What a site's own admins see.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * The links of a site's domains: in a panel on the site's dashboard, and in Ultimate Multisite's list of them. The plugin shows
 * that list by its own rules (a customer who is allowed, limits, settings), so the panel is there whatever the plugin does. In the
 * admin alone, and for those alone who manage the site: a page of the site may be kept by a cache, and then others would get the
 * link.
 */
final class Customer_Panel {

	/**
	 * Adds the link to a row of the plugin's list.
	 *
	 * @param array  $actions Links of the row.
	 * @param object $domain  The plugin's domain.
	 * @return array
	 */
	public static function add_to_row( $actions, $domain ) {
		if ( ! is_array( $actions ) || ! is_object( $domain ) || ! is_callable( array( $domain, 'get_domain' ) ) || ! is_callable( array( $domain, 'get_blog_id' ) ) ) {
			return $actions;
		}
		$link = self::may_see( (int) $domain->get_blog_id() ) ? Customer_Link::of( (string) $domain->get_domain() ) : '';
		if ( '' === $link ) {
			return $actions;
		}
		$ours = array(
			'runcloud_state' => array(
				'wrapper_classes' => '',
				'icon'            => 'dashicons-wu-info wu-align-middle wu-mr-1',
				'label'           => '',
				'value'           => __( 'State and DNS records', 'multisite-runcloud-bridge' ),
				'url'             => $link,
			),
		);
		return $ours + $actions;
	}

	/**
	 * Adds the panel to the dashboard.
	 */
	public static function add() {
		if ( self::may_see( get_current_blog_id() ) && self::links() ) {
			wp_add_dashboard_widget( 'multisite_runcloud_domains', __( 'Domains of this site', 'multisite-runcloud-bridge' ), array( __CLASS__, 'show' ) );
		}
	}

	/**
	 * Shows the panel.
	 */
	public static function show() {
		echo '<p>' . esc_html__( 'Whether visitors reach a domain, and which DNS records to set:', 'multisite-runcloud-bridge' ) . '</p><ul>';
		foreach ( self::links() as $domain => $link ) {
			printf( '<li><a href="%s" target="_blank" rel="noreferrer noopener">%s</a></li>', esc_url( $link ), esc_html( $domain ) );
		}
		echo '</ul><p class="description">' . esc_html__( 'Whoever has such a link sees the same, for 30 days.', 'multisite-runcloud-bridge' ) . '</p>';
	}

	/**
	 * The links of this site's domains.
	 *
	 * @return array<string, string> By the name of the domain.
	 */
	private static function links() {
		$links = array();
		foreach ( self::domains() as $domain ) {
			$links[ $domain ] = Customer_Link::of( $domain );
		}
		return array_filter( $links, 'strlen' );
	}

	/**
	 * The domains of this site: its own host, unless it is the network's or below it, and what is mapped to it.
	 *
	 * @return string[]
	 */
	private static function domains() {
		$site    = get_site();
		$network = Host_Name::without_www( get_network()->domain );
		$own     = Host_Name::without_www( $site->domain );
		$is_ours = $own === $network || ".$network" === substr( $own, - strlen( ".$network" ) );
		$mapped  = array_map( array( Host_Name::class, 'without_www' ), (array) Mappings::active_domains_of( get_current_blog_id() ) );
		return array_values( array_unique( array_merge( $is_ours ? array() : array( $own ), $mapped ) ) );
	}

	/**
	 * Whether this is a page of the admin, of somebody who manages a site.
	 *
	 * @param int $site_id Site.
	 * @return bool
	 */
	private static function may_see( $site_id ) {
		if ( ! is_admin() || $site_id < 1 ) {
			return false;
		}
		if ( get_current_blog_id() === $site_id ) {
			return current_user_can( 'manage_options' );
		}
		switch_to_blog( $site_id );
		$may = current_user_can( 'manage_options' );
		restore_current_blog();
		return $may;
	}
}
