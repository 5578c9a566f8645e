/** Mails as files of a folder, each whole or not there. */
import { join } from "node:path";
import { outputName } from "../output-name.ts";
import { prepareDirectory, writeWhole } from "../whole-file.ts";
import { compose } from "./compose.ts";
import type { Target } from "./target.ts";

export async function makeFolder(directory: string): Promise<Target> {
	await prepareDirectory(directory);
	return {
		put: async (mail, delivery) => {
			const { adapter, room, part, conversation } = mail;
			const which = `${room?.id ?? "administration"}-${part}`;
			const name = outputName(adapter, conversation, delivery.replay, which);
			const content = await compose(mail, delivery);
			await writeWhole(
				join(directory, `${name}.eml`),
				content,
				delivery.signal,
			);
			return undefined;
		},
		close: async () => {},
	};
}
