<?php
/**
 * A stand-in for Ultimate Multisite: its domain model, its table, and its hooks, in the order and with the oddities of the
 * version that the environment names. Loaded as a must-use plugin.
 */

namespace WP_Ultimo\Models {

	/**
	 * What all of the plugin's models have in common.
	 */
	abstract class Base_Model {
		protected $id = 0;

		/**
		 * The columns as they were when the object was made. Never renewed after a save.
		 */
		protected $_original;

		public function __construct( $row ) {
			$this->attributes( (array) $row );
		}

		public function attributes( $columns ) {
			foreach ( $columns as $name => $value ) {
				$this->$name = $value;
			}
			if ( null === $this->_original ) {
				$original = get_object_vars( $this );
				unset( $original['_original'] );
				$this->_original = $original;
			}
			return $this;
		}

		public function save() {
			global $wpdb;
			$is_new = ! $this->id;
			$data   = get_object_vars( $this );
			unset( $data['_original'], $data['id'] );
			$data  = apply_filters( 'wu_domain_pre_save', $data, $data, $this );
			$table = $wpdb->base_prefix . 'wu_domain_mappings';
			$row   = array_map(
				function ( $value ) {
					return is_bool( $value ) ? (string) (int) $value : (string) $value;
				},
				$data
			);
			if ( $is_new ) {
				if ( ! $wpdb->insert( $table, $row ) ) {
					return false;
				}
				$this->id = $wpdb->insert_id;
				foreach ( $row as $column => $value ) {
					do_action( 'wu_transition_domain_' . $column, 'new', $value, $this->id );
				}
			} else {
				$old = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $table WHERE id = %d", $this->id ), ARRAY_A ); // phpcs:ignore
				unset( $old['id'] );
				$wpdb->update( $table, $row, array( 'id' => $this->id ) );
				// The values are compared without their names: a flag's change is lost where another flag has that value.
				foreach ( array_diff( $row, $old ) as $column => $value ) {
					do_action( 'wu_transition_domain_' . $column, $old[ $column ], $value, $this->id );
				}
			}
			do_action( 'wu_model_post_save', 'domain', $data, $data, $this );
			do_action( 'wu_domain_post_save', $data, $this, $is_new );
			wp_cache_flush();
			return true;
		}

		public function delete() {
			global $wpdb;
			do_action( 'wu_domain_pre_delete', $this );
			$result = (bool) $wpdb->delete( $wpdb->base_prefix . 'wu_domain_mappings', array( 'id' => $this->id ) );
			do_action( 'wu_domain_post_delete', $result, $this );
			return $result;
		}
	}

	/**
	 * A mapping.
	 */
	class Domain extends Base_Model {
		protected $blog_id;
		protected $domain         = '';
		protected $active         = true;
		protected $primary_domain = false;
		protected $secure         = false;
		protected $stage          = 'checking-dns';

		public function get_id() {
			return (int) $this->id;
		}

		public function get_domain() {
			return $this->domain;
		}

		public function get_blog_id() {
			return (int) $this->blog_id;
		}

		public function get_site_id() {
			return $this->get_blog_id();
		}

		public static function find( $domain ) {
			global $wpdb;
			$row = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->base_prefix}wu_domain_mappings WHERE domain = %s", $domain ), ARRAY_A );
			return $row ? new self( $row ) : null;
		}
	}
}

namespace WP_Ultimo\Integrations {

	if ( getenv( 'WU_VERSION' ) && version_compare( getenv( 'WU_VERSION' ), '2.4.11', '>=' ) ) {

		/**
		 * An integration of the plugin, with what its list and its wizard ask.
		 */
		class Integration {
			protected string $id;
			protected string $title;
			protected string $description = '';
			protected array $supports     = array();

			public function __construct( string $id, string $title ) {
				$this->id    = $id;
				$this->title = $title;
			}

			public function get_id(): string {
				return $this->id;
			}

			public function get_title(): string {
				return $this->title;
			}

			public function get_description(): string {
				return $this->description;
			}

			public function set_supports( array $supports ) {
				$this->supports = $supports;
				return $this;
			}

			public function supports( string $feature ): bool {
				return in_array( $feature, $this->supports, true );
			}

			public function is_enabled(): bool {
				return ! empty( get_network_option( null, 'wu_host_integrations_enabled', array() )[ $this->id ] );
			}

			public function is_setup(): bool {
				return true;
			}

			public function enable(): bool {
				return true;
			}

			public function disable(): bool {
				return true;
			}

			public function detect(): bool {
				return false;
			}

			public function test_connection() {
				return true;
			}

			public function get_explainer_lines(): array {
				return array(
					'will'     => array(),
					'will_not' => array(),
				);
			}
		}

		/**
		 * The plugin's registry of them.
		 */
		class Integration_Registry {
			public array $integrations = array();

			public function register( Integration $integration ): void {
				$this->integrations[ $integration->get_id() ] = $integration;
			}
		}

		add_action(
			'plugins_loaded',
			function () {
				$GLOBALS['wu_registry'] = new Integration_Registry();
				do_action( 'wu_register_integrations', $GLOBALS['wu_registry'] );
			},
			9
		);
	}
}

