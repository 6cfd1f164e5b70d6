<?php
/**
 * Runs what a test asks for, within a server that stays: WordPress compiled once, and not at each start of PHP.
 * The body is PHP, the header the environment. A request to the network itself it answers like any web server.
 */

if ( empty( $_SERVER['HTTP_X_ENVIRONMENT'] ) ) {
	return false;
}
$environment = json_decode( $_SERVER['HTTP_X_ENVIRONMENT'], true );
foreach ( $environment as $name => $value ) {
	putenv( "$name=$value" );
}
$code    = file_get_contents( 'php://input' );
$_SERVER = array(
	'HTTP_HOST'       => $environment['HTTP_HOST'],
	'REQUEST_METHOD'  => 'GET',
	'REQUEST_URI'     => $environment['REQUEST_PATH'],
	'REQUEST_TIME'    => time(),
	'SERVER_PROTOCOL' => 'HTTP/1.1',
	'SCRIPT_NAME'     => '/index.php',
	'PHP_SELF'        => '/index.php',
	'REMOTE_ADDR'     => '127.0.0.1',
);
register_shutdown_function(
	function () {
		$error = error_get_last();
		if ( $error && in_array( $error['type'], array( E_ERROR, E_PARSE, E_CORE_ERROR, E_COMPILE_ERROR, E_RECOVERABLE_ERROR ), true ) ) {
			echo "\nFATAL: " . $error['message'];
		}
	}
);
unset( $environment, $name, $value );
eval( '?>' . $code );
