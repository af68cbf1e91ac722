// The block in the editor: one field, the address of the statement, and what is wrong with it.
(function (wp) {
	"use strict";
	const { createElement } = wp.element;
	const { useBlockProps } = wp.blockEditor;
	const { Placeholder, TextControl, ExternalLink } = wp.components;
	const { __, sprintf } = wp.i18n;
	const LOCAL = ["localhost", "127.0.0.1", "[::1]"];

	/** Returns the address as undersigned.php takes it, or null. */
	function parseAddress(text) {
		let address;
		try {
			address = new URL(text);
		} catch {
			return null;
		}
		const isSafe = address.protocol === "https:" || (address.protocol === "http:" && LOCAL.includes(address.hostname));
		if (!isSafe || address.username || address.password) return null;
		return /^(\/[A-Za-z0-9._-]+)*\/s\/[A-Za-z0-9-]+\/?$/.test(address.pathname) ? address : null;
	}

	/** WordPress saves the blocks of authors whose HTML is filtered with entities in their attributes. */
	const decode = (text) => text.replace(/&amp;/g, "&");

	function Edit({ attributes, setAttributes }) {
		const typed = decode(attributes.address).trim();
		const address = parseAddress(typed);
		const help = address
			? sprintf(
					/* translators: %s: a host such as letters.example */
					__("The form of %s will be here on the published page.", "undersigned"),
					address.host,
				)
			: __("For example: https://letters.example/s/open-rivers", "undersigned");
		const wrong = __("This is not the address of a statement. It begins with https:// and has /s/ in it.", "undersigned");
		return createElement(
			"div",
			useBlockProps(),
			createElement(
				Placeholder,
				{ icon: "edit-page", label: __("Undersigned form", "undersigned") },
				createElement(
					"div",
					{ style: { width: "100%" } },
					createElement(TextControl, {
						label: __("Address of the statement", "undersigned"),
						type: "url",
						value: decode(attributes.address),
						help: typed && !address ? wrong : help,
						onChange: (text) => setAttributes({ address: text }),
					}),
					address && createElement(ExternalLink, { href: address.href }, __("Open the statement", "undersigned")),
				),
			),
		);
	}

	// PHP makes what visitors see, so that nothing but the address is saved.
	wp.blocks.registerBlockType("undersigned/form", { edit: Edit, save: () => null });
})(window.wp);
