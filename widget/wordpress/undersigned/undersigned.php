<?php
/**
 * Plugin Name: Undersigned
 * Description: A block that shows the form of an open letter on an Undersigned server. Its only field is the address of the statement.
 * Version: 0.1.0
 * Requires at least: 5.8
 * Requires PHP: 7.4
 * License: MIT
 * License URI: https://opensource.org/license/mit
 * Text Domain: undersigned
 *
 * The MIT licence is compatible with the GPL.
 *
 * @package Undersigned
 */

defined( 'ABSPATH' ) || exit;

const UNDERSIGNED_VERSION = '0.1.0';

add_action( 'init', 'undersigned_register_block' );
add_filter( 'script_loader_tag', 'undersigned_load_async', 10, 2 );

/**
 * Registers the block. What it shows is made here for each visitor, so that authors whose HTML is filtered can use it.
 */
function undersigned_register_block() {
	wp_register_script(
		'undersigned-form-editor',
		plugins_url( 'block.js', __FILE__ ),
		array( 'wp-block-editor', 'wp-blocks', 'wp-components', 'wp-element', 'wp-i18n' ),
		UNDERSIGNED_VERSION,
		true
	);
	register_block_type( __DIR__, array( 'render_callback' => 'undersigned_render_block' ) );
}

/**
 * Returns the parts of a statement's address, or null for any other text.
 *
 * @param mixed $address For example https://letters.example/s/open-rivers?locale=fr&partner=river-watch.
 * @return array|null Keys: address, server, statement, locale, partner; the last two may be empty.
 */
function undersigned_parse_address( $address ) {
	// WordPress saves the blocks of authors whose HTML is filtered with entities in their attributes.
	$address = trim( wp_specialchars_decode( is_string( $address ) ? $address : '', ENT_QUOTES ) );
	$parts   = wp_parse_url( $address );
	if ( ! is_array( $parts ) || ! isset( $parts['scheme'], $parts['host'], $parts['path'] ) ) {
		return null;
	}
	if ( isset( $parts['user'] ) || isset( $parts['pass'] ) ) {
		return null;
	}
	$scheme   = strtolower( $parts['scheme'] );
	$host     = strtolower( $parts['host'] );
	$is_local = in_array( $host, array( 'localhost', '127.0.0.1', '[::1]' ), true );
	if ( 'https' !== $scheme && ! ( 'http' === $scheme && $is_local ) ) {
		return null;
	}
	if ( ! preg_match( '/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[::1\])$/D', $host ) ) {
		return null;
	}
	if ( ! preg_match( '~^((?:/[A-Za-z0-9._-]+)*)/s/([A-Za-z0-9-]+)/?$~D', $parts['path'], $found ) ) {
		return null;
	}
	wp_parse_str( isset( $parts['query'] ) ? $parts['query'] : '', $query );
	$options = array();
	foreach ( array( 'locale', 'partner' ) as $name ) {
		$value            = isset( $query[ $name ] ) ? $query[ $name ] : '';
		$options[ $name ] = is_string( $value ) && preg_match( '/^[A-Za-z0-9-]+$/D', $value ) ? $value : '';
	}
	$server = $scheme . '://' . $host . ( isset( $parts['port'] ) ? ':' . $parts['port'] : '' ) . $found[1];
	$page   = add_query_arg( array_filter( $options ), $server . '/s/' . $found[2] );
	return array_merge(
		$options,
		array(
			'address'   => $page,
			'server'    => $server,
			'statement' => $found[2],
		)
	);
}

/**
 * Returns the form. Visitors see nothing where the address is wrong; people who edit posts see why.
 *
 * @param array $attributes The block's attributes.
 * @return string HTML.
 */
function undersigned_render_block( $attributes ) {
	$form = undersigned_parse_address( isset( $attributes['address'] ) ? $attributes['address'] : '' );
	if ( null === $form ) {
		if ( ! current_user_can( 'edit_posts' ) ) {
			return '';
		}
		$why = __( 'Undersigned form: this block needs the address of a statement. Visitors do not see this line.', 'undersigned' );
		return sprintf( '<p %s>%s</p>', get_block_wrapper_attributes(), esc_html( $why ) );
	}

	// phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion -- the server renews the script at this address.
	wp_enqueue_script( 'undersigned-form-' . md5( $form['server'] ), $form['server'] . '/widget/v1/undersigned.js', array(), null, true );

	$options = '';
	foreach ( array( 'partner', 'locale' ) as $name ) {
		if ( '' !== $form[ $name ] ) {
			$options .= sprintf( ' %s="%s"', $name, esc_attr( $form[ $name ] ) );
		}
	}
	return sprintf(
		'<div %s><undersigned-form server="%s" statement="%s"%s><a href="%s">%s</a></undersigned-form></div>',
		get_block_wrapper_attributes(),
		esc_url( $form['server'] ),
		esc_attr( $form['statement'] ),
		$options,
		esc_url( $form['address'] ),
		esc_html__( 'Sign on the statement’s own page', 'undersigned' )
	);
}

/**
 * Lets the page go on while the form's script is on its way.
 *
 * @param string $tag    The script's tag.
 * @param string $handle Its name.
 * @return string The tag.
 */
function undersigned_load_async( $tag, $handle ) {
	$is_ours = 0 === strpos( $handle, 'undersigned-form-' ) && 'undersigned-form-editor' !== $handle;
	return $is_ours ? str_replace( '<script ', '<script async ', $tag ) : $tag;
}
