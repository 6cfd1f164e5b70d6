<?php
/**
 * Answers as the network does, under whatever name it is asked: the network's name is in no DNS.
 */

$_SERVER['HTTP_HOST']   = getenv( 'HTTP_HOST' );
$_SERVER['SCRIPT_NAME'] = '/index.php';
$_SERVER['PHP_SELF']    = '/index.php';
require getenv( 'WORDPRESS' ) . '/index.php';
