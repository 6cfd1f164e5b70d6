<?php
/**
 * A table of the bridge, and the version of its schema.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB -- The bridge's own tables, which have no other API. Statements arrive prepared.

/**
 * One table for the installation, whatever site is switched to. It is made when first needed, because a must-use plugin is
 * never activated, and asking whether it is there would cost every page a query.
 *
 * The version stands in the table's comment. So a table that is restored or copied brings its own along, and no option can
 * say something else. It is read by the worker, by what people look at and where the service tells something, never in a
 * visitor's request: there a statement that fails is what makes the bridge look.
 *
 * For whoever changes a schema: raise SCHEMA, describe the table in columns(), and add a step to steps().
 */
abstract class Versioned_Table {

	/** What prepare() finds: a table of this version; one of before, which could not be upgraded; one of later; or none. */
	const READY   = 'ready';
	const OLDER   = 'older';
	const NEWER   = 'newer';
	const MISSING = 'missing';

	/**
	 * What the database said to the last upgrade, by the name of the table.
	 *
	 * @var array<string, string>
	 */
	private static $upgrade_errors = array();

	/**
	 * Name of the table.
	 *
	 * @return string
	 */
	public static function name() {
		global $wpdb;
		return $wpdb->base_prefix . static::NAME;
	}

	/**
	 * Columns and keys.
	 *
	 * @return string SQL.
	 */
	abstract protected static function columns();

	/**
	 * What leads from each version to the next.
	 *
	 * @return array<int, callable> By the version that it leads to. Each returns parts of an ALTER TABLE.
	 */
	abstract protected static function steps();

	/**
	 * What it means that there is no table, or a newer bridge's.
	 *
	 * @param string $found Either MISSING or NEWER.
	 * @return string A sentence.
	 */
	abstract protected static function consequence( $found );

	/**
	 * Makes the table where it is missing, and upgrades an older one in place. A newer one is left alone.
	 *
	 * @return string One of READY, OLDER, NEWER, MISSING.
	 */
	public static function prepare() {
		$version = static::version();
		if ( null === $version ) {
			static::create();
			$version = static::version();
		}
		if ( null !== $version && $version < static::SCHEMA ) {
			static::upgrade( $version );
			$version = static::version();
		}
		if ( null === $version ) {
			return self::MISSING;
		}
		if ( $version > static::SCHEMA ) {
			return self::NEWER;
		}
		return $version < static::SCHEMA ? self::OLDER : self::READY;
	}

	/**
	 * Whether rows may be read, sent and changed. What is older is worked with as far as it goes.
	 *
	 * @return bool
	 */
	public static function is_usable() {
		return in_array( static::prepare(), array( self::READY, self::OLDER ), true );
	}

	/**
	 * What is wrong with the table and what to do, in words.
	 *
	 * @param string $found What prepare() returned.
	 * @return string Sentences, or '' where nothing is wrong.
	 */
	public static function explain( $found ) {
		if ( self::MISSING === $found ) {
			/* translators: 1: name of a table, 2: what follows from that. */
			return sprintf( __( 'The table %1$s cannot be made or read. WordPress\'s user of the database needs the right to create it, once. %2$s', 'multisite-runcloud-bridge' ), static::name(), static::consequence( $found ) );
		}
		if ( self::NEWER === $found ) {
			/* translators: 1: name of a table, 2: its version, 3: another version, 4: what follows from that. */
			return sprintf( __( 'The table %1$s has version %2$d, of a newer bridge; this bridge knows version %3$d. %4$s', 'multisite-runcloud-bridge' ), static::name(), static::version(), static::SCHEMA, static::consequence( $found ) );
		}
		if ( self::OLDER === $found ) {
			$error = isset( self::$upgrade_errors[ static::NAME ] ) ? self::$upgrade_errors[ static::NAME ] : '';
			/* translators: 1: name of a table, 2: the database's words. */
			return sprintf( __( 'The table %1$s is of an older bridge and could not be upgraded. WordPress\'s user of the database needs the right to alter it, once. The database says: %2$s', 'multisite-runcloud-bridge' ), static::name(), $error );
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
			static::prepare();
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
			static::prepare();
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
		$row = $wpdb->get_row( $wpdb->prepare( 'SHOW TABLE STATUS LIKE %s', $wpdb->esc_like( static::name() ) ) );
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
	 * Makes the table. Names are compared letter by letter: to WordPress's collation "café" and "cafe" are one.
	 */
	private static function create() {
		global $wpdb;
		$table   = static::name();
		$columns = static::columns();
		$mark    = self::mark( static::SCHEMA );
		$wpdb->query( "CREATE TABLE IF NOT EXISTS `$table` ( $columns ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin $mark" );
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
		$table = static::name();
		$steps = static::steps();
		for ( $next = $version + 1; $next <= static::SCHEMA; $next++ ) {
			$changes  = array_merge( call_user_func( $steps[ $next ] ), array( self::mark( $next ) ) );
			$is_quiet = $wpdb->suppress_errors();
			$is_done  = $wpdb->query( "ALTER TABLE `$table` " . implode( ', ', $changes ) );
			$wpdb->suppress_errors( $is_quiet );
			if ( false === $is_done ) {
				self::$upgrade_errors[ static::NAME ] = $wpdb->last_error;
				return;
			}
		}
	}
}
