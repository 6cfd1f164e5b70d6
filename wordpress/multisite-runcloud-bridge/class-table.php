<?php
/**
 * The bridge's table, and the version of its schema.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB -- The bridge's own table, which has no other API. Statements arrive prepared.

/**
 * One table for the installation, whatever site is switched to. It is made when first needed, because a must-use plugin is
 * never activated, and asking whether it is there would cost every page a query.
 *
 * The version stands in the table's comment. So a table that is restored or copied brings its own along, and no option can
 * say something else. It is read by the worker and by what people look at, never in a visitor's request: there a statement
 * that fails is what makes the bridge look.
 *
 * For whoever changes the schema: raise SCHEMA, describe the table in create(), and add a step to upgrade(). A visitor's
 * request puts rows into a newer table unasked, with the columns that Queue::add() names. Where such a row would mean
 * something else in the new schema, rename one of these columns: then the older bridge's INSERT fails and is logged.
 */
final class Table {

	/** The version this bridge reads and writes. 0 is a table from before versions, which says nothing. */
	const SCHEMA = 1;

	/** What prepare() finds: a table of this version; one of before, which could not be upgraded; one of later; or none. */
	const READY   = 'ready';
	const OLDER   = 'older';
	const NEWER   = 'newer';
	const MISSING = 'missing';

	/**
	 * What the database said to the last upgrade.
	 *
	 * @var string
	 */
	private static $upgrade_error = '';

	/**
	 * Name of the table.
	 *
	 * @return string
	 */
	public static function name() {
		global $wpdb;
		return $wpdb->base_prefix . 'runcloud_bridge_events';
	}

	/**
	 * Makes the table where it is missing, and upgrades an older one in place. A newer one is left alone.
	 *
	 * @return string One of READY, OLDER, NEWER, MISSING.
	 */
	public static function prepare() {
		$version = self::version();
		if ( null === $version ) {
			self::create();
			$version = self::version();
		}
		if ( null !== $version && $version < self::SCHEMA ) {
			self::upgrade( $version );
			$version = self::version();
		}
		if ( null === $version ) {
			return self::MISSING;
		}
		if ( $version > self::SCHEMA ) {
			return self::NEWER;
		}
		return $version < self::SCHEMA ? self::OLDER : self::READY;
	}

	/**
	 * Whether rows may be read, sent and changed. What is older is worked with as far as it goes.
	 *
	 * @return bool
	 */
	public static function is_usable() {
		return in_array( self::prepare(), array( self::READY, self::OLDER ), true );
	}

	/**
	 * What is wrong with the table and what to do, in words.
	 *
	 * @param string $found What prepare() returned.
	 * @return string Sentences, or '' where nothing is wrong.
	 */
	public static function explain( $found ) {
		if ( self::MISSING === $found ) {
			/* translators: %s: name of a table. */
			return sprintf( __( 'The table %s cannot be made or read. WordPress\'s user of the database needs the right to create it, once. What happens meanwhile is not told.', 'multisite-runcloud-bridge' ), self::name() );
		}
		if ( self::NEWER === $found ) {
			/* translators: 1: name of a table, 2: its version, 3: another version. */
			return sprintf( __( 'The table %1$s has version %2$d, of a newer bridge; this bridge knows version %3$d. The table is left alone: what happens meanwhile is kept in it where it fits, and nothing is sent until the newer bridge is back.', 'multisite-runcloud-bridge' ), self::name(), self::version(), self::SCHEMA );
		}
		if ( self::OLDER === $found ) {
			/* translators: 1: name of a table, 2: the database's words. */
			return sprintf( __( 'The table %1$s is of an older bridge and could not be upgraded. WordPress\'s user of the database needs the right to alter it, once. The database says: %2$s', 'multisite-runcloud-bridge' ), self::name(), self::$upgrade_error );
		}
		return '';
	}

	/**
	 * Runs a statement. Where it fails, the table may be missing or older, so it is prepared, and the statement tried again.
	 *
	 * @param string $sql Prepared statement.
	 * @return int|bool Rows, or false where it failed. Then the database's words are in $wpdb->last_error.
	 */
	public static function write( $sql ) {
		global $wpdb;
		$is_quiet = $wpdb->suppress_errors();
		$rows     = $wpdb->query( $sql );
		$wpdb->suppress_errors( $is_quiet );
		if ( false === $rows ) {
			self::prepare();
			$rows = $wpdb->query( $sql );
		}
		return $rows;
	}

