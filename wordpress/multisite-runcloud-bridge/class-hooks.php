<?php
/**
 * What the bridge hears of WordPress and of Ultimate Multisite.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * Callbacks. They find out what a change means, and Recorder keeps the event. What they hear may turn out not to hold, and
 * Validity sees to that: the code that fires a hook knows one row, and not who else wants the name.
 */
final class Hooks {

	/**
	 * Domains that the database layer announced as new or renamed, with the former name or '': the model's hook follows
	 * and knows more, so they wait for it until the end of the request.
	 *
	 * @var array<string, string>
	 */
	private static $announced = array();

	/**
	 * A site was created.
	 *
	 * @param \WP_Site $site The site.
	 */
	public static function on_site_created( $site ) {
		if ( self::is_living( $site ) ) {
			Recorder::record_host( 'mapped', $site );
		}
	}

	/**
	 * A site got another host, or was archived, marked as spam or deleted, or is back.
	 *
	 * @param \WP_Site $site The site as it is.
	 * @param \WP_Site $old  The site as it was.
	 */
	public static function on_site_updated( $site, $old ) {
		$is_living  = self::is_living( $site );
		$was_living = self::is_living( $old );
		$is_moved   = $site->domain !== $old->domain;
		if ( $was_living && ( $is_moved || ! $is_living ) ) {
			Recorder::record_host( 'unmapped', $old );
		}
		if ( $is_living && ( $is_moved || ! $was_living ) ) {
			Recorder::record_host( 'mapped', $site );
		}
		if ( $is_living !== $was_living ) {
			Recorder::record_mappings_of( $is_living ? 'mapped' : 'unmapped', (int) $site->blog_id );
		}
	}

	/**
	 * A site was deleted. The plugin may leave its mappings behind, so they are told too.
	 *
	 * @param \WP_Site $site The site as it was.
	 */
	public static function on_site_deleted( $site ) {
		Recorder::record_host( 'unmapped', $site );
		Recorder::record_mappings_of( 'unmapped', (int) $site->blog_id );
	}

	/**
	 * Plugin 2.5.0 and later: a domain was mapped.
	 *
	 * @param string $domain  Domain.
	 * @param int    $site_id Site.
	 */
	public static function on_domain_added( $domain, $site_id = 0 ) {
		Recorder::record( 'mapped', $domain, $site_id );
	}

	/**
	 * Plugin 2.5.0 and later: a mapping was deleted.
	 *
	 * @param string $domain  Domain.
	 * @param int    $site_id Site.
	 */
	public static function on_domain_removed( $domain, $site_id = 0 ) {
		Recorder::record( 'unmapped', $domain, $site_id );
	}

	/**
	 * The database layer of every version of the plugin: a domain has a name, or another one. It knows nothing of the site
	 * and of the active flag; the model's hook, which follows, does.
	 *
	 * @param string $old Former name; 'new' for a new row.
	 * @param string $new Name.
	 */
	public static function on_domain_name_changed( $old, $new ) {
		if ( is_string( $new ) && '' !== $new ) {
			self::$announced[ Host_Name::lower( $new ) ] = is_string( $old ) && 'new' !== $old ? Host_Name::lower( $old ) : '';
		}
	}

