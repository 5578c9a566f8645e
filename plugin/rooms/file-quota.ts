/** What one user may have under way at once. */
import type { FileQuota } from "../store/index.ts";

export const fileQuota: FileQuota = { tokens: 200, uploads: 20 };
