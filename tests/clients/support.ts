/** Another person, who works through REST while the client under test watches. */
export function someoneElse(api: string, sessionId: string) {
  const send = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${api}/sessions/${sessionId}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
  };
  return {
    join: (name: string) => send('POST', '/users', { name }),
    edit: (code: string) => send('PATCH', '', { code }),
    delete: () => send('DELETE', ''),
  };
}

/** A session of its own to work in. */
export async function newSession(api: string): Promise<string> {
  const response = await fetch(`${api}/sessions`, { method: 'POST' });
  return (await response.json()).id;
}
