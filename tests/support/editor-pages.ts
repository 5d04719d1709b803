import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { urlOf } from '../../src/http-server.ts';
import { stopAtEnd } from './cleanup.ts';

/** Of the recipe, which is no file. */
const ENTRY = 'editor-page';
const DOCS = new URL('../../docs/documents.md', import.meta.url);

/** How the editor of a page reaches the server. */
export type Provider = 'y-websocket' | 'Hocuspocus';

/** Pages of somebody else, with the editor of the recipe for CodeMirror. */
export interface EditorPages {
  /** The URL of a page whose editor edits a session as a user, over a provider. */
  url(provider: Provider, options: { serverUrl: string; sessionId: string; userId: string }): string;
}

/** Builds the recipes of docs/documents.md as they stand, but for the address of the server, and serves them. */
export async function serveEditorPages(): Promise<EditorPages> {
  const [codeMirror = '', monaco = ''] = [
    ...(await readFile(DOCS, 'utf8')).matchAll(/^```js\n(.*?)^```/gms),
  ].map(([, text]) => text ?? '');
  const scripts: Record<Provider, string> = {
    'y-websocket': await bundle(codeMirror),
    Hocuspocus: await bundle(withProviderOf(codeMirror, monaco)),
  };
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://server');
    const script = scripts[searchParams.get('provider') === 'Hocuspocus' ? 'Hocuspocus' : 'y-websocket'];
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(
      `<!doctype html><title>Editor</title><link rel="icon" href="data:,"><body><script type="module">${script}</script>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stopAtEnd(async () => server.close());
  const base = urlOf('127.0.0.1', server.address());
  return {
    url: (provider, { serverUrl, sessionId, userId }) =>
      `${base}/?${new URLSearchParams({ provider, serverUrl, sessionId, userId })}`,
  };
}

/** Either editor goes with either provider. */
function withProviderOf(recipe: string, other: string): string {
  const [provider = ''] = other.slice(other.indexOf('const doc')).split('const editor');
  const rest = recipe.slice(recipe.indexOf('const text'));
  const imports = `${recipe}${other}`.match(/^import .*(codemirror|hocuspocus|yjs).*$/gm) ?? [];
  return [...new Set(imports), provider, rest].join('\n');
}

async function bundle(recipe: string): Promise<string> {
  const code = `
    const known = new URL(location.href).searchParams;
    const SERVER = known.get('serverUrl').replace('http', 'ws') + '/yjs';
    const SESSION = known.get('sessionId');
    const USER = known.get('userId');
    ${recipe.replaceAll("'ws://localhost:8000/yjs'", 'SERVER')}
    Object.assign(globalThis, { editor, provider });
  `;
  const [result] = [
    await build({
      configFile: false,
      logLevel: 'error',
      build: { write: false, rolldownOptions: { input: ENTRY } },
      plugins: [
        {
          name: ENTRY,
          resolveId: (id) => (id === ENTRY ? ENTRY : null),
          load: (id) => (id === ENTRY ? code : null),
        },
      ],
    }),
  ].flat();
  const chunk = result && 'output' in result ? result.output[0] : null;
  if (!chunk) throw new Error('Nothing was built');
  return chunk.code.replaceAll('</script', '<\\/script');
}

/** The text of the editor of a page. */
export const textOf = (page: Page): Promise<string> =>
  page.evaluate('editor.state.doc.toString()').then(String);
