/** One statement to the store over HTTP; user and password stand in the URL. */

/** Answers the text of the result; throws with the status, never with the server's words, which may quote rows. */
export async function queryStore(storeUrl: string, sql: string): Promise<string> {
  const url = new URL(storeUrl);
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const answer = await fetch(url, { method: 'POST', body: sql, headers: { authorization } });
  if (!answer.ok) throw new Error(`the store answered ${answer.status} to ${sql.slice(0, 60)}`);
  return (await answer.text()).trim();
}
