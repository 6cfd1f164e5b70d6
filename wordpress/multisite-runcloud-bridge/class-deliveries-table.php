<?php
/**
 * The list of deliveries.
 *
 * @package Multisite_RunCloud_Bridge
 */

namespace Multisite_RunCloud_Bridge;

defined( 'ABSPATH' ) || exit;

/**
 * WordPress's list table, with one button a row. WordPress loads the class above this one for its own screens alone, so
 * whoever shows this list loads it first.
 */
final class Deliveries_Table extends \WP_List_Table {

	/**
	 * What the service told of the domains that are shown. See News::of_domains().
	 *
	 * @var array<string, object[]>
	 */
	private $news = array();

	/**
	 * Reads the deliveries. The columns are set here, because WordPress has asked for those of this screen before its list
	 * existed, and keeps the answer.
	 */
	public function prepare_items() {
		$this->_column_headers = array( $this->get_columns(), array(), array(), 'when' );
		$this->items           = Queue_Report::last_rows();
		if ( Settings::notify_keys() && News_Table::is_usable() ) {
			$this->news = News::of_domains( array_unique( array_filter( wp_list_pluck( $this->items, 'domain' ), 'strlen' ) ) );
		}
	}

	/**
	 * Titles of the columns.
	 *
	 * @return array<string, string>
	 */
	public function get_columns() {
		$columns = array(
			'when'     => __( 'When', 'multisite-runcloud-bridge' ),
			'domain'   => __( 'Domain', 'multisite-runcloud-bridge' ),
			'event'    => __( 'Event', 'multisite-runcloud-bridge' ),
			'state'    => __( 'State', 'multisite-runcloud-bridge' ),
			'attempts' => __( 'Tries', 'multisite-runcloud-bridge' ),
			'answer'   => __( 'Answer', 'multisite-runcloud-bridge' ),
			'news'     => __( 'The domain now', 'multisite-runcloud-bridge' ),
			'again'    => __( 'Again', 'multisite-runcloud-bridge' ),
		);
		if ( ! Settings::notify_keys() ) {
			unset( $columns['news'] );
		}
		return $columns;
	}

	/**
	 * Says that there are no deliveries.
	 */
	public function no_items() {
		esc_html_e( 'None yet.', 'multisite-runcloud-bridge' );
	}

	/**
	 * A cell. WordPress prints it as it is.
	 *
	 * @param object $row    Row.
	 * @param string $column Column.
	 * @return string HTML.
	 */
	protected function column_default( $row, $column ) {
		switch ( $column ) {
			case 'when':
				return esc_html( Delivery_Text::when( $row ) );
			case 'domain':
				return esc_html( Delivery_Text::domain( $row ) );
			case 'event':
				return esc_html( Delivery_Text::kind( $row ) );
			case 'state':
				return esc_html( Delivery_Text::state( $row ) );
			case 'attempts':
				return (string) (int) $row->attempts;
			case 'answer':
				return esc_html( (string) $row->answer );
			case 'news':
				$name = News::name_of( $row->domain );
				return implode( '<br>', array_map( 'esc_html', array_map( array( News_Text::class, 'line' ), isset( $this->news[ $name ] ) ? $this->news[ $name ] : array() ) ) );
			default:
				return '';
		}
	}

	/**
	 * The cell of the button. A test is not sent again: another one says more.
	 *
	 * @param object $row Row.
	 */
	protected function column_again( $row ) {
		if ( 'test' !== $row->kind && Worker::may_send() ) {
			Admin_Screen::show_button( 'resend', (int) $row->id, __( 'Send again', 'multisite-runcloud-bridge' ), 'button' );
		}
	}

	/**
	 * Shows nothing above and below the list: there are no bulk actions and no pages, and each button is a form of its own.
	 *
	 * @param string $which Either top or bottom.
	 */
	protected function display_tablenav( $which ) {
	}

	/**
	 * Columns as wide as what is in them: an answer is a sentence, the number of tries a digit.
	 *
	 * @return string[]
	 */
	protected function get_table_classes() {
		return array_diff( parent::get_table_classes(), array( 'fixed' ) );
	}
}
