<?php
/**
 * The bridge in Ultimate Multisite's list of integrations.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * An integration without any capability, so the plugin tells it nothing and does nothing by it: it stands in the list under
 * Settings > Integrations, says how things are, and tests the connection. Since Ultimate Multisite 2.4.11.
 */
final class Plugin_Integration {

	/** Its id in the plugin. */
	const ID = 'multisite-runcloud';

	/**
	 * Adds it. The plugin asks at each page, so nothing is looked up here, and nothing translated: that is too early.
	 *
	 * @param object $registry The plugin's registry.
	 */
	public static function register( $registry ) {
		if ( ! class_exists( 'WP_Ultimo\Integrations\Integration' ) || ! is_callable( array( $registry, 'register' ) ) ) {
			return;
		}
		$integration = new class( self::ID, 'RunCloud (multisite-runcloud)' ) extends \WP_Ultimo\Integrations\Integration {

			/**
			 * How things are.
			 *
			 * @return string
			 */
			public function get_description(): string {
				$health = Site_Health::status();
				return implode( ' ', array_merge( array( $health['label'] . '.' ), $health['lines'] ) );
			}

			/**
			 * Whether it works. It is turned on and off in wp-config.php alone.
			 *
			 * @return bool
			 */
			public function is_enabled(): bool {
				return Settings::is_ready();
			}

			/**
			 * Whether it is set up.
			 *
			 * @return bool
			 */
			public function is_setup(): bool {
				return Settings::is_ready();
			}

			/**
			 * It cannot be turned on here.
			 *
			 * @return bool
			 */
			public function enable(): bool {
				return false;
			}

			/**
			 * It cannot be turned off here.
			 *
			 * @return bool
			 */
			public function disable(): bool {
				return false;
			}

			/**
			 * Sends a test.
			 *
			 * @return true|\WP_Error
			 */
			public function test_connection() {
				return Plugin_Integration::test();
			}

			/**
			 * What it does.
			 *
			 * @return array
			 */
			public function get_explainer_lines(): array {
				return array(
					'will'     => array( 'tell' => __( 'Tell the service multisite-runcloud of each domain that is mapped or unmapped. The service puts it on RunCloud.', 'multisite-runcloud-bridge' ) ),
					'will_not' => array( 'act' => __( 'Call RunCloud from this network. It is set up in wp-config.php, and cannot be turned off here.', 'multisite-runcloud-bridge' ) ),
				);
			}
		};
		$integration->set_supports( array( 'no-instructions', 'no-config' ) );
		$registry->register( $integration );
	}

	/**
	 * Leaves out the step of the plugin's wizard that turns an integration on.
	 *
	 * @param array  $sections    Steps of the wizard.
	 * @param object $integration The integration that it is about.
	 * @return array
	 */
	public static function without_activation( $sections, $integration ) {
		if ( is_array( $sections ) && is_object( $integration ) && is_callable( array( $integration, 'get_id' ) ) && self::ID === $integration->get_id() ) {
			unset( $sections['activation'] );
		}
		return $sections;
	}

	/**
	 * Sends a test, as the button of the bridge's screen does.
	 *
	 * @return true|\WP_Error
	 */
	public static function test() {
		if ( ! Worker::may_send() || ! Table::is_usable() ) {
			return new \WP_Error( self::ID, implode( ' ', Site_Health::status()['lines'] ) );
		}
		$row = Worker::send_test();
		if ( $row && 'accepted' === $row->state ) {
			return true;
		}
		return new \WP_Error( self::ID, $row ? $row->answer : __( 'The test could not be kept.', 'multisite-runcloud-bridge' ) );
	}
}
