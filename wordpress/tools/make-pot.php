<?php
/**
 * Makes the template for translators from the bridge's sources.
 *
 * WP-CLI's `wp i18n make-pot` does the same for any plugin. This one needs nothing but PHP, says the same whenever it runs
 * (no date, no line numbers), and refuses what translators could not work with.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge\Tools;

PHP_SAPI === 'cli' || exit;

const HELP = <<<'TEXT'
php wordpress/tools/make-pot.php [--check] [FOLDER]

Makes multisite-runcloud-bridge/languages/multisite-runcloud-bridge.pot, from
which translators begin, out of the texts in the bridge's sources. With --check
it writes nothing, and its exit status is 1 where that file is not as it would
be. FOLDER is where the bridge is, by default the one above this script.

TEXT;

/** What the arguments of WordPress's functions are. */
const FUNCTIONS = array(
	'__'         => array( 'text', 'domain' ),
	'_e'         => array( 'text', 'domain' ),
	'esc_html__' => array( 'text', 'domain' ),
	'esc_html_e' => array( 'text', 'domain' ),
	'esc_attr__' => array( 'text', 'domain' ),
	'esc_attr_e' => array( 'text', 'domain' ),
	'_x'         => array( 'text', 'context', 'domain' ),
	'_ex'        => array( 'text', 'context', 'domain' ),
	'esc_html_x' => array( 'text', 'context', 'domain' ),
	'esc_attr_x' => array( 'text', 'context', 'domain' ),
	'_n'         => array( 'text', 'plural', 'number', 'domain' ),
	'_nx'        => array( 'text', 'plural', 'number', 'context', 'domain' ),
	'_n_noop'    => array( 'text', 'plural', 'domain' ),
	'_nx_noop'   => array( 'text', 'plural', 'context', 'domain' ),
);

/** Fields of the loader's header that WordPress translates. */
const HEADER = array( 'Plugin Name', 'Description' );

exit( main( array_slice( $argv, 1 ) ) );

/**
 * Runs the script.
 *
 * @param string[] $arguments Arguments.
 * @return int Exit status.
 */
function main( $arguments ) {
	if ( in_array( '--help', $arguments, true ) ) {
		echo HELP;
		return 0;
	}
	$is_check = in_array( '--check', $arguments, true );
	$folders  = array_values( array_diff( $arguments, array( '--check' ) ) );
	$folder   = isset( $folders[0] ) ? $folders[0] : dirname( __DIR__ );
	try {
		$pot = pot( $folder );
	} catch ( \UnexpectedValueException $error ) {
		fwrite( STDERR, $error->getMessage() . "\n" );
		return 1;
	}
	$file = $folder . '/multisite-runcloud-bridge/languages/multisite-runcloud-bridge.pot';
	if ( ! $is_check ) {
		file_put_contents( $file, $pot );
		return 0;
	}
	if ( is_readable( $file ) && file_get_contents( $file ) === $pot ) {
		return 0;
	}
	fwrite( STDERR, "$file is not what the sources say. Run: php wordpress/tools/make-pot.php\n" );
	return 1;
}

/**
 * The whole template.
 *
 * @param string $folder Where the bridge is.
 * @return string
 * @throws \UnexpectedValueException Where a text could not be translated.
 */
function pot( $folder ) {
	$loader  = 'multisite-runcloud-bridge.php';
	$source  = file_get_contents( "$folder/$loader" );
	$domain  = header_field( $source, 'Text Domain' );
	$entries = array();
	foreach ( HEADER as $name ) {
		add( $entries, array( 'text' => header_field( $source, $name ) ), $loader, "$name of the plugin" );
	}
	$files = array_merge( array( "$folder/$loader" ), glob( "$folder/multisite-runcloud-bridge/*.php" ) );
	foreach ( $files as $file ) {
		collect( $entries, file_get_contents( $file ), substr( $file, strlen( $folder ) + 1 ), $domain );
	}
	$name    = header_field( $source, 'Plugin Name' );
	$version = header_field( $source, 'Version' );
	$license = header_field( $source, 'License' );
	$head    = "# This file is distributed under the same license as $name: $license.\nmsgid \"\"\nmsgstr \"\"\n"
		. quote( "Project-Id-Version: $name $version\n" ) . "\n" . quote( "MIME-Version: 1.0\n" ) . "\n"
		. quote( "Content-Type: text/plain; charset=UTF-8\n" ) . "\n" . quote( "Content-Transfer-Encoding: 8bit\n" ) . "\n"
		. quote( "X-Domain: $domain\n" ) . "\n";
	return $head . implode( '', array_map( __NAMESPACE__ . '\write_entry', $entries ) );
}

/**
 * A field of a plugin's header.
 *
 * @param string $source Source of the plugin's file.
 * @param string $name   Name of the field.
 * @return string
 * @throws \UnexpectedValueException Where it is not there.
 */
function header_field( $source, $name ) {
	if ( ! preg_match( '/^[ \t*]*' . preg_quote( $name, '/' ) . ':[ \t]*(\S.*)$/m', $source, $found ) ) {
		throw new \UnexpectedValueException( "The loader's header has no $name." );
	}
	return trim( $found[1] );
}

/**
 * Collects the texts of a file.
 *
 * @param array  $entries Entries so far.
 * @param string $source  Source.
 * @param string $file    Its name.
 * @param string $domain  The bridge's text domain.
 * @throws \UnexpectedValueException Where a text could not be translated.
 */
