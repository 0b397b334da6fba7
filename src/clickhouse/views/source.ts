/**
 * What all views read: the table without the canaries of `moda doctor`. It may hold a retried export twice until parts
 * merge. FINAL would collapse that at the price of merging all parts at each read, so the views do without it: each
 * groups by keys under which a repeated row changes nothing.
 */

/** A subquery over coding_agent_events; `where` narrows it. Each use is one read of the table. */
export function events(columns: string, where: string): string {
  return `(SELECT ${columns} FROM coding_agent_events WHERE NOT mapContains(attributes, 'moda.canary') AND (${where}))`;
}

/** The non-empty text of the row with the highest rank among `condition`; '' when no row has one. */
export function pickText(column: string, rank: string, condition = '1'): string {
  return `argMaxIf(${column}, ${rank}, ${column} != '' AND ${condition})`;
}

/** The number of the row with the highest rank; NULL when no row has one. */
export function pickNumber(column: string, rank: string): string {
  return `argMaxIf(${column}, ${rank}, isNotNull(${column}))`;
}
