/** Mails as files of a folder, each whole or not there. */
import { join } from "node:path";
import type { Delivery } from "../../plugin/compliance/adapter.ts";
import { outputName } from "../output-name.ts";
import { makeProgress } from "../progress.ts";
import { prepareDirectory, writeWhole } from "../whole-file.ts";
import { compose } from "./compose.ts";
import type { Target } from "./target.ts";

export async function makeFolder(directory: string): Promise<Target> {
	await prepareDirectory(directory);
	const progress = { ordinary: makeProgress(), replay: makeProgress() };
	const of = ({ replay }: Pick<Delivery, "replay">) =>
		progress[replay ? "replay" : "ordinary"];
	return {
		put: async (mail, delivery) => {
			const { adapter, room, part, conversation } = mail;
			const which = `${room?.id ?? "administration"}-${part}`;
			const name = outputName(adapter, conversation, delivery.replay, which);
			await of(delivery).once(name, mail.events, async () => {
				const content = await compose(mail, delivery);
				const file = join(directory, `${name}.eml`);
				await writeWhole(file, content, delivery.signal);
			});
			return undefined;
		},
		done: (delivery) => of(delivery).done(),
		close: async () => {},
	};
}
