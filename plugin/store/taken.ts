/** A write that a unique key may refuse. */
import { ChatError } from "../errors.ts";
import { faultOf } from "./faults.ts";

/** Throws `name-taken` with this sentence when a unique key is taken. */
export async function unlessTaken(
	sentence: string,
	write: () => PromiseLike<unknown>,
): Promise<void> {
	try {
		await write();
	} catch (error) {
		if (faultOf(error) !== "duplicate") throw error;
		throw new ChatError("name-taken", sentence, { cause: error });
	}
}
