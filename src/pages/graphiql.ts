import { renderGraphiQL as render } from '@graphql-yoga/render-graphiql';
import type { GraphiQLOptions } from 'graphql-yoga';
import { NAVIGATION_STYLE, navigationBar } from './navigation.ts';

/** GraphiQL fills what the bar leaves of the window, so that the page itself never scrolls. */
const STYLE = `<style>
  ${NAVIGATION_STYLE}
  body { display: flex; flex-direction: column; height: 100vh; height: 100dvh; overflow: hidden; }
  #root { position: relative; flex: 1; min-height: 0; overflow: hidden; }
  .graphiql-container { width: 100%; height: 100%; }
  .graphiql-container .graphiql-logo { display: none; }
  @media (prefers-color-scheme: dark) {
    .product-bar { border-color: #2a2f3b; background: #171a22; }
    .product-bar a { color: #a5a0ff; }
    .product-bar a[aria-current], .product-bar .product { color: #e6e8ee; }
  }
</style>`;

/** Returns the page of GraphiQL, from this server's packages, under the bar of the pages for developers. */
export function renderGraphiQL(options: GraphiQLOptions): string {
  return render(options)
    .replace('</head>', () => `${STYLE}</head>`)
    .replace('<div id="root">', () => `${navigationBar('/graphql')}<div id="root">`);
}
