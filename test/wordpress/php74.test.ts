/** The bridge runs on PHP 7.4, which is not here: its tokens are searched for what came later. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingParts, program } from './parts.ts';

const LOADER = 'wordpress/multisite-runcloud-bridge.php';
const FOLDER = 'wordpress/multisite-runcloud-bridge';
const CLASSES = readdirSync(FOLDER).filter((name) => name.endsWith('.php'));

// Read by PHP's own tokenizer, so that comments and texts do not count. Each finding is a name and a line.
const SEARCH = String.raw`
$tokens = array_values( array_filter( PhpToken::tokenize( file_get_contents( $argv[1] ) ), fn( $token ) => ! $token->isIgnorable() ) );
$later  = array( T_MATCH, T_NULLSAFE_OBJECT_OPERATOR, T_ATTRIBUTE );
foreach ( array( 'T_ENUM', 'T_READONLY', 'T_AMPERSAND_FOLLOWED_BY_VAR_OR_VARARG_NONE' ) as $name ) { if ( defined( $name ) ) { $later[] = constant( $name ); } }
$functions = array( 'str_contains', 'str_starts_with', 'str_ends_with', 'get_debug_type', 'get_resource_id', 'fdiv', 'preg_last_error_msg', 'array_is_list', 'array_find', 'array_any', 'array_all', 'json_validate', 'mb_str_pad', 'mb_trim', 'fsync', 'enum_exists', 'ini_parse_quantity', 'array_key_first_of' );
$types     = array( 'mixed', 'never', 'static' );
foreach ( $tokens as $at => $token ) {
  $next   = $tokens[ $at + 1 ] ?? null;
  $before = $tokens[ $at - 1 ] ?? null;
  $say    = fn( $what ) => print( "$what, line $token->line\n" );
  if ( in_array( $token->id, $later, true ) ) { $say( $token->text ); }
  if ( in_array( strtolower( ltrim( $token->text, '\\' ) ), $functions, true ) && '(' === $next?->text ) { $say( $token->text ); }
  if ( T_STRING === $token->id && ':' === $next?->text && in_array( $before?->text, array( '(', ',' ), true ) ) { $say( 'named argument ' . $token->text ); }
  if ( T_THROW === $token->id && ! in_array( $before?->text, array( ';', '{', '}', ':' ), true ) ) { $say( 'throw as an expression' ); }
  if ( in_array( $token->id, array( T_FUNCTION, T_FN ), true ) ) {
    for ( $i = $at; '(' !== $tokens[ $i ]->text; $i++ );
    for ( $depth = 0, $j = $i; $j < count( $tokens ); $j++ ) {
      $depth += array( '(' => 1, ')' => -1 )[ $tokens[ $j ]->text ] ?? 0;
      if ( '|' === $tokens[ $j ]->text && T_VARIABLE !== $tokens[ $j - 1 ]->id ) { $say( 'union type' ); }
      if ( in_array( $tokens[ $j ]->id, array( T_PUBLIC, T_PRIVATE, T_PROTECTED ), true ) ) { $say( 'constructor promotion' ); }
      if ( T_STRING === $tokens[ $j ]->id && in_array( strtolower( $tokens[ $j ]->text ), $types, true ) ) { $say( 'type ' . $tokens[ $j ]->text ); }
      if ( 0 === $depth ) { break; }
    }
    if ( ',' === $tokens[ $j - 1 ]->text ) { $say( 'comma after the last parameter' ); }
    if ( ':' === ( $tokens[ $j + 1 ]->text ?? '' ) && ( in_array( strtolower( $tokens[ $j + 2 ]->text ), $types, true ) || '|' === ( $tokens[ $j + 3 ]->text ?? '' ) ) ) { $say( 'return type' ); }
  }
  if ( T_CATCH === $token->id ) {
    for ( $i = $at; ')' !== $tokens[ $i ]->text; $i++ );
    if ( T_VARIABLE !== $tokens[ $i - 1 ]->id ) { $say( 'catch without a variable' ); }
  }
  if ( T_CONST === $token->id && T_FINAL === $before?->id ) { $say( 'final constant' ); }
}`;

function findings(file: string): string[] {
  const printed = execFileSync(program('php') as string, ['-r', SEARCH, '--', file], { encoding: 'utf8' });
  return printed.split('\n').filter((line) => line !== '');
}

describe.skipIf(missingParts() !== undefined)('the bridge', () => {
  it('uses nothing that PHP 7.4 lacks', () => {
    expect(CLASSES.length).toBeGreaterThan(10);
    for (const file of [LOADER, ...CLASSES.map((name) => join(FOLDER, name))]) expect(findings(file), file).toEqual([]);
  });

  it.each([
    ['match ( 1 ) { 1 => 2 };', 'match'],
    ['$a?->b;', '?->'],
    ['str_contains( $a, $b );', 'str_contains'],
    ['f( name: 1 );', 'named argument name'],
    ['function f( int|string $a ) {}', 'union type'],
    ['function f( $a, ) {}', 'comma after the last parameter'],
    ['function f(): static {}', 'return type'],
    ['function f( mixed $a ) {}', 'type mixed'],
    ['class A { function __construct( private $a ) {} }', 'constructor promotion'],
    ['try {} catch ( E ) {}', 'catch without a variable'],
    ['$a = $b ?? throw new E();', 'throw as an expression'],
    ['#[A] function f() {}', '#['],
  ])('would be found out: %s', (code, found) => {
    const file = join(mkdtempSync(join(tmpdir(), 'php-')), 'later.php');
    writeFileSync(file, `<?php ${code}`);
    expect(findings(file)).toEqual([`${found}, line 1`]);
  });
});
