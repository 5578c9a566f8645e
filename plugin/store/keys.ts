/** How text is compared without case, the same on every database: by a key made here and kept beside the text. */
import { ChatError } from "../errors.ts";
import { searchKey } from "../rooms/words.ts";

/** The widest unique index that InnoDB allows: 3,072 bytes of utf8mb4. */
const nameKeyCharacters = 768;

/** The `searchKey` of a name that must be unique; white space in it counts as one blank. */
export function nameKey(name: string): string {
	const key = searchKey(name).replace(/\s+/gu, " ");
	if ([...key].length > nameKeyCharacters) {
		throw new ChatError(
			"too-large",
			`A name must not be longer than ${nameKeyCharacters} characters in its normal form.`,
		);
	}
	return key;
}
