/** `eml`: a journal mail for each room and batch, with transcript and files, into a folder or to a mail server. */
import {
	type AdapterFactory,
	type ArchivedEvent,
	Undeliverable,
} from "../../plugin/compliance/adapter.ts";
import { conversationsOf } from "../conversations.ts";
import { checkOptions } from "../options.ts";
import { makeFolder } from "./folder.ts";
import { type Conversation, mailsOf } from "./mail.ts";
import { optionsSchema } from "./options.ts";
import { makeSmtp } from "./smtp.ts";
import type { Target } from "./target.ts";

const eml: AdapterFactory = async (given, { name }) => {
	const options = checkOptions("eml", optionsSchema, given);
	const target: Target =
		options.smtp === undefined
			? await makeFolder(options.directory ?? "")
			: makeSmtp(options.smtp);
	/** Message-IDs that were taken before the batch failed: a repeat does not send them again. */
	const taken = new Set<string>();

	return {
		async deliver(batch, delivery) {
			const refused: { readonly id: string; readonly why: string }[] = [];
			for (const { room, events } of conversationsOf(batch)) {
				const present = room ? await delivery.present(room.id) : [];
				await send({ adapter: name, room, present, events });
			}
			taken.clear();
			if (refused.length > 0) throw undeliverable(refused);

			/** What is refused for good is sent again in halves, until it is one event. */
			async function send(conversation: Conversation): Promise<void> {
				for (const mail of mailsOf(conversation, options.mailBytes)) {
					delivery.signal.throwIfAborted();
					if (taken.has(mail.messageId)) continue;
					const why = await target.put(mail, delivery);
					if (why === undefined) {
						taken.add(mail.messageId);
						continue;
					}
					for (const events of halves(mail.events)) {
						if (events === mail.events) {
							refused.push(...events.map(({ id }) => ({ id, why })));
						} else await send({ ...conversation, events });
					}
				}
			}
		},
		close: () => target.close(),
	};
};

export default eml;

/** Of one event there are none: then it is itself. */
function halves(
	events: readonly ArchivedEvent[],
): readonly (readonly ArchivedEvent[])[] {
	if (events.length < 2) return [events];
	const middle = Math.ceil(events.length / 2);
	return [events.slice(0, middle), events.slice(middle)];
}

function undeliverable(
	refused: readonly { readonly id: string; readonly why: string }[],
): Undeliverable {
	const reasons = new Set(refused.map(({ why }) => why));
	const ids = refused.map(({ id }) => id);
	return new Undeliverable([...reasons].join("; "), ids);
}
