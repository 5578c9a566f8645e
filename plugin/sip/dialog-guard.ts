/**
 * Requests in a dialog bring no proof of who sent them: they are its user's as long as they come from where it was begun, by address,
 * since a client that has reconnected has another port. Others are told that there is no such dialog (481): whoever has
 * really moved begins anew, and proves again who he is.
 */
import type { TurnedAway } from "../turned-away.ts";
import type { DrachtioDialog, IncomingRequest, Reply } from "./drachtio.ts";
import type { Peers } from "./peers.ts";
import type { RelayedSources } from "./relayed.ts";
import type { RequestLimits } from "./request-limits.ts";

export interface DialogGuard {
	/**
	 * From now on the dialog is handed only what comes from where its first request came from, and not too often.
	 * `onTooMany` answers an INFO that is one too many, where a refusal would reach nobody.
	 */
	watch(
		dialog: DrachtioDialog,
		first: IncomingRequest,
		user: string,
		onTooMany?: (info: IncomingRequest, reply: Reply) => void,
	): void;
}

export interface DialogGuardNeeds {
	readonly peers: Peers;
	readonly relayed: Pick<RelayedSources, "sourceOf">;
	readonly limits: RequestLimits;
	readonly turnedAway: Pick<TurnedAway, "refused">;
	readonly dialogsKeepAddress: boolean;
}

export function createDialogGuard(needs: DialogGuardNeeds): DialogGuard {
	const { peers, relayed, limits, turnedAway } = needs;
	return {
		watch(dialog, first, user, onTooMany) {
			const home = relayed.sourceOf(first);
			const isPeer = peers.of(first) !== undefined;
			const { callId } = dialog.sip;

			/** Proxies of one operator stand in for each other. */
			function isAtHome(request: IncomingRequest): boolean {
				if (!needs.dialogsKeepAddress) return true;
				if (isPeer) return peers.inDialog(request) !== undefined;
				return relayed.sourceOf(request) === home;
			}

			function admits(request: IncomingRequest, reply: Reply): boolean {
				const source = relayed.sourceOf(request);
				const { method } = request;
				if (!isAtHome(request)) {
					turnedAway.refused("other-source", { callId, method, user, source });
					// The SIP server has ended the dialog with the BYE, before we are asked: it must not stay here.
					if (method === "BYE") return true;
					if (method !== "ACK") reply.send(481);
					return false;
				}
				const sender = { source, isPeer, user };
				if (onTooMany !== undefined && method === "INFO") {
					const isTooMany = limits.isTooMany(request, sender);
					if (isTooMany) onTooMany(request, reply);
					return !isTooMany;
				}
				return (
					(isPeer || limits.admitSource(request, reply, sender)) &&
					limits.admitUser(request, reply, sender)
				);
			}

			const handle = dialog.handle.bind(dialog);
			dialog.handle = (request, reply) => {
				// What the SIP server says itself comes from nowhere: the end of a dialog that nobody has refreshed.
				const isServers = request.meta?.source === "application";
				if (isServers || admits(request, reply)) handle(request, reply);
			};
		},
	};
}
