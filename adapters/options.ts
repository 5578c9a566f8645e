/** An adapter's options, checked whole: every fault at once, in a sentence that says what would be right. */
import type { z } from "zod";

/** Throws an `Error` with a line for each fault. */
export function checkOptions<Schema extends z.ZodType>(
	adapter: string,
	schema: Schema,
	options: unknown,
): z.output<Schema> {
	const checked = schema.safeParse(options ?? {});
	if (checked.success) return checked.data;
	const faults = checked.error.issues.map(({ path, message }) =>
		[adapter, ...path].join(".").concat(`: ${message}`),
	);
	throw new Error(faults.join("\n"));
}
