/** Lists are read page by page. */

export interface Page<Key> {
	readonly after?: Key | undefined;
	readonly limit: number;
}
