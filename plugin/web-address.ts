/** Where people reach the web door: what is told of it by SIP names it, and it is known only when that door has opened. */

/** Beside it there is what a client of the reference product asks for. */
const fileServicePath = "/PersistentChat/MGCWebService.asmx";

export interface WebAddress {
	/** Without a slash at its end; undefined while, or where, nobody knows. */
	get(): string | undefined;
	/** Where clients of the SIP network bring and get files. */
	fileService(): string | undefined;
	/** An origin: `https://chat.example.com`. */
	set(origin: string): void;
}

/** `fileServiceUrl`: what is said of that, in place of what the web door's address comes to. */
export function createWebAddress(
	fileServiceUrl: string | undefined,
): WebAddress {
	let address: string | undefined;
	return {
		get: () => address,
		fileService: () =>
			fileServiceUrl ?? (address && `${address}${fileServicePath}`),
		set(origin) {
			address = origin.replace(/\/$/, "");
		},
	};
}