function collect( &$entries, $source, $file, $domain ) {
	$comment = null;
	$tokens  = array();
	foreach ( \PhpToken::tokenize( $source ) as $token ) {
		if ( $token->is( array( T_COMMENT, T_DOC_COMMENT ) ) && preg_match( '~translators:\s*(.*?)\s*(\*/)?$~is', $token->text, $found ) ) {
			$comment = array(
				'line' => $token->line + substr_count( $token->text, "\n" ),
				'text' => $found[1],
			);
		} elseif ( ! $token->isIgnorable() ) {
			// WordPress's rule: the comment is on the line above, or on the same one.
			$is_near  = null !== $comment && $token->line - $comment['line'] <= 1;
			$tokens[] = array( $token, $is_near ? $comment['text'] : null );
		}
	}
	foreach ( $tokens as $at => list( $token, $note ) ) {
		$name = ltrim( $token->text, '\\' );
		if ( ! $token->is( array( T_STRING, T_NAME_FULLY_QUALIFIED ) ) || ! isset( FUNCTIONS[ $name ], $tokens[ $at + 1 ] ) || '(' !== $tokens[ $at + 1 ][0]->text ) {
			continue;
		}
		$where  = "$file, line $token->line";
		$values = read_call( $tokens, $at + 1, FUNCTIONS[ $name ], $where );
		if ( $values['domain'] !== $domain ) {
			throw new \UnexpectedValueException( "$where: the text domain is not $domain." );
		}
		$has_placeholder = preg_match( '/%(\d+\$)?[a-z]/i', $values['text'] );
		if ( $has_placeholder && null === $note ) {
			throw new \UnexpectedValueException( "$where: a text with placeholders has no comment for translators on the line above." );
		}
		add( $entries, $values, $file, $has_placeholder ? 'translators: ' . $note : null );
	}
}

/**
 * Reads the arguments of a call. All that translators are shown must be literal: nothing is run here.
 *
 * @param array    $tokens Tokens.
 * @param int      $at     Place of the opening bracket.
 * @param string[] $roles  What the arguments are.
 * @param string   $where  Place, for people.
 * @return array<string, string> Values by role.
 * @throws \UnexpectedValueException Where one is not literal or missing.
 */
function read_call( $tokens, $at, $roles, $where ) {
	$arguments = array( array() );
	for ( $depth = 0, $i = $at; isset( $tokens[ $i ] ); $i++ ) {
		$token  = $tokens[ $i ][0];
		$is_in  = in_array( $token->text, array( '(', '[', '{' ), true );
		$depth += $is_in ? 1 : ( in_array( $token->text, array( ')', ']', '}' ), true ) ? -1 : 0 );
		if ( 0 === $depth ) {
			break;
		}
		if ( 1 === $depth && ',' === $token->text ) {
			$arguments[] = array();
		} elseif ( $i > $at ) {
			$arguments[ count( $arguments ) - 1 ][] = $token;
		}
	}
	$values = array();
	foreach ( $roles as $place => $role ) {
		if ( 'number' === $role ) {
			continue;
		}
		$argument = isset( $arguments[ $place ] ) ? $arguments[ $place ] : array();
		if ( 1 !== count( $argument ) || ! $argument[0]->is( T_CONSTANT_ENCAPSED_STRING ) ) {
			throw new \UnexpectedValueException( "$where: the $role is not a literal text." );
		}
		$values[ $role ] = unquote( $argument[0]->text );
	}
	return $values;
}

/**
 * The text that a literal of PHP stands for.
 *
 * @param string $literal Literal, with its quotes.
 * @return string
 */
function unquote( $literal ) {
	$inner = substr( $literal, 1, -1 );
	return "'" === $literal[0] ? strtr( $inner, array( '\\\\' => '\\', "\\'" => "'" ) ) : stripcslashes( $inner );
}

/**
 * Adds a text, or another place of one that is known.
 *
 * @param array                 $entries Entries so far.
 * @param array<string, string> $values  Text, plural, context.
 * @param string                $file    Name of the file.
 * @param string|null           $note    For translators.
 */
function add( &$entries, $values, $file, $note ) {
	$values += array(
		'plural'  => null,
		'context' => null,
	);
	$key     = $values['context'] . "\4" . $values['text'];
	if ( ! isset( $entries[ $key ] ) ) {
		$entries[ $key ] = $values + array(
			'notes' => array(),
			'files' => array(),
		);
	}
	$entries[ $key ]['plural']         = null === $entries[ $key ]['plural'] ? $values['plural'] : $entries[ $key ]['plural'];
	$entries[ $key ]['files'][ $file ] = true;
	if ( null !== $note ) {
		$entries[ $key ]['notes'][ $note ] = true;
	}
}

/**
 * An entry as gettext writes it.
 *
 * @param array $entry Entry.
 * @return string
 */
function write_entry( $entry ) {
	$lines = array( '' );
	foreach ( array_keys( $entry['notes'] ) as $note ) {
		$lines[] = '#. ' . preg_replace( '/\s+/', ' ', $note );
	}
	foreach ( array_keys( $entry['files'] ) as $file ) {
		$lines[] = '#: ' . $file;
	}
	if ( null !== $entry['context'] ) {
		$lines[] = 'msgctxt ' . quote( $entry['context'] );
	}
	$lines[] = 'msgid ' . quote( $entry['text'] );
	if ( null !== $entry['plural'] ) {
		$lines[] = 'msgid_plural ' . quote( $entry['plural'] );
		$lines[] = 'msgstr[0] ""';
		$lines[] = 'msgstr[1] ""';
	} else {
		$lines[] = 'msgstr ""';
	}
	return implode( "\n", $lines ) . "\n";
}

/**
 * A text in gettext's quotes.
 *
 * @param string $text Text.
 * @return string
 */
function quote( $text ) {
	return '"' . addcslashes( $text, "\\\"\n\t" ) . '"';
}
