<?php
/**
 * Who wants a host name in this network.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB -- The answer decides what is sent, so it comes from the database and never from a cache.

/**
 * Reads WordPress's table of sites and the plugin's table of mappings. The latter past the plugin, whose database layer
 * turns an error into "none".
 */
final class Mappings {

	/** SQL: whether visitors are to reach a site. */
	const LIVING = "s.archived = '0' AND s.spam = '0' AND s.deleted = '0'";

	/**
	 * The sites and mappings of a host name, with or without "www.", with its letters or as DNS writes them: to the service
	 * all of these are one.
	 *
	 * @param string $domain Host name.
	 * @return object[]|null Rows with domain, blog_id, is_living; null where the database did not answer.
	 */
	public static function records_of( $domain ) {
		global $wpdb;
		$living = self::LIVING;
		$sites  = self::rows_called( $domain, "SELECT s.domain, s.blog_id, ( $living ) AS is_living FROM `$wpdb->blogs` s", 's.domain' );
		if ( null === $sites ) {
			return null;
		}
		$has_mappings = self::has_table();
		if ( ! $has_mappings ) {
			return false === $has_mappings ? $sites : null;
		}
		$table    = self::table();
		$sql      = "SELECT m.domain, m.blog_id, ( m.active = '1' AND s.blog_id IS NOT NULL AND $living ) AS is_living
			FROM `$table` m LEFT JOIN `$wpdb->blogs` s ON s.blog_id = m.blog_id";
		$mappings = self::rows_called( $domain, $sql, 'm.domain' );
		return null === $mappings ? null : array_merge( $sites, $mappings );
	}

	/**
	 * The active mappings of a site.
	 *
	 * @param int $site_id Site.
	 * @return string[]|null Host names, none where the plugin is not there; null where the database did not answer.
	 */
	public static function active_domains_of( $site_id ) {
		global $wpdb;
		$has_mappings = self::has_table();
		if ( ! $has_mappings ) {
			return false === $has_mappings ? array() : null;
		}
		$table   = self::table();
		$domains = $wpdb->get_col( $wpdb->prepare( "SELECT domain FROM `$table` WHERE blog_id = %d AND active = '1'", $site_id ) );
		return '' === $wpdb->last_error ? $domains : null;
	}

	/**
	 * Rows of one name. The database is asked for all that may be it, and what is the same name is decided here: to the
	 * tables' collation "café" and "cafe" are one.
	 *
	 * @param string $domain Host name.
	 * @param string $sql    Query, without a condition.
	 * @param string $column Column of the name.
	 * @return object[]|null Null where the database did not answer.
	 */
	private static function rows_called( $domain, $sql, $column ) {
		global $wpdb;
		$bare  = Host_Name::without_www( $domain );
		$ascii = Host_Name::ascii( $bare );
		// PHP cannot always read "xn--": so the other way round, by all that is not ASCII, which is little or nothing.
		$other = false !== strpos( $ascii, 'xn--' ) ? " OR LENGTH(CONVERT($column USING utf8mb4)) <> CHAR_LENGTH($column)" : '';
		$names = array( $bare, 'www.' . $bare, $ascii, 'www.' . $ascii );
		$rows  = $wpdb->get_results( $wpdb->prepare( "$sql WHERE $column IN (%s, %s, %s, %s)$other", $names ) );
		if ( '' !== $wpdb->last_error || ! is_array( $rows ) ) {
			return null;
		}
		$is_it = static function ( $row ) use ( $ascii ) {
			return Host_Name::ascii( Host_Name::without_www( $row->domain ) ) === $ascii;
		};
		return array_values( array_filter( $rows, $is_it ) );
	}

	/**
	 * Name of the plugin's table.
	 *
	 * @return string
	 */
	private static function table() {
		global $wpdb;
		return $wpdb->base_prefix . 'wu_domain_mappings';
	}

	/**
	 * Whether the plugin's table is there.
	 *
	 * @return bool|null Null where the database did not answer.
	 */
	private static function has_table() {
		global $wpdb;
		$found = $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( self::table() ) ) );
		return '' === $wpdb->last_error ? null !== $found : null;
	}
}
