<?php
/**
 * Checks the bridge's translations against the template, and compiles them into the form that WordPress reads.
 *
 * Gettext's `msgfmt` does the same. This one needs nothing but PHP, as make-pot.php, and says what a translator has to do.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge\Tools;

PHP_SAPI === 'cli' || exit;

const HELP = <<<'TEXT'
php wordpress/tools/make-mo.php [--check] [FOLDER]

Compiles each multisite-runcloud-bridge/languages/*.po into the .mo beside it,
if every text of the template is translated, with the same placeholders. With
--check it writes nothing, and its exit status is 1 where a .mo is not as it
would be. FOLDER is where the bridge is, by default the one above this script.

TEXT;

/** What a .mo begins with. */
const MAGIC = 0x950412de;

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
	$folder   = ( isset( $folders[0] ) ? $folders[0] : dirname( __DIR__ ) ) . '/multisite-runcloud-bridge/languages';
	$wanted   = entries( "$folder/multisite-runcloud-bridge.pot" );
	$faults   = array();
	foreach ( glob( "$folder/*.po" ) as $po ) {
		$entries = entries( $po );
		$mine    = faults( $entries, $wanted );
		$mo      = substr( $po, 0, -3 ) . '.mo';
		if ( ! $mine && ! $is_check ) {
			file_put_contents( $mo, compile( $entries ) );
		} elseif ( ! $mine && ( ! is_readable( $mo ) || file_get_contents( $mo ) !== compile( $entries ) ) ) {
			$mine[] = 'its .mo is not what it says. Run: php wordpress/tools/make-mo.php';
		}
		foreach ( $mine as $fault ) {
			$faults[] = basename( $po ) . ": $fault\n";
		}
	}
	fwrite( STDERR, implode( '', $faults ) );
	return $faults ? 1 : 0;
}

/**
 * Reads a file of gettext.
 *
 * @param string $file Path.
 * @return array<string, array<string, string|true>> Fields of each entry, by its context and text: msgid, msgstr[0] and so on.
 */
function entries( $file ) {
	$entries = array();
	foreach ( preg_split( '/\n{2,}/', trim( file_get_contents( $file ) ) ) as $block ) {
		$entry = array();
		$field = '';
		foreach ( explode( "\n", $block ) as $line ) {
			if ( preg_match( '/^#,.*\bfuzzy\b/', $line ) ) {
				$entry['fuzzy'] = true;
			} elseif ( preg_match( '/^(?:(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) )?"(.*)"$/', $line, $found ) ) {
				$field           = '' === $found[1] ? $field : $found[1];
				$entry[ $field ] = ( isset( $entry[ $field ] ) ? $entry[ $field ] : '' ) . stripcslashes( $found[2] );
			}
		}
		if ( isset( $entry['msgid'] ) ) {
			$entries[ key_of( $entry ) ] = $entry;
		}
	}
	return $entries;
}

/**
 * What tells an entry from others.
 *
 * @param array $entry Entry.
 * @return string
 */
function key_of( $entry ) {
	return ( isset( $entry['msgctxt'] ) ? $entry['msgctxt'] . "\4" : '' ) . $entry['msgid'];
}

/**
 * What is wrong with a translation.
 *
 * @param array $entries Its entries.
 * @param array $wanted  The template's.
 * @return string[] Sentences.
 */
function faults( $entries, $wanted ) {
	$head = isset( $entries['']['msgstr'] ) ? $entries['']['msgstr'] : '';
	if ( ! preg_match( '/^Language: \w+$/m', $head ) || ! preg_match( '/^Plural-Forms: nplurals=(\d); plural=\S/m', $head, $found ) ) {
		return array( 'its head has no Language or no Plural-Forms.' );
	}
	$faults = array();
	foreach ( array_diff_key( $entries, $wanted ) as $entry ) {
		$faults[] = "there is no such text any more: \"$entry[msgid]\"";
	}
	foreach ( array_diff_key( $wanted, array( '' => true ) ) as $key => $model ) {
		$entry   = isset( $entries[ $key ] ) ? $entries[ $key ] : array();
		$is_many = isset( $model['msgid_plural'] );
		$forms   = $is_many ? array_map( 'sprintf', array_fill( 0, (int) $found[1], 'msgstr[%d]' ), range( 0, $found[1] - 1 ) ) : array( 'msgstr' );
		foreach ( $forms as $form ) {
			if ( ! isset( $entry[ $form ] ) || '' === $entry[ $form ] || isset( $entry['fuzzy'] ) ) {
				$faults[] = "not translated ($form): \"$model[msgid]\"";
			} elseif ( placeholders( $entry[ $form ] ) !== placeholders( $model['msgid'] ) ) {
				$faults[] = "other placeholders ($form): \"$model[msgid]\"";
			}
		}
		if ( $is_many && isset( $entry['msgid_plural'] ) && $entry['msgid_plural'] !== $model['msgid_plural'] ) {
			$faults[] = "another plural: \"$model[msgid]\"";
		}
	}
	return $faults;
}

/**
 * The placeholders of a text, in any order.
 *
 * @param string $text Text.
 * @return string[]
 */
function placeholders( $text ) {
	preg_match_all( '/%(?:\d+\$)?[a-z%]/i', $text, $found );
	sort( $found[0] );
	return $found[0];
}

/**
 * The binary form: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html, without its optional table of hashes.
 *
 * @param array $entries Entries.
 * @return string
 */
function compile( $entries ) {
	$texts = array();
	foreach ( $entries as $key => $entry ) {
		$original           = $key . ( isset( $entry['msgid_plural'] ) ? "\0" . $entry['msgid_plural'] : '' );
		$forms              = array_intersect_key( $entry, array_flip( preg_grep( '/^msgstr/', array_keys( $entry ) ) ) );
		$texts[ $original ] = implode( "\0", $forms );
	}
	ksort( $texts, SORT_STRING );
	$count  = count( $texts );
	$offset = 28 + 16 * $count;
	$tables = '';
	$bytes  = '';
	foreach ( array( array_map( 'strval', array_keys( $texts ) ), array_values( $texts ) ) as $column ) {
		foreach ( $column as $text ) {
			$tables .= pack( 'VV', strlen( $text ), $offset + strlen( $bytes ) );
			$bytes  .= "$text\0";
		}
	}
	return pack( 'V7', MAGIC, 0, $count, 28, 28 + 8 * $count, 0, $offset ) . $tables . $bytes;
}
