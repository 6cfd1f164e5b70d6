<?php
/**
 * The network of the tests. What differs from one run of PHP to the next comes from the environment.
 */

define( 'DB_NAME', getenv( 'DB_NAME' ) );
define( 'DB_USER', getenv( 'DB_USER' ) );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . getenv( 'DB_SOCKET' ) );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
foreach ( array( 'AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT' ) as $name ) {
	define( $name, $name . ' of a network that lives for a minute' );
}
$table_prefix = 'wp_';

// Every notice and warning counts as a failure of the test that caused it.
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_LOG', getenv( 'WP_LOG' ) );
define( 'WP_DEBUG_DISPLAY', false );
define( 'SAVEQUERIES', true );
define( 'DISABLE_WP_CRON', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', false );
define( 'AUTOMATIC_UPDATER_DISABLED', true );

foreach ( json_decode( getenv( 'CONSTANTS' ) ? getenv( 'CONSTANTS' ) : '{}', true ) as $name => $value ) {
	define( $name, $value );
}
define( 'WPMU_PLUGIN_DIR', getenv( 'MU_PLUGINS' ) );
if ( 'single' !== getenv( 'NETWORK' ) ) {
	define( 'MULTISITE', true );
	define( 'SUBDOMAIN_INSTALL', 'folders' !== getenv( 'NETWORK' ) );
	$network_constants = array(
		'DOMAIN_CURRENT_SITE'  => 'network.example',
		'PATH_CURRENT_SITE'    => '/',
		'SITE_ID_CURRENT_SITE' => 1,
		'BLOG_ID_CURRENT_SITE' => 1,
	);
	foreach ( $network_constants as $name => $value ) {
		if ( ! defined( $name ) ) {
			define( $name, $value );
		}
	}
}
foreach ( array( 'MULTISITE_RUNCLOUD_URL', 'MULTISITE_RUNCLOUD_SECRET' ) as $name ) {
	if ( false !== getenv( $name ) ) {
		define( $name, getenv( $name ) );
	}
}

require_once ABSPATH . 'wp-settings.php';
