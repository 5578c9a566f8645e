/** How a refusal is told: in an XCCOS reply (code and name) and, for a post, as the SIP status of its INFO. Exhaustive. */
import type { ChatError, Reason } from "../errors.ts";

export interface Refusal {
	readonly code: number;
	readonly name: string;
	readonly sipStatus: number;
}

export const refusals: Readonly<Record<Reason, Refusal>> = {
	malformed: { code: 400, name: "ERROR_INVALID_ARGUMENT", sipStatus: 400 },
	"unknown-command": {
		code: 501,
		name: "ERROR_MSG_NOT_SUPPORTED",
		sipStatus: 501,
	},
	"no-such-room": { code: 404, name: "ERROR_NO_SUCH_NODE", sipStatus: 403 },
	"no-such-category": { code: 404, name: "ERROR_NO_SUCH_NODE", sipStatus: 403 },
	"no-such-principal": {
		code: 404,
		name: "ERROR_NO_SUCH_PRINCIPAL",
		sipStatus: 403,
	},
	"no-such-file": { code: 404, name: "ERROR_NO_SUCH_FILE", sipStatus: 403 },
	"no-thumbnail": { code: 404, name: "ERROR_NO_SUCH_FILE", sipStatus: 403 },
	"invalid-token": { code: 403, name: "ERROR_INVALID_TOKEN", sipStatus: 403 },
	"room-disabled": { code: 410, name: "ERROR_NODE_DISABLED", sipStatus: 403 },
	"not-joined": { code: 403, name: "ERROR_USER_NOT_JOINED", sipStatus: 403 },
	forbidden: { code: 403, name: "ERROR_PERMISSION", sipStatus: 403 },
	"cannot-list": {
		code: 403,
		name: "ERROR_CANNOT_GET_PARTICIPANTS",
		sipStatus: 403,
	},
	"too-large": { code: 413, name: "ERROR_LIMIT_EXCEEDED", sipStatus: 413 },
	conflict: { code: 409, name: "ERROR_DATA_COLLISION", sipStatus: 403 },
	"name-taken": { code: 409, name: "ERROR_DUPLICATE_NAME", sipStatus: 403 },
	"cannot-create": {
		code: 403,
		name: "ERROR_UNABLE_TO_CREATE",
		sipStatus: 403,
	},
	"not-in-scope": {
		code: 400,
		name: "ERROR_PRINCIPALS_NOT_IN_SCOPE",
		sipStatus: 403,
	},
	"presenter-not-member": {
		code: 400,
		name: "ERROR_PRESENTER_NOT_IN_MEM_LIST",
		sipStatus: 403,
	},
	"in-use": { code: 409, name: "OPERATION_FAILED", sipStatus: 403 },
	unavailable: {
		code: 503,
		name: "ERROR_DATABASE_CONNECTION",
		sipStatus: 503,
	},
	failed: { code: 500, name: "ERROR_INTERNAL", sipStatus: 500 },
};

/** Name and sentence: clients show this text to the person. */
export function refusalText(error: ChatError): string {
	return `${refusals[error.reason].name}: ${error.message}`;
}
