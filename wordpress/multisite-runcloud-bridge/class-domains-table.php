<?php
/**
 * The list of domains.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * WordPress's list table of what the service knows. WordPress loads the class above this one for its own screens alone, so
 * whoever shows this list loads it first.
 */
final class Domains_Table extends \WP_List_Table {

	/** Rows of a page. */
	const PER_PAGE = 20;

	/**
	 * The service's answer to status.
	 *
	 * @var array
	 */
	private $answer = array();

	/**
	 * The state that is chosen; '' for all.
	 *
	 * @var string
	 */
	private $state = '';

	/**
	 * Takes an answer. The columns are set here, because WordPress has asked for those of this screen before its list existed,
	 * and keeps the answer.
	 *
	 * @param array  $answer The service's answer to status.
	 * @param string $state  The state that is chosen.
	 */
	public function fill( $answer, $state ) {
		$this->answer          = $answer;
		$this->state           = $state;
		$this->items           = Domain_Words::items( $answer, 'domains' );
		$this->_column_headers = array( $this->get_columns(), array(), array(), 'domain' );
		$this->set_pagination_args(
			array(
				'total_items' => Domain_Words::number( $answer, 'matching' ),
				'per_page'    => self::PER_PAGE,
			)
		);
	}

	/**
	 * Titles of the columns.
	 *
	 * @return array<string, string>
	 */
	public function get_columns() {
		return array(
			'domain'      => __( 'Domain', 'multisite-runcloud-bridge' ),
			'state'       => __( 'State', 'multisite-runcloud-bridge' ),
			'since'       => __( 'Since', 'multisite-runcloud-bridge' ),
			'dns'         => __( 'DNS', 'multisite-runcloud-bridge' ),
			'certificate' => __( 'Certificate', 'multisite-runcloud-bridge' ),
			'next'        => __( 'Next', 'multisite-runcloud-bridge' ),
		);
	}

	/**
	 * Says that there are no domains.
	 */
	public function no_items() {
		esc_html_e( 'No domain fits.', 'multisite-runcloud-bridge' );
	}

	/**
	 * The numbers by state, as links that choose them.
	 *
	 * @return array<string, string> HTML.
	 */
	protected function get_views() {
		$counts  = isset( $this->answer['counts'] ) && is_array( $this->answer['counts'] ) ? $this->answer['counts'] : array();
		$numbers = array_filter( $counts, 'is_int' );
		$views   = array( '' => $this->view( '', __( 'All', 'multisite-runcloud-bridge' ), array_sum( $numbers ) ) );
		foreach ( Domain_Words::states() as $state => $text ) {
			if ( 'needs-person' === $state || ! empty( $numbers[ $state ] ) || $this->state === $state ) {
				$views[ $state ] = $this->view( $state, $text, 'needs-person' === $state ? null : Domain_Words::number( $counts, $state ) );
			}
		}
		return $views;
	}

	/**
	 * A cell. WordPress prints it as it is.
	 *
	 * @param array  $row    Row.
	 * @param string $column Column.
	 * @return string HTML.
	 */
	protected function column_default( $row, $column ) {
		switch ( $column ) {
			case 'domain':
				$domain = Domain_Words::text( $row, 'domain' );
				return sprintf( '<strong><a href="%s">%s</a></strong>', esc_url( Domains_Screen::url( array( 'domain' => $domain ) ) ), esc_html( Domain_Words::domain( $domain ) ) );
			case 'since':
				return esc_html( Domain_Words::time( $row, 'since' ) );
			case 'next':
				return esc_html( Domain_Words::advice( $row, 'next' ) );
			case 'state':
				$text = esc_html( Domain_Words::of( $row, 'state' ) );
				return empty( $row['needs_person'] ) ? $text : $text . '<br><strong>' . esc_html__( 'Needs a person', 'multisite-runcloud-bridge' ) . '</strong>';
			default:
				return esc_html( Domain_Words::of( $row, $column ) );
		}
	}

	/**
	 * Shows the pages alone: there are no bulk actions, and their nonce has no business in an address.
	 *
	 * @param string $which Either top or bottom.
	 */
	protected function display_tablenav( $which ) {
		echo '<div class="tablenav ' . esc_attr( $which ) . '">';
		$this->pagination( $which );
		echo '<br class="clear"></div>';
	}

	/**
	 * Columns as wide as what is in them.
	 *
	 * @return string[]
	 */
	protected function get_table_classes() {
		return array_diff( parent::get_table_classes(), array( 'fixed' ) );
	}

	/**
	 * A link that chooses a state.
	 *
	 * @param string   $state State; '' for all.
	 * @param string   $text  Text.
	 * @param int|null $count Number of domains; null where it is not known.
	 * @return string HTML.
	 */
	private function view( $state, $text, $count ) {
		$number  = null === $count ? '' : sprintf( ' <span class="count">(%s)</span>', esc_html( number_format_i18n( $count ) ) );
		$current = $this->state === $state ? ' class="current" aria-current="page"' : '';
		return sprintf( '<a href="%s"%s>%s%s</a>', esc_url( Domains_Screen::url( array_filter( array( 'state' => $state ), 'strlen' ) ) ), $current, esc_html( $text ), $number );
	}
}
