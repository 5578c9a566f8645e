/** Making elements: text is set as text, so nothing that a person wrote can become markup. */

export type Child = Node | string | undefined | false;

type Listener = (event: never) => void;

/** `on…` is a listener; false and undefined leave an attribute out, true sets it empty. */
export type Attributes = Readonly<
	Record<string, string | number | boolean | undefined | Listener>
>;

export function h<Tag extends keyof HTMLElementTagNameMap>(
	tag: Tag,
	attributes: Attributes = {},
	...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function") {
			made.addEventListener(name.slice(2), value as EventListener);
		} else if (value !== undefined && value !== false) {
			made.setAttribute(name, value === true ? "" : String(value));
		}
	}
	fill(made, ...children);
	return made;
}

/** Replaces what is in `parent`. */
export function fill(parent: Element, ...children: readonly Child[]): void {
	parent.replaceChildren(
		...children.filter((child) => child !== undefined && child !== false),
	);
}

/** Puts these elements into `parent` in this order, moving only what is out of place: focus and scrolling stay. */
export function arrange(parent: Element, children: readonly Element[]): void {
	const wanted = new Set<Element>(children);
	for (const child of [...parent.children]) {
		if (!wanted.has(child)) child.remove();
	}
	let next = parent.firstElementChild;
	for (const child of children) {
		if (child === next) next = next.nextElementSibling;
		else parent.insertBefore(child, next);
	}
}

const svg = "http://www.w3.org/2000/svg";

/** As `h`, for what is drawn. */
export function drawn<Tag extends keyof SVGElementTagNameMap>(
	tag: Tag,
	attributes: Readonly<Record<string, string>> = {},
	...children: readonly SVGElement[]
): SVGElementTagNameMap[Tag] {
	const made = document.createElementNS(svg, tag);
	for (const [name, value] of Object.entries(attributes)) {
		made.setAttribute(name, value);
	}
	made.append(...children);
	return made;
}

/** Strokes on a field of 24 by 24. */
const strokes = {
	alert:
		"M12 8v5m0 3.5v.01M10.3 4 2.5 17.5A2 2 0 0 0 4.2 20.5h15.6a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0Z",
	back: "m14.5 5-7 7 7 7",
	bell: "M6 16V11a6 6 0 1 1 12 0v5l1.5 2h-15Zm4 5h4",
	clip: "m20 11-8.500 8.500a5 5 0 0 1-7-7L13 4a3.300 3.300 0 0 1 4.700 4.700l-8.500 8.500a1.700 1.700 0 0 1-2.400-2.400L14.500 7",
	close: "m6 6 12 12M18 6 6 18",
	compass: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Zm-5.5-3.5-2 5-5 2 2-5Z",
	keyboard: "M3 6h18v12H3Zm4 4h.01M11 10h.01M15 10h.01M18 10h.01M8 14.500h8",
	leave: "M10 4H5v16h5m4-4 4-4-4-4m4 4H9",
	lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5Z",
	pencil: "m5 19 1-4.500L16.500 4l3.500 3.500L9.500 18Zm9-12.500 3.500 3.500",
	people:
		"M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.4-3.6 3-5.5 6.500-5.500s6.100 1.900 6.500 5.500M16 4.800a3.500 3.500 0 0 1 0 6.400m2 3.600c2 .8 3.200 2.500 3.500 5.200",
	plus: "M12 5v14M5 12h14",
	search:
		"M17 10.500a6.500 6.500 0 1 1-13 0 6.500 6.500 0 0 1 13 0ZM20 20l-4.800-4.800",
	power: "M12 3.500v8m5.200-5.700a7.500 7.500 0 1 1-10.400 0",
	send: "M4 12h13M11.500 5.500 18 12l-6.500 6.500",
	star: "m12 3.800 2.500 5.200 5.700.8-4.100 4 1 5.700L12 16.800l-5.100 2.700 1-5.700-4.100-4 5.700-.8Z",
	story: "M6 4h12v16H6Zm3 4h6m-6 4h6m-6 4h3",
} as const;

export type IconName = keyof typeof strokes;

/** Decoration: what it stands for is said by text or label beside it. */
export function icon(name: IconName): SVGElement {
	const picture = document.createElementNS(svg, "svg");
	picture.setAttribute("viewBox", "0 0 24 24");
	picture.setAttribute("aria-hidden", "true");
	picture.setAttribute("class", "icon");
	const path = document.createElementNS(svg, "path");
	path.setAttribute("d", strokes[name]);
	picture.append(path);
	return picture;
}

/** A button with a picture only; `label` is its name, and its tip. */
export function iconButton(
	name: IconName,
	label: string,
	onclick: () => void,
	attributes: Attributes = {},
): HTMLButtonElement {
	return h(
		"button",
		{
			type: "button",
			class: "icon-button",
			"aria-label": label,
			title: label,
			onclick,
			...attributes,
		},
		icon(name),
	);
}

/** A link with a picture only; `label` is its name, and its tip. */
export function iconLink(
	name: IconName,
	label: string,
	href: string,
): HTMLAnchorElement {
	return h(
		"a",
		{ class: "icon-button", href, "aria-label": label, title: label },
		icon(name),
	);
}
