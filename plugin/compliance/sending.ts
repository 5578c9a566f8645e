/** Brings what is ready into the archive, and finds what the archive can never keep: that is archived as it was found. */
import type { OwedEvents, OwedEvent as OwedRow } from "../store/store.ts";
import { type Owed, type Tenure, Unstorable } from "./archive.ts";
import { unreadable } from "./archived.ts";
import type { Carrier } from "./carrier.ts";

export interface SendingOptions {
	readonly carrier: Pick<Carrier, "carry">;
	readonly owed: Pick<OwedEvents, "forget">;
	readonly domain: string;
	/** The archive has them, and nobody else any more. */
	readonly archived: (events: readonly Owed[]) => void;
}

export type Send = (
	rows: readonly OwedRow[],
	/** What each of the rows becomes. */
	events: readonly Owed[],
	tenure: Tenure,
) => Promise<void>;

/** What it cannot keep is halved until the one is found; whatever else fails comes through. */
export function makeSend({
	carrier,
	owed,
	domain,
	archived,
}: SendingOptions): Send {
	let turn = 0;

	const send: Send = async (rows, events, tenure) => {
		turn += 1;
		try {
			await carrier.carry(events, { ...tenure, turn });
		} catch (error) {
			if (!(error instanceof Unstorable)) throw error;
			const pieces = divided(rows, events) ?? marked(rows, events, domain);
			if (pieces === undefined) throw error;
			for (const piece of pieces) await send(piece.rows, piece.events, tenure);
			return;
		}
		archived(events);
		await owed.forget(rows);
	};
	return send;
}

interface Piece {
	readonly rows: readonly OwedRow[];
	readonly events: readonly Owed[];
}

function divided(
	rows: readonly OwedRow[],
	events: readonly Owed[],
): readonly Piece[] | undefined {
	if (rows.length < 2) return undefined;
	const middle = Math.ceil(rows.length / 2);
	return [
		{ rows: rows.slice(0, middle), events: events.slice(0, middle) },
		{ rows: rows.slice(middle), events: events.slice(middle) },
	];
}

/** Undefined where it was marked before: then it is not the event that is wrong. */
function marked(
	rows: readonly OwedRow[],
	events: readonly Owed[],
	domain: string,
): readonly Piece[] | undefined {
	const [row] = rows;
	if (row === undefined || events[0]?.record.type === "unreadable") {
		return undefined;
	}
	const record = unreadable(row, domain);
	return [{ rows, events: [{ record, text: JSON.stringify(record) }] }];
}
