/** What headers of a request may take: they come back in every frame about it, and those must not grow too large for the SIP server. */
import type { IncomingRequest } from "./drachtio.ts";
import { headerParameter } from "./uri.ts";

/** The dialog's id goes into every frame of it, and From and To into the answer's. */
const maxDialogIdLength = 380;
const maxAddressLength = 1_000;
/** A body up to this size goes into an answer beside the headers above. */
export const answerBodyBytes = 10_000;

export function isTooLong(request: IncomingRequest): boolean {
	const from = request.get("From") ?? "";
	const to = request.get("To") ?? "";
	const tag = headerParameter(from, "tag") ?? "";
	const id = `${request.get("Call-ID")}${tag}`;
	return (
		id.length > maxDialogIdLength || from.length + to.length > maxAddressLength
	);
}
