<?php
/**
 * A stand-in for Action Scheduler: the functions the bridge uses, with a table on the main site. Loaded as a must-use
 * plugin; AS_MODE says how it is: there, or without tables ("broken").
 */

if ( getenv( 'AS_MODE' ) ) {
	$wpdb->query( "CREATE TABLE IF NOT EXISTS {$wpdb->base_prefix}stand_in_actions ( id bigint AUTO_INCREMENT PRIMARY KEY, hook varchar(100), due bigint, status varchar(20), blog_id bigint )" );

	add_action(
		'init',
		function () {
			// As the real one: functions are there from the start, and refuse to work before this.
			do_action( 'action_scheduler_init' );
		},
		1
	);

	function as_schedule_single_action( $timestamp, $hook, $args = array(), $group = '' ) {
		global $wpdb;
		if ( ! did_action( 'action_scheduler_init' ) ) {
			return 0;
		}
		if ( 'broken' === getenv( 'AS_MODE' ) ) {
			throw new RuntimeException( 'Error saving action' );
		}
		$wpdb->insert(
			$wpdb->base_prefix . 'stand_in_actions',
			array(
				'hook'    => $hook,
				'due'     => $timestamp,
				'status'  => 'pending',
				'blog_id' => get_current_blog_id(),
			)
		);
		return $wpdb->insert_id;
	}

	function as_enqueue_async_action( $hook, $args = array(), $group = '' ) {
		return as_schedule_single_action( 0, $hook, $args, $group );
	}

	function as_get_scheduled_actions( $query, $format ) {
		global $wpdb;
		return $wpdb->get_col( $wpdb->prepare( "SELECT id FROM {$wpdb->base_prefix}stand_in_actions WHERE hook = %s AND status = %s AND due <= %d", $query['hook'], $query['status'], strtotime( $query['date'] . ' UTC' ) ) );
	}

	/**
	 * Runs what is due, as its queue runner does in the background.
	 */
	function stand_in_run_actions() {
		global $wpdb;
		foreach ( $wpdb->get_results( "SELECT * FROM {$wpdb->base_prefix}stand_in_actions WHERE status = 'pending' ORDER BY id" ) as $action ) {
			if ( $action->due <= time() ) {
				$wpdb->update( $wpdb->base_prefix . 'stand_in_actions', array( 'status' => 'in-progress' ), array( 'id' => $action->id ) );
				do_action( $action->hook );
				$wpdb->update( $wpdb->base_prefix . 'stand_in_actions', array( 'status' => 'complete' ), array( 'id' => $action->id ) );
			}
		}
	}
}
