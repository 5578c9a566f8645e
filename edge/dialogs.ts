/** Every dialog the edge takes part in, found by what is on the wire or by the id the application knows. */
import type { SipRequest } from "../sip-stack/index.ts";
import type { Dialog } from "./dialog.ts";

function wireKey(callId: string, localTag: string, remoteTag: string): string {
	return `${callId} ${localTag} ${remoteTag}`;
}

export class Dialogs {
	/** By Call-ID and both tags: Call-ID and From tag alone are not unique among real clients. */
	readonly #byWire = new Map<string, Dialog>();
	readonly #byId = new Map<string, Dialog>();
	readonly #max: number;

	constructor(max: number) {
		this.#max = max;
	}

	get size(): number {
		return this.#byWire.size;
	}

	get full(): boolean {
		return this.#byWire.size >= this.#max;
	}

	/** Gives the dialog its id: `<Call-ID>;from-tag=<tag of who began it>`, with the other tag too where that is taken. */
	add(dialog: Dialog, fromTag: string): void {
		const plain = `${dialog.callId};from-tag=${fromTag}`;
		const other =
			fromTag === dialog.remoteTag ? dialog.localTag : dialog.remoteTag;
		dialog.id = this.#byId.has(plain) ? `${plain};to-tag=${other}` : plain;
		const { callId, localTag, remoteTag } = dialog;
		this.#byWire.set(wireKey(callId, localTag, remoteTag), dialog);
		this.#byId.set(dialog.id, dialog);
		dialog.application?.dialogs.add(dialog);
	}

	/** The dialog that a request from the network is in. */
	ofRequest(request: SipRequest): Dialog | undefined {
		const { callId, toTag, fromTag } = request;
		if (toTag === "") return undefined;
		return this.#byWire.get(wireKey(callId, toTag, fromTag));
	}

	byId(id: string): Dialog | undefined {
		return this.#byId.get(id);
	}

	remove(dialog: Dialog): void {
		const { callId, localTag, remoteTag } = dialog;
		const key = wireKey(callId, localTag, remoteTag);
		if (this.#byWire.get(key) === dialog) this.#byWire.delete(key);
		if (this.#byId.get(dialog.id) === dialog) this.#byId.delete(dialog.id);
		dialog.application?.dialogs.delete(dialog);
		dialog.session?.stop();
		dialog.session = undefined;
	}

	[Symbol.iterator](): Iterator<Dialog> {
		return this.#byWire.values();
	}
}
