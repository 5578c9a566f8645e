/** `eml`: a journal mail for each room and batch, with transcript and files, into a folder or to a mail server. */
import type {
	AdapterFactory,
	ArchivedEvent,
} from "../../plugin/compliance/adapter.ts";
import { conversationsOf } from "../conversations.ts";
import { checkOptions } from "../options.ts";
import { makeTaking } from "../taking.ts";
import { makeFolder } from "./folder.ts";
import { type Conversation, type Mail, mailsOf } from "./mail.ts";
import { optionsSchema } from "./options.ts";
import { makeSmtp } from "./smtp.ts";
import type { Target } from "./target.ts";

const eml: AdapterFactory = async (given, { name }) => {
	const options = checkOptions(name, optionsSchema, given);
	const target: Target =
		options.smtp === undefined
			? await makeFolder(options.directory ?? "")
			: makeSmtp(options.smtp);
	const take = makeTaking();

	return {
		async deliver(batch, delivery) {
			await take(batch, delivery, async (rest, give) => {
				// Files are named after the whole batch, and take the place of what a repeat repeats.
				const wanted = options.smtp === undefined ? batch : rest;
				for (const { room, events } of conversationsOf(wanted)) {
					const present = room ? await delivery.present(room.id) : [];
					const conversation = { adapter: name, room, present, events };
					for (const mail of await mailsOf(conversation, options.mailBytes)) {
						await give(mail.events, (some) => put(mail, some));
					}
				}

				async function put(mail: Mail, some: readonly ArchivedEvent[]) {
					delivery.signal.throwIfAborted();
					if (some === mail.events) return target.put(mail, delivery);
					const part: Conversation = { ...mail, events: some };
					const [half = mail] = await mailsOf(part, options.mailBytes);
					return target.put(half, delivery);
				}
			});
			target.done?.(delivery);
		},
		close: () => target.close(),
	};
};

export default eml;
