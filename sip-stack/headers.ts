/** The headers of one SIP message, in order and as written, looked up without regard to case or compact form (RFC 3261, 7.3). */

/** Compact forms (RFC 3261 and its extensions) and the long names that are written instead: some clients know no compact forms. */
const longNames: Readonly<Record<string, string>> = {
	a: "Accept-Contact",
	b: "Referred-By",
	c: "Content-Type",
	d: "Request-Disposition",
	e: "Content-Encoding",
	f: "From",
	i: "Call-ID",
	j: "Reject-Contact",
	k: "Supported",
	l: "Content-Length",
	m: "Contact",
	o: "Event",
	r: "Refer-To",
	s: "Subject",
	t: "To",
	u: "Allow-Events",
	v: "Via",
	x: "Session-Expires",
	y: "Identity",
};

export interface Header {
	/** As written by its sender, or the long name where the sender wrote the compact one. */
	readonly name: string;
	/** Lower-case long name, for comparison. */
	readonly key: string;
	readonly value: string;
}

/** The lower-case long name under which a header is found. */
export function headerKey(name: string): string {
	const key = name.toLowerCase();
	return key.length === 1 ? (longNames[key]?.toLowerCase() ?? key) : key;
}

function header(name: string, value: string): Header {
	if (name.length === 1) {
		const long = longNames[name.toLowerCase()] ?? name;
		return { name: long, key: long.toLowerCase(), value };
	}
	return { name, key: name.toLowerCase(), value };
}

export class Headers implements Iterable<Header> {
	readonly #list: Header[];

	constructor(list: readonly (readonly [name: string, value: string])[] = []) {
		this.#list = list.map(([name, value]) => header(name, value));
	}

	get size(): number {
		return this.#list.length;
	}

	/** The first value of this name. */
	get(name: string): string | undefined {
		const key = headerKey(name);
		for (const entry of this.#list) if (entry.key === key) return entry.value;
		return undefined;
	}

	/** Every value of this name, one for each header line, in order. */
	getAll(name: string): string[] {
		const key = headerKey(name);
		const values: string[] = [];
		for (const entry of this.#list)
			if (entry.key === key) values.push(entry.value);
		return values;
	}

	has(name: string): boolean {
		return this.get(name) !== undefined;
	}

	/** Adds one line at the end; equal names stay separate lines. */
	add(name: string, value: string): this {
		this.#list.push(header(name, value));
		return this;
	}

	/** Adds one line before all others, as a Via is. */
	prepend(name: string, value: string): this {
		this.#list.unshift(header(name, value));
		return this;
	}

	/** Replaces the first line of this name where it stands and removes the others; adds it when there is none. */
	set(name: string, value: string): this {
		const entry = header(name, value);
		const first = this.#list.findIndex((other) => other.key === entry.key);
		if (first < 0) {
			this.#list.push(entry);
			return this;
		}
		this.#list[first] = entry;
		for (let i = this.#list.length - 1; i > first; i--)
			if (this.#list[i]?.key === entry.key) this.#list.splice(i, 1);
		return this;
	}

	/** Replaces the first line of this name and leaves the others alone, as for a topmost Via. */
	setFirst(name: string, value: string): this {
		const entry = header(name, value);
		const first = this.#list.findIndex((other) => other.key === entry.key);
		if (first < 0) this.#list.push(entry);
		else this.#list[first] = entry;
		return this;
	}

	remove(name: string): this {
		const key = headerKey(name);
		for (let i = this.#list.length - 1; i >= 0; i--)
			if (this.#list[i]?.key === key) this.#list.splice(i, 1);
		return this;
	}

	clone(): Headers {
		const copy = new Headers();
		for (const entry of this.#list) copy.#list.push(entry);
		return copy;
	}

	[Symbol.iterator](): Iterator<Header> {
		return this.#list[Symbol.iterator]();
	}
}
