/** Where mails go. */
import type { Delivery } from "../../plugin/compliance/adapter.ts";
import type { Mail } from "./mail.ts";

export interface Target {
	/**
	 * Resolves with undefined when the mail is safe there, with a sentence when it is refused for good. Rejects when it is to be
	 * tried again.
	 */
	put(mail: Mail, delivery: Delivery): Promise<string | undefined>;
	/** A batch is whole. */
	done?(delivery: Pick<Delivery, "replay">): void;
	close(): Promise<void>;
}