	/**
	 * Reads rows, with the same second try.
	 *
	 * @param string $sql Prepared statement.
	 * @return object[]
	 */
	public static function read( $sql ) {
		global $wpdb;
		$is_quiet = $wpdb->suppress_errors();
		$rows     = $wpdb->get_results( $sql );
		$wpdb->suppress_errors( $is_quiet );
		if ( '' !== $wpdb->last_error ) {
			self::prepare();
			$rows = $wpdb->get_results( $sql );
		}
		return is_array( $rows ) ? $rows : array();
	}

	/**
	 * The version of the table that is there.
	 *
	 * @return int|null Null where there is none, or the database did not answer.
	 */
	private static function version() {
		global $wpdb;
		$row = $wpdb->get_row( $wpdb->prepare( 'SHOW TABLE STATUS LIKE %s', $wpdb->esc_like( self::name() ) ) );
		if ( ! is_object( $row ) ) {
			return null;
		}
		return preg_match( '/\bschema (\d+)/', (string) $row->Comment, $found ) ? (int) $found[1] : 0; // phpcs:ignore WordPress.NamingConventions.ValidVariableName -- The database's name.
	}

	/**
	 * The comment that carries a version.
	 *
	 * @param int $version Version.
	 * @return string SQL.
	 */
	private static function mark( $version ) {
		return "COMMENT = 'Multisite RunCloud Bridge, schema $version'";
	}

	/**
	 * Makes the table.
	 */
	private static function create() {
		global $wpdb;
		$table = self::name();
		$mark  = self::mark( self::SCHEMA );
		// Letter by letter: to WordPress's collation "café" and "cafe" are one name.
		// Times are seconds since 1970, but occurred_ms. due: when it may be tried; since: when the three days began;
		// not_before: until when the service asked for no requests at all;
		// failures: how often it failed, for this row or another one meanwhile, which is what the wait grows by.
		$wpdb->query(
			"CREATE TABLE IF NOT EXISTS `$table` (
				id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				event_id varchar(64) NOT NULL,
				kind varchar(10) NOT NULL,
				domain varchar(255) NOT NULL,
				site_id bigint(20) unsigned NOT NULL DEFAULT 0,
				occurred_ms bigint(20) unsigned NOT NULL,
				since bigint(20) unsigned NOT NULL,
				state varchar(12) NOT NULL DEFAULT 'waiting',
				attempts int(10) unsigned NOT NULL DEFAULT 0,
				failures int(10) unsigned NOT NULL DEFAULT 0,
				due bigint(20) unsigned NOT NULL,
				not_before bigint(20) unsigned NOT NULL DEFAULT 0,
				tried bigint(20) unsigned NOT NULL DEFAULT 0,
				status smallint(5) unsigned NOT NULL DEFAULT 0,
				answer text NULL,
				PRIMARY KEY  (id),
				KEY state_due (state, due),
				KEY domain (domain(191))
			) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin $mark"
		);
	}

	/**
	 * Brings an older table to this version, a version at a time. Each is one ALTER that carries its mark, so that no table
	 * is left between two. Two requests may do it at once: the second one's statement fails, and the version, read anew by
	 * prepare(), says that all is well.
	 *
	 * @param int $version Version that is there.
	 */
	private static function upgrade( $version ) {
		global $wpdb;
		$table = self::name();
		$steps = array( 1 => array( __CLASS__, 'changes_to_1' ) );
		for ( $next = $version + 1; $next <= self::SCHEMA; $next++ ) {
			$changes  = array_merge( call_user_func( $steps[ $next ] ), array( self::mark( $next ) ) );
			$is_quiet = $wpdb->suppress_errors();
			$is_done  = $wpdb->query( "ALTER TABLE `$table` " . implode( ', ', $changes ) );
			$wpdb->suppress_errors( $is_quiet );
			if ( false === $is_done ) {
				self::$upgrade_error = $wpdb->last_error;
				return;
			}
		}
	}

	/**
	 * Before versions, the table began without the column of failures, and with WordPress's collation.
	 *
	 * @return string[] Parts of an ALTER TABLE.
	 */
	private static function changes_to_1() {
		global $wpdb;
		$table   = self::name();
		$changes = array( 'CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' );
		if ( ! in_array( 'failures', (array) $wpdb->get_col( "SHOW COLUMNS FROM `$table`" ), true ) ) {
			$changes[] = 'ADD COLUMN failures int(10) unsigned NOT NULL DEFAULT 0 AFTER attempts';
		}
		return $changes;
	}
}
