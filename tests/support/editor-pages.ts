import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { urlOf } from '../../src/http-server.ts';
import { stopAtEnd } from './cleanup.ts';

/** Of the recipe, which is no file. */
const ENTRY = 'editor-page';
const DOCS = new URL('../../docs/documents.md', import.meta.url);

/** The editors of pages: CodeMirror over a provider, and Monaco over that of its recipe. */
const EDITORS = ['y-websocket', 'Hocuspocus', 'Monaco'] as const;
export type Editor = (typeof EDITORS)[number];

/** Pages of somebody else, with the editors of the recipes. */
export interface EditorPages {
  /** The URL of a page whose editor edits a session as a user. */
  url(editor: Editor, options: { serverUrl: string; sessionId: string; userId: string }): string;
}

/** Builds the recipes of docs/documents.md as they stand, but for the address of the server, and serves them. */
export async function serveEditorPages(): Promise<EditorPages> {
  const [codeMirror = '', monaco = ''] = [
    ...(await readFile(DOCS, 'utf8')).matchAll(/^```js\n(.*?)^```/gms),
  ].map(([, text]) => text ?? '');
  const recipes: Record<Editor, string> = {
    'y-websocket': codeMirror,
    Hocuspocus: withProviderOf(codeMirror, monaco),
    Monaco: monaco,
  };
  const files = new Map<string, string | Uint8Array>();
  for (const editor of EDITORS) await addPage(files, editor, recipes[editor]);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://server');
    const type = CONTENT_TYPES[extname(pathname)] ?? 'text/html; charset=utf-8';
    response.writeHead(files.has(pathname) ? 200 : 404, { 'content-type': type }).end(files.get(pathname));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stopAtEnd(async () => server.close());
  const base = urlOf('127.0.0.1', server.address());
  return {
    url: (editor, { serverUrl, sessionId, userId }) =>
      `${base}/${editor}/?${new URLSearchParams({ serverUrl, sessionId, userId })}`,
  };
}

const CONTENT_TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };

/** Either editor goes with either provider. */
function withProviderOf(recipe: string, other: string): string {
  const [provider = ''] = other.slice(other.indexOf('const doc')).split('const editor');
  const rest = recipe.slice(recipe.indexOf('const text'));
  const imports = `${recipe}${other}`.match(/^import .*(codemirror|hocuspocus|yjs).*$/gm) ?? [];
  return [...new Set(imports), provider, rest].join('\n');
}

/** Adds what the page of an editor consists of, by its path. */
async function addPage(
  files: Map<string, string | Uint8Array>,
  editor: Editor,
  recipe: string,
): Promise<void> {
  const code = `
    const known = new URL(location.href).searchParams;
    const SERVER = known.get('serverUrl').replace('http', 'ws') + '/yjs';
    const SESSION = known.get('sessionId');
    const USER = known.get('userId');
    ${recipe.replaceAll("'ws://localhost:8000/yjs'", 'SERVER')}
    Object.assign(globalThis, { editor, provider });
  `;
  const built = await build({
    base: './',
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
  });
  const output = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
  const tags = output.map((file) => {
    if (file.type === 'chunk')
      return file.isEntry ? `<script type="module" src="${file.fileName}"></script>` : '';
    return file.fileName.endsWith('.css') ? `<link rel="stylesheet" href="${file.fileName}">` : '';
  });
  files.set(`/${editor}/`, `${PAGE}${tags.join('')}`);
  for (const file of output) {
    files.set(`/${editor}/${file.fileName}`, file.type === 'chunk' ? file.code : file.source);
  }
}

const PAGE =
  '<!doctype html><title>Editor</title><link rel="icon" href="data:,"><style>html, body { height: 100% }</style><body>';

/** The text of the editor of a page. */
export const textOf = (page: Page): Promise<string> =>
  page.evaluate("'getValue' in editor ? editor.getValue() : editor.state.doc.toString()").then(String);

/** Gives the keys to the editor of a page. */
export const focus = (page: Page): Promise<unknown> => page.evaluate('editor.focus()');