	/**
	 * Every version of the plugin: a domain was saved, changed or not.
	 *
	 * @param array  $data   Columns, as they went to the database.
	 * @param object $model  The plugin's domain.
	 * @param bool   $is_new Whether it was created.
	 */
	public static function on_domain_saved( $data, $model = null, $is_new = false ) {
		$now = self::domain_state( $data );
		if ( null === $now ) {
			return;
		}
		$domain = $now['domain'];
		$told   = Recorder::recorded_kind( $domain );
		$before = $is_new ? null : self::domain_state( self::original( $model ) );
		$former = '';
		if ( isset( self::$announced[ $domain ] ) ) {
			$former = self::$announced[ $domain ];
			unset( self::$announced[ $domain ] );
		} elseif ( null !== $before && null === $told ) {
			// Only then: a model that is saved twice still remembers the name before the first time.
			$former = $before['domain'];
		}
		$is_renamed = '' !== $former && $former !== $domain;
		if ( $is_renamed ) {
			Recorder::record( 'unmapped', $former, $now['site_id'] );
		}
		if ( $is_renamed || $is_new ) {
			if ( $now['is_active'] ) {
				Recorder::record( 'mapped', $domain, $now['site_id'] );
			}
			return;
		}

		// What this request told is newer than what the model remembers; without either, what was told last.
		if ( null !== $told ) {
			$was_active = 'mapped' === $told;
		} elseif ( null !== $before ) {
			$was_active = $before['is_active'];
		} else {
			$last       = Queue::last_kind( $domain );
			$was_active = null === $last ? null : 'mapped' === $last;
		}
		$is_moved = $now['is_active'] && null !== $before && $before['site_id'] !== $now['site_id'];
		if ( $was_active !== $now['is_active'] || ( $is_moved && null === $told ) ) {
			Recorder::record( $now['is_active'] ? 'mapped' : 'unmapped', $domain, $now['site_id'] );
		}
	}

	/**
	 * Every version of the plugin: a domain was deleted, or could not be.
	 *
	 * @param mixed  $result Whether the row is gone.
	 * @param object $model  The plugin's domain.
	 */
	public static function on_domain_deleted( $result, $model = null ) {
		if ( $result && ! is_wp_error( $result ) && is_object( $model ) && is_callable( array( $model, 'get_domain' ) ) ) {
			$site_id = is_callable( array( $model, 'get_blog_id' ) ) ? $model->get_blog_id() : 0;
			Recorder::record( 'unmapped', $model->get_domain(), $site_id );
		}
	}

	/**
	 * The end of the request: the model's hook did not follow, so what was announced is all that is known.
	 */
	public static function on_shutdown() {
		foreach ( self::$announced as $domain => $former ) {
			if ( '' !== $former ) {
				Recorder::record( 'unmapped', $former, 0 );
			}
			Recorder::record( 'mapped', (string) $domain, 0 );
		}
		self::$announced = array();
	}

	/**
	 * The three columns of a mapping that matter here.
	 *
	 * @param mixed $columns Columns by name.
	 * @return array{domain: string, site_id: int, is_active: bool}|null Null where it is no mapping.
	 */
	private static function domain_state( $columns ) {
		if ( ! is_array( $columns ) || ! isset( $columns['domain'] ) || ! is_string( $columns['domain'] ) || '' === $columns['domain'] ) {
			return null;
		}
		// The plugin's flags come as booleans, numbers and digits.
		$active = isset( $columns['active'] ) ? $columns['active'] : true;
		return array(
			'domain'    => Host_Name::lower( $columns['domain'] ),
			'site_id'   => isset( $columns['blog_id'] ) ? (int) $columns['blog_id'] : 0,
			'is_active' => 'false' !== $active && (bool) $active,
		);
	}

	/**
	 * The columns of the plugin's domain as they were when it was read from the database. The plugin keeps them for itself
	 * and offers no way to ask, but in every version in a property of this name.
	 *
	 * @param mixed $model The plugin's domain.
	 * @return mixed Columns by name, or null.
	 */
	private static function original( $model ) {
		if ( ! is_object( $model ) || ! property_exists( $model, '_original' ) ) {
			return null;
		}
		$property = new \ReflectionProperty( $model, '_original' );
		if ( PHP_VERSION_ID < 80100 ) {
			$property->setAccessible( true );
		}
		return $property->getValue( $model );
	}

	/**
	 * Whether visitors are to reach a site.
	 *
	 * @param \WP_Site $site Site.
	 * @return bool
	 */
	private static function is_living( $site ) {
		return ! (int) $site->archived && ! (int) $site->spam && ! (int) $site->deleted;
	}
}