namespace {

	use WP_Ultimo\Models\Domain;

	/**
	 * The plugin's own integration, if it is on.
	 */
	class RunCloud_Domain_Mapping {
		public function on_add_domain() {
		}
	}

	if ( getenv( 'WU_RUNCLOUD' ) ) {
		add_action( 'wu_add_domain', array( new RunCloud_Domain_Mapping(), 'on_add_domain' ), 10, 2 );
	}

	/**
	 * Registers what the plugin's domain manager does, as the version does it.
	 *
	 * @param string $version Version.
	 */
	function stand_in_ultimate_multisite( $version ) {
		global $wpdb;
		$wpdb->query(
			"CREATE TABLE IF NOT EXISTS {$wpdb->base_prefix}wu_domain_mappings (
				id bigint(20) NOT NULL AUTO_INCREMENT, blog_id bigint(20) NOT NULL, domain varchar(191) NOT NULL,
				active tinyint(4) DEFAULT 1, primary_domain tinyint(4) DEFAULT 0, secure tinyint(4) DEFAULT 0,
				stage varchar(20) DEFAULT 'checking-dns', PRIMARY KEY (id), UNIQUE KEY domain (domain) )"
		);
		// The plugin's own queue: what it would tell a host integration.
		$GLOBALS['wu_queued'] = array();
		$queue                = function ( $hook, $domain ) use ( $version ) {
			$is_guarded = version_compare( $version, '2.13', '>=' ) && 'wu_add_domain' === $hook;
			if ( ! $is_guarded || has_action( $hook ) ) {
				$GLOBALS['wu_queued'][] = "$hook $domain";
			}
		};
		$is_telling = version_compare( $version, '2.5.0', '>=' );
		add_action(
			'wu_transition_domain_domain',
			function ( $old, $new, $id ) use ( $queue, $is_telling, $wpdb ) {
				$site_id = (int) $wpdb->get_var( $wpdb->prepare( "SELECT blog_id FROM {$wpdb->base_prefix}wu_domain_mappings WHERE id = %d", $id ) );
				$queue( 'wu_add_domain', $new );
				if ( $is_telling ) {
					do_action( 'wu_domain_added', $new, $site_id );
				}
			},
			10,
			3
		);
		add_action(
			'wu_domain_post_delete',
			function ( $result, $domain ) use ( $queue, $is_telling ) {
				if ( ! $result ) {
					return;
				}
				$queue( 'wu_remove_domain', $domain->get_domain() );
				if ( $is_telling ) {
					do_action( 'wu_domain_removed', $domain->get_domain(), $domain->get_site_id() );
				}
			},
			10,
			2
		);
		add_action(
			'wp_insert_site',
			function ( $site ) {
				if ( get_network()->domain !== $site->domain ) {
					( new Domain(
						array(
							'blog_id'        => (int) $site->blog_id,
							'domain'         => $site->domain,
							'primary_domain' => true,
						)
					) )->save();
				}
			},
			11
		);
		// The clean-up is only there with domain mapping switched on, so rows of deleted sites stay otherwise.
		if ( getenv( 'WU_CLEANS_UP' ) ) {
			add_action(
				'wp_delete_site',
				function ( $site ) use ( $wpdb ) {
					foreach ( $wpdb->get_col( $wpdb->prepare( "SELECT domain FROM {$wpdb->base_prefix}wu_domain_mappings WHERE blog_id = %d", $site->blog_id ) ) as $domain ) {
						Domain::find( $domain )->delete();
					}
				}
			);
		}
	}

	if ( getenv( 'WU_LOG' ) ) {
		/**
		 * The plugin's log: a line for each call, or none at all.
		 *
		 * @param string $handle  Name of the log.
		 * @param string $message Message.
		 * @param string $level   Level.
		 */
		function wu_log_add( $handle, $message, $level = 'info' ) {
			if ( 'broken' === getenv( 'WU_LOG' ) ) {
				throw new RuntimeException( 'The folder of logs cannot be written.' );
			}
			file_put_contents( getenv( 'WU_LOG' ), "$handle $level $message\n", FILE_APPEND );
		}
	}

	if ( getenv( 'WU_VERSION' ) ) {
		/**
		 * The plugin's version.
		 *
		 * @return string
		 */
		function wu_get_version() {
			return getenv( 'WU_VERSION' );
		}
		stand_in_ultimate_multisite( getenv( 'WU_VERSION' ) );
	}
}
