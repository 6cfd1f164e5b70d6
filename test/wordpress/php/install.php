<?php
/**
 * Installs WordPress, and makes it a network of subdomains.
 */

define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST'] = 'network.example';

/**
 * There is no mail here.
 */
function wp_mail() {
	return true;
}

require getenv( 'WORDPRESS' ) . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install( 'Network', 'admin', 'admin@network.example', true, '', 'no-password-of-anything' );
foreach ( $wpdb->tables( 'ms_global' ) as $name => $table ) {
	$wpdb->$name = $table;
}
install_network();
$made = populate_network( 1, 'network.example', 'admin@network.example', 'Network', '/', true );
if ( is_wp_error( $made ) && 'no_wildcard_dns' !== $made->get_error_code() ) {
	fwrite( STDERR, $made->get_error_message() );
	exit( 1 );
}
