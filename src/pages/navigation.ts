/** The pages for developers, by their path. */
const PAGES = { '/graphql': 'GraphiQL', '/docs': 'Swagger UI', '/redoc': 'ReDoc' };

/** Returns the bar that the pages for developers have in common: the product, and a link to each page. */
export function navigationBar(current: keyof typeof PAGES): string {
  const links = Object.entries(PAGES).map(
    ([path, name]) => `<a href="${path}"${path === current ? ' aria-current="page"' : ''}>${name}</a>`,
  );
  return `<nav class="product-bar" aria-label="CodeInterview">
    <a class="product" href="/"><img src="/mark.svg" alt="" width="24" height="24">CodeInterview</a>
    ${links.join('\n    ')}
  </nav>`;
}

export const NAVIGATION_STYLE = `
  .product-bar {
    display: flex;
    flex: none;
    align-items: center;
    gap: 20px;
    box-sizing: border-box;
    height: 48px;
    padding: 0 20px;
    border-bottom: 1px solid #dfe3ea;
    background: #fff;
    font: 14px system-ui, sans-serif;
  }
  .product-bar a { color: #4338ca; text-decoration: none; white-space: nowrap; }
  .product-bar a:hover { text-decoration: underline; }
  .product-bar a[aria-current] { color: #1b1f2a; font-weight: 600; }
  .product-bar .product { display: flex; align-items: center; gap: 10px; color: #1b1f2a; font-size: 15px; font-weight: 650; }
  @media (max-width: 480px) {
    .product-bar { gap: 14px; padding: 0 12px; }
    .product-bar .product { width: 24px; overflow: hidden; }
  }
`;
